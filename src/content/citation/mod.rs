//! Citations: one use of a source by an article, with the words it hangs on.

pub mod graphql;

use std::sync::Arc;

use sea_orm::{
    DbErr, EntityName, IdenStatic, Iterable,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use super::{article::entity, reading::Reading, seen::Fields};
use crate::graphql::connection::{COUNT_CAP, Window};

/// A row of a citation.
pub type CitationRow = entity::citation::Model;

/// Whose citations a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub enum Owner {
    /// Those of an article, in their order.
    Article,
    /// Those of a source, the newest article first.
    Source,
}

impl Owner {
    fn column(self) -> &'static str {
        match self {
            Self::Article => "article_id",
            Self::Source => "source_id",
        }
    }

    fn order(self) -> (&'static str, bool) {
        match self {
            Self::Article => ("position", false),
            Self::Source => ("published_at", true),
        }
    }
}

/// The codes of the roles that a list shows; all of them when absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Roles(pub Option<Vec<i16>>);

impl Roles {
    fn restrict(&self, statement: &mut SelectStatement) {
        if let Some(codes) = &self.0 {
            statement.and_where(Expr::col(("c", "role")).is_in(codes.iter().copied()));
        }
    }
}

/// Citations `c` that the viewer may see: those of visible articles, whose order key each row carries.
fn visible(reading: &Reading) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .from_as(entity::citation::Entity.table_ref(), "c")
        .cond_where(reading.viewer.may_see("c", reading.now));
    statement
}

fn columns(statement: &mut SelectStatement) {
    for column in entity::citation::Column::iter() {
        statement.column(("c", Alias::new(column.as_str())));
    }
}

/// The rows of one page; one more than the page holds when there are more.
#[must_use]
pub fn page(
    reading: &Reading,
    owner: Owner,
    of: Uuid,
    roles: &Roles,
    window: &Window,
) -> SelectStatement {
    let mut statement = visible(reading);
    columns(&mut statement);
    statement
        .expr_as(Expr::val(of), "of")
        .and_where(Expr::col(("c", owner.column())).eq(of));
    roles.restrict(&mut statement);
    let (key, descending) = owner.order();
    window.apply(&mut statement, ("c", key), ("c", "id"), descending);
    statement
}

/// Counts citations up to one beyond the cap.
#[must_use]
pub fn count(reading: &Reading, owner: Owner, of: Uuid, roles: &Roles) -> SelectStatement {
    let mut rows = visible(reading);
    rows.expr(Expr::val(1))
        .and_where(Expr::col(("c", owner.column())).eq(of))
        .limit(u64::try_from(COUNT_CAP).unwrap_or(u64::MAX) + 1);
    roles.restrict(&mut rows);
    let mut statement = Query::select();
    statement
        .expr_as(Expr::cust("COUNT(*)"), "counted")
        .from_subquery(rows, "counted_rows")
        .expr_as(Expr::val(of), "of");
    statement
}

/// One citation by its id, loaded together with others.
///
/// # Errors
/// When the database fails.
pub async fn by_id(reading: &Reading, id: Uuid) -> Result<Option<Arc<CitationRow>>, Arc<DbErr>> {
    let load = |ids: Vec<Uuid>| async move {
        let mut statement = visible(reading);
        columns(&mut statement);
        statement.and_where(Expr::col(("c", "id")).is_in(ids));
        let rows: Vec<CitationRow> = reading.db.all(&statement).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id, Arc::new(row)))
            .collect())
    };
    let found = reading.citations.load(id, load).await?;
    reading.note(|seen| match &found {
        Some(row) => {
            seen.articles.insert(row.article_id);
            seen.fields.add(Fields::CITATIONS);
        }
        None => seen.absent_citations = true,
    });
    Ok(found)
}
