//! Where authors, tags and sources went that were merged into others: their ids lead on for ever.

use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{content::statements::in_chunks, platform::db::Db};

#[derive(FromQueryResult)]
struct Went {
    former_id: Uuid,
    subject_id: Uuid,
}

fn select(ids: Option<&[Uuid]>) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .columns(["former_id", "subject_id"])
        .from("former_id");
    if let Some(ids) = ids {
        statement.and_where(Expr::col("former_id").is_in(ids.iter().copied()));
    }
    statement
}

/// Where nouns went that were merged into others; those that were not are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn went(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let mut went = HashMap::new();
    for chunk in in_chunks(ids) {
        for row in db.query_all(&select(Some(chunk))).await? {
            let row = Went::from_query_result(&row, "")?;
            went.insert(row.former_id, row.subject_id);
        }
    }
    Ok(went)
}

/// Where every merged noun went.
///
/// # Errors
/// When the database does not answer.
pub async fn all(db: &impl ConnectionTrait) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let rows = db.query_all(&select(None)).await?;
    rows.iter()
        .map(|row| Went::from_query_result(row, "").map(|row| (row.former_id, row.subject_id)))
        .collect()
}

/// Where nouns went, for whoever only reads.
///
/// # Errors
/// When the database does not answer.
pub async fn went_now(db: &Db, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Went> = db.all(&select(Some(ids))).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.former_id, row.subject_id))
        .collect())
}
