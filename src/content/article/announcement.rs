//! Articles that become visible at a time that is not yet in the change log.
//!
//! Readers see them by the clock, whether or not anybody announces them. The announcement only tells those who follow
//! the log, exactly once: whoever deletes its row appends its entry, in one transaction.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult};
use uuid::Uuid;

use super::entity::announcement::{Column, Entity};
use crate::{
    content::{
        Acting,
        statements::{in_chunks, select_in},
    },
    editorial::moment::Moment,
    events::{ChangeKind, News, SubjectKind, Turn},
    platform::{
        bulk::{Is, Rows, Target},
        sql::sql,
    },
};

const ANNOUNCEMENT: Target = Target {
    table: "announcement",
    columns: &[("article_id", Is::Id), ("at", Is::Big)],
    suffix: "ON CONFLICT (article_id) DO UPDATE SET at = excluded.at",
};

/// How many are announced in one transaction.
const BATCH: i64 = 500;

/// Which of these articles still wait for their announcement.
///
/// # Errors
/// When the database fails.
pub async fn waiting(db: &impl ConnectionTrait, articles: &[Uuid]) -> Result<HashSet<Uuid>, DbErr> {
    #[derive(FromQueryResult)]
    struct Waiting {
        article_id: Uuid,
    }
    let rows: Vec<Waiting> = select_in(
        db,
        Entity,
        &[Column::ArticleId],
        Column::ArticleId,
        articles,
    )
    .await?;
    Ok(rows.into_iter().map(|row| row.article_id).collect())
}

/// Lets articles wait for their time.
///
/// # Errors
/// When the database fails.
pub async fn expect(
    transaction: &DatabaseTransaction,
    articles: &[(Uuid, Moment)],
) -> Result<(), DbErr> {
    let mut rows = Rows::into(&ANNOUNCEMENT);
    for (article, at) in articles {
        rows.push([(*article).into(), at.0.into()]);
    }
    rows.send(transaction).await
}

/// Lets articles wait no longer.
///
/// # Errors
/// When the database fails.
pub async fn forget(transaction: &DatabaseTransaction, articles: &[Uuid]) -> Result<(), DbErr> {
    for chunk in in_chunks(articles) {
        let places = vec!["?"; chunk.len()].join(", ");
        let statement = sql(
            transaction,
            &format!("DELETE FROM announcement WHERE article_id IN ({places})"),
            chunk.iter().map(|id| (*id).into()),
        );
        transaction.execute_raw(statement).await?;
    }
    Ok(())
}

/// Announces what has become visible and returns how many articles that were.
///
/// # Errors
/// When the database fails; then nothing was announced.
pub async fn announce_due(acting: &Acting) -> Result<usize, DbErr> {
    let mut announced = 0;
    loop {
        // Looking costs no turn in the log.
        let due = "SELECT article_id FROM announcement WHERE at <= ? LIMIT 1";
        if acting.db.row(due, [acting.now.0.into()]).await?.is_none() {
            return Ok(announced);
        }
        let transaction = acting.db.begin().await?;
        let mut turn = Turn::take(&transaction).await?;
        let due = sql(
            &transaction,
            "SELECT n.article_id AS id, a.published_revision_id AS revision FROM announcement n \
             JOIN article a ON a.id = n.article_id WHERE n.at <= ? ORDER BY n.at, n.article_id LIMIT ?",
            [acting.now.0.into(), BATCH.into()],
        );
        let rows = transaction.query_all_raw(due).await?;
        let mut ids = Vec::with_capacity(rows.len());
        let mut news = Vec::with_capacity(rows.len());
        for row in rows {
            let subject: Uuid = row.try_get("", "id")?;
            ids.push(subject);
            news.push(News {
                kind: ChangeKind::Published,
                subject_kind: SubjectKind::Article,
                subject,
                revision: row.try_get("", "revision")?,
                previous_revision: None,
            });
        }
        if ids.is_empty() {
            return Ok(announced);
        }
        announced += ids.len();
        forget(&transaction, &ids).await?;
        turn.record(&transaction, acting.now, news).await?;
        transaction.commit().await?;
    }
}
