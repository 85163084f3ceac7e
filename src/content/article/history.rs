//! What was done with articles, and what the newsroom is working on.

use std::{collections::HashMap, sync::Arc};

use async_graphql::Error;
use sea_orm::{
    DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    desk::{self, Head},
    store::Counted,
};
use crate::{
    access::Acting,
    graphql::{
        connection::{COUNT_CAP, Count, Counter, Page, PageArguments},
        cursor::{Fingerprint, Key, Position},
        errors::fault,
    },
    platform::db::Db,
};

/// A revision without its words.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Row {
    /// Its identity.
    pub id: Uuid,
    /// Its number.
    pub version: i64,
    /// What made it.
    pub act: i16,
    /// When.
    pub saved_at: i64,
    /// Who made it.
    pub saved_by_name: String,
    /// What was said with it.
    pub comment: Option<String>,
}

/// The revisions of an article, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn of(
    db: &Db,
    article: Uuid,
    before: Option<i64>,
    most: usize,
) -> Result<Vec<Row>, DbErr> {
    let rows = db
        .rows(
            "SELECT id, version, act, saved_at, saved_by_name, comment FROM revision \
         WHERE article_id = ? AND version < ? ORDER BY version DESC LIMIT ?",
            [
                article.into(),
                before.unwrap_or(i64::MAX).into(),
                i64::try_from(most).unwrap_or(i64::MAX).into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Row::from_query_result(row, ""))
        .collect()
}

/// A draft in the list of drafts.
#[derive(Debug, Clone)]
pub struct Draft {
    saved_at: i64,
    /// The newest version of its article.
    pub head: Head,
}

impl Draft {
    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self, list: Fingerprint) -> String {
        Position {
            key: Key::Number(self.saved_at),
            id: self.head.id.0,
        }
        .to_cursor(list)
    }
}

/// A page of the articles that the newsroom is working on, the last saved first, restricted to stages with these codes.
///
/// # Errors
/// When the arguments cannot be used, or the database fails.
pub async fn drafts(
    acting: &Acting,
    arguments: PageArguments,
    stages: Option<Vec<i16>>,
) -> Result<(Page<Draft>, Counter, Fingerprint), Error> {
    #[derive(FromQueryResult)]
    struct Place {
        article_id: Uuid,
        saved_at: i64,
    }
    let list = Fingerprint::of(&("drafts", &stages));
    let window = arguments.window(list)?;
    let mut select = Query::select();
    select
        .columns([("draft", "article_id"), ("draft", "saved_at")])
        .from("draft");
    if let Some(stages) = &stages {
        select.and_where(Expr::col(("draft", "stage")).is_in(stages.iter().copied()));
    }
    window.apply(
        &mut select,
        ("draft", "saved_at"),
        ("draft", "article_id"),
        true,
    );
    let places: Vec<Place> = acting
        .db
        .all(&select)
        .await
        .map_err(|error| fault(&error))?;
    let ids: Vec<Uuid> = places.iter().map(|place| place.article_id).collect();
    let heads = desk::newest(&acting.db, &ids)
        .await
        .map_err(|error| fault(&error))?;
    let mut heads: HashMap<Uuid, Head> = heads.into_iter().map(|head| (head.id.0, head)).collect();
    let drafts = places
        .into_iter()
        .filter_map(|place| {
            Some(Draft {
                saved_at: place.saved_at,
                head: heads.remove(&place.article_id)?,
            })
        })
        .collect();
    let db = Arc::new(acting.db.clone());
    let counter = Counter::new(move || {
        let (db, stages) = (Arc::clone(&db), stages.clone());
        async move {
            let mut rows = Query::select();
            rows.expr(Expr::val(1))
                .from("draft")
                .limit(u64::try_from(COUNT_CAP).unwrap_or(u64::MAX) + 1);
            if let Some(stages) = &stages {
                rows.and_where(Expr::col(("draft", "stage")).is_in(stages.iter().copied()));
            }
            let mut count = Query::select();
            count
                .expr_as(Expr::cust("COUNT(*)"), "counted")
                .from_subquery(rows, "counted_rows");
            let counted: Option<Counted> = db.one(&count).await.map_err(|error| fault(&error))?;
            Ok(Count::capped(counted.map_or(0, |row| row.counted)))
        }
    });
    Ok((window.cut(drafts), counter, list))
}
