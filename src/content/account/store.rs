//! Pages of the staff and of API tokens, in the order in which they were created.

use async_graphql::Error;
use sea_orm::{
    FromQueryResult,
    sea_query::{Expr, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    access::{
        account::{self, Account},
        token::{self, Token},
    },
    content::article::store::Counted,
    graphql::{
        connection::{COUNT_CAP, Count, Counter, Page, PageArguments},
        cursor::{Fingerprint, Key, Position},
        errors::fault,
    },
    platform::db::Db,
};

/// Something that is listed by when it was created.
pub trait Listed: FromQueryResult {
    /// Its table.
    const TABLE: &'static str;
    /// The columns to read.
    const COLUMNS: &'static [&'static str];
    /// Whether the newest comes first.
    const NEWEST_FIRST: bool;
    /// When it was created, and its id.
    fn place(&self) -> (i64, Uuid);
}

impl Listed for Account {
    const TABLE: &'static str = "account";
    const COLUMNS: &'static [&'static str] = &account::COLUMNS;
    const NEWEST_FIRST: bool = false;
    fn place(&self) -> (i64, Uuid) {
        (self.created_at, self.id)
    }
}

impl Listed for Token {
    const TABLE: &'static str = "api_token";
    const COLUMNS: &'static [&'static str] = &token::COLUMNS;
    const NEWEST_FIRST: bool = true;
    fn place(&self) -> (i64, Uuid) {
        (self.created_at, self.id)
    }
}

/// The cursor of something in its list.
#[must_use]
pub fn cursor_of<T: Listed>(row: &T, list: Fingerprint) -> String {
    let (created_at, id) = row.place();
    Position {
        key: Key::Number(created_at),
        id,
    }
    .to_cursor(list)
}

/// A page of a list.
///
/// # Errors
/// When the arguments cannot be used, or the database fails.
pub async fn page<T: Listed>(
    db: &Db,
    arguments: PageArguments,
) -> Result<(Page<T>, Counter, Fingerprint), Error> {
    let list = Fingerprint::of(&T::TABLE);
    let window = arguments.window(list)?;
    let mut select = from::<T>();
    for column in T::COLUMNS {
        select.column((T::TABLE, *column));
    }
    window.apply(
        &mut select,
        (T::TABLE, "created_at"),
        (T::TABLE, "id"),
        T::NEWEST_FIRST,
    );
    let rows: Vec<T> = db.all(&select).await.map_err(|error| fault(&error))?;
    let db = db.clone();
    let counter = Counter::new(move || {
        let db = db.clone();
        async move {
            let mut rows = from::<T>();
            rows.expr(Expr::val(1))
                .limit(u64::try_from(COUNT_CAP).unwrap_or(u64::MAX) + 1);
            let mut count = Query::select();
            count
                .expr_as(Expr::cust("COUNT(*)"), "counted")
                .from_subquery(rows, "counted_rows");
            let counted: Option<Counted> = db.one(&count).await.map_err(|error| fault(&error))?;
            Ok(Count::capped(counted.map_or(0, |row| row.counted)))
        }
    });
    Ok((window.cut(rows), counter, list))
}

fn from<T: Listed>() -> SelectStatement {
    Query::select().from(T::TABLE).to_owned()
}
