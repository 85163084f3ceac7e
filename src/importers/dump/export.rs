//! Writes a dump as a stream, in constant memory and from one state of the database.
#![expect(
    clippy::disallowed_methods,
    reason = "a dump carries everything, whoever may see it"
)]

use std::{collections::HashMap, io::Write};

use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::record::{ArticleRecord, Record, RevisionRecord, VERSION, WithdrawalRecord, write_line};
use crate::{
    content::{
        article::{
            entity::{article, path, revision},
            links::Linked,
            prepared::unpack,
        },
        author,
        keeping::merged,
        noun::{Noun, documents_of},
        site, source, tag,
    },
    editorial::{
        identity::{ArticleId, RevisionId},
        moment::Moment,
        vocabulary::RevisionAct,
    },
    platform::db::Db,
};

/// How many articles are read at once.
const BATCH: u64 = 500;

/// Why a dump could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// The dump could not be written.
    #[error("the dump could not be written")]
    Write(#[from] std::io::Error),
    /// A revision cannot be read.
    #[error("revision {revision} of {article} is damaged: {reason}")]
    Damaged {
        /// Which article.
        article: ArticleId,
        /// Which revision.
        revision: RevisionId,
        /// What is wrong.
        reason: String,
    },
}

/// Writes everything and returns the number of lines; `progress` is told after every batch of articles.
///
/// # Errors
/// When the database, the writing or a revision fails.
pub async fn export(
    db: &Db,
    out: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<u64, ExportError> {
    let snapshot = db.snapshot().await?;
    let mut lines = 0;
    let mut put = |out: &mut _, record: &Record| {
        lines += 1;
        write_line(out, record)
    };
    put(out, &Record::Dateline(VERSION))?;
    if let Some(site) = site::read(&snapshot).await? {
        put(out, &Record::Site(site))?;
    }
    for author in sorted::<author::entity::Model>(&snapshot).await? {
        put(out, &Record::Author(author))?;
    }
    for tag in sorted::<tag::entity::Model>(&snapshot).await? {
        put(out, &Record::Tag(tag))?;
    }
    for source in sorted::<source::entity::Model>(&snapshot).await? {
        put(out, &Record::Source(source))?;
    }
    let went = merged::all(&snapshot).await?;
    let mut last = Uuid::nil();
    loop {
        let batch = article::Entity::find()
            .filter(article::Column::Id.gt(last))
            .order_by_asc(article::Column::Id)
            .limit(BATCH)
            .all(&snapshot)
            .await?;
        let Some(end) = batch.last() else { break };
        last = end.id;
        let mut revisions = revisions(&snapshot, &batch).await?;
        let mut paths = paths(&snapshot, &batch).await?;
        let size = batch.len() as u64;
        for row in batch {
            let known = revisions.remove(&row.id).unwrap_or_default();
            let gone_from = paths.remove(&row.id).unwrap_or_default();
            for record in records(&row, known, gone_from, &went)? {
                put(out, &record)?;
            }
        }
        progress(size);
    }
    snapshot.rollback().await?;
    out.flush()?;
    Ok(lines)
}

async fn sorted<N: Noun>(snapshot: &DatabaseTransaction) -> Result<Vec<N::Document>, DbErr> {
    let mut documents: Vec<_> = documents_of::<N>(snapshot, None)
        .await?
        .into_iter()
        .collect();
    documents.sort_unstable_by_key(|(id, _)| *id);
    Ok(documents
        .into_iter()
        .map(|(_, document)| document)
        .collect())
}

async fn revisions(
    snapshot: &DatabaseTransaction,
    articles: &[article::Model],
) -> Result<HashMap<Uuid, Vec<revision::Model>>, DbErr> {
    let rows = revision::Entity::find()
        .filter(revision::Column::ArticleId.is_in(articles.iter().map(|row| row.id)))
        .order_by_asc(revision::Column::ArticleId)
        .order_by_asc(revision::Column::Version)
        .all(snapshot)
        .await?;
    let mut by_article: HashMap<Uuid, Vec<revision::Model>> = HashMap::new();
    for row in rows {
        by_article.entry(row.article_id).or_default().push(row);
    }
    Ok(by_article)
}

/// The paths of withdrawn articles; those of the others stand in their documents.
async fn paths(
    snapshot: &DatabaseTransaction,
    articles: &[article::Model],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let withdrawn: Vec<Uuid> = articles
        .iter()
        .filter(|row| row.withdrawn_at.is_some())
        .map(|row| row.id)
        .collect();
    let mut by_article: HashMap<Uuid, Vec<String>> = HashMap::new();
    if withdrawn.is_empty() {
        return Ok(by_article);
    }
    for row in path::Entity::find()
        .filter(path::Column::ArticleId.is_in(withdrawn))
        .all(snapshot)
        .await?
    {
        by_article.entry(row.article_id).or_default().push(row.path);
    }
    for paths in by_article.values_mut() {
        paths.sort_unstable();
    }
    Ok(by_article)
}

/// The lines of one article: its earlier revisions, then itself or that it is gone.
fn records(
    row: &article::Model,
    revisions: Vec<revision::Model>,
    paths: Vec<String>,
    went: &HashMap<Uuid, Uuid>,
) -> Result<Vec<Record>, ExportError> {
    let mut records = Vec::with_capacity(revisions.len());
    for saved in revisions {
        // A dump carries what readers had; what is being written stays in the newsroom.
        if !was_for_readers(saved.act) {
            continue;
        }
        let mut document = unpack(&saved.document).map_err(|reason| ExportError::Damaged {
            article: ArticleId(row.id),
            revision: RevisionId(saved.id),
            reason,
        })?;
        document.relink(went);
        let (revision, saved_at) = (RevisionId(saved.id), Moment(saved.saved_at));
        let is_current = Some(saved.version) == row.published_version && row.withdrawn_at.is_none();
        records.push(if is_current {
            Record::Article(Box::new(ArticleRecord {
                version: saved.version,
                revision,
                created_at: Moment(row.created_at),
                saved_at,
                origin: row.origin.clone(),
                document,
            }))
        } else {
            Record::Revision(Box::new(RevisionRecord {
                version: saved.version,
                revision,
                saved_at,
                document,
            }))
        });
    }
    if let Some(at) = row.withdrawn_at {
        records.push(Record::Withdrawal(WithdrawalRecord {
            article: ArticleId(row.id),
            version: row.version,
            revision: RevisionId(row.revision_id),
            created_at: Moment(row.created_at),
            withdrawn_at: Moment(at),
            origin: row.origin.clone(),
            paths,
        }));
    }
    Ok(records)
}

fn was_for_readers(act: i16) -> bool {
    matches!(
        RevisionAct::of_code(act),
        Some(
            RevisionAct::Imported
                | RevisionAct::Published
                | RevisionAct::Scheduled
                | RevisionAct::Corrected
                | RevisionAct::UpdatedSilently
                | RevisionAct::Retracted
                | RevisionAct::Reinstated
        )
    )
}
