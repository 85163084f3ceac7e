//! What may be done with articles.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{
    announcement, desk, document::ArticleDocument, entity, prepared::Prepared, projection,
};
use crate::{
    content::{Acting, Outcome, noun::Directory, statements::select_in},
    editorial::{
        identity::{ArticleId, RevisionId},
        moment::Moment,
        vocabulary::DraftStage,
    },
    events::{ChangeKind, News, SubjectKind, Turn},
    platform::bulk::{Is, NO_NUMBER, Rows, Target},
};

/// An article handed in for publication.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The article.
    pub article: Prepared,
    /// Its lasting name where it comes from.
    pub origin: Option<String>,
    /// What another Dateline knows of it, kept when it is new here.
    pub history: Option<History>,
}

/// What a dump says of an article besides its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Its version.
    pub version: i64,
    /// Its revision.
    pub revision: RevisionId,
    /// When the identity was made.
    pub created_at: Moment,
    /// When the revision was saved.
    pub saved_at: Moment,
}

/// An article that is gone, and the paths that say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Which article.
    pub article: Uuid,
    /// Every path that led to it.
    pub paths: Vec<String>,
    /// Since when it is gone.
    pub at: Moment,
    /// Its last version.
    pub version: i64,
    /// Its last revision, which stays in the archive.
    pub revision: Uuid,
    /// Its lasting name where it came from.
    pub origin: Option<String>,
    /// When the identity was made.
    pub created_at: Moment,
}

/// Everything that an article may point to.
#[derive(Debug, Clone, Copy)]
pub struct References<'a> {
    /// The authors.
    pub authors: &'a Directory,
    /// The tags.
    pub tags: &'a Directory,
    /// The sources.
    pub sources: &'a Directory,
}

const IDENTITY: Target = Target {
    table: "article",
    columns: &[
        ("id", Is::Id),
        ("origin", Is::OptionalText),
        ("version", Is::Big),
        ("revision_id", Is::Id),
        ("content_hash", Is::Big),
        ("created_at", Is::Big),
        ("withdrawn_at", Is::OptionalBig),
        ("published_version", Is::OptionalBig),
        ("published_revision_id", Is::OptionalId),
    ],
    suffix: "ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, version = excluded.version, \
             revision_id = excluded.revision_id, content_hash = excluded.content_hash, \
             withdrawn_at = excluded.withdrawn_at, published_version = excluded.published_version, \
             published_revision_id = excluded.published_revision_id",
};

const REVISION: Target = Target {
    table: "revision",
    columns: &[
        ("article_id", Is::Id),
        ("version", Is::Big),
        ("id", Is::Id),
        ("saved_at", Is::Big),
        ("document", Is::Bytes),
    ],
    suffix: "",
};

const EARLIER_REVISION: Target = Target {
    suffix: "ON CONFLICT (article_id, version) DO NOTHING",
    ..REVISION
};

const LOST_PATH: Target = Target {
    table: "path",
    columns: &[("path", Is::Text), ("article_id", Is::Id)],
    suffix: "ON CONFLICT (path) DO NOTHING",
};

#[derive(Debug, Clone, FromQueryResult)]
struct Known {
    id: Uuid,
    origin: Option<String>,
    version: i64,
    revision_id: Uuid,
    content_hash: i64,
    created_at: i64,
    withdrawn_at: Option<i64>,
    stage: i16,
}

/// Publishes articles, each new, changed or left as it is, in one transaction with its revisions and change events.
///
/// A refused article leaves the others alone.
///
/// # Errors
/// When the database fails; then nothing was written.
pub async fn publish(
    acting: &Acting,
    submissions: &[Submission],
    references: References<'_>,
) -> Result<Vec<Outcome>, DbErr> {
    let transaction = acting.db.begin().await?;
    let mut turn = Turn::take(&transaction).await?;
    let known = known(
        &transaction,
        submissions.iter().map(|s| s.article.document.id.0),
    )
    .await?;
    let outcomes = judge(&transaction, submissions, references, &known).await?;

    let mut identities = Rows::into(&IDENTITY);
    let mut revisions = Rows::into(&REVISION);
    let mut news = Vec::new();
    let mut written = Vec::new();
    let mut waiting = Vec::new();
    let known_ids: Vec<Uuid> = known.keys().copied().collect();
    let unannounced = announcement::waiting(&transaction, &known_ids).await?;
    for (submission, outcome) in submissions.iter().zip(&outcomes) {
        if !matches!(outcome, Outcome::Created | Outcome::Updated) {
            continue;
        }
        let article = &submission.article;
        let id = article.document.id.0;
        let before = known.get(&id);
        let history = submission.history.unwrap_or_else(|| History {
            version: 1,
            revision: RevisionId(Uuid::now_v7()),
            created_at: acting.now,
            saved_at: acting.now,
        });
        let version = before.map_or(history.version, |before| {
            history.version.max(before.version + 1)
        });
        let origin = submission
            .origin
            .clone()
            .or_else(|| before.and_then(|before| before.origin.clone()));
        identities.push([
            id.into(),
            origin.unwrap_or_default().into(),
            version.into(),
            history.revision.0.into(),
            article.content_hash.into(),
            before
                .map_or(history.created_at.0, |before| before.created_at)
                .into(),
            NO_NUMBER.into(),
            version.into(),
            history.revision.0.into(),
        ]);
        revisions.push([
            id.into(),
            version.into(),
            history.revision.0.into(),
            history.saved_at.0.into(),
            article.packed.clone().into(),
        ]);
        written.push((article, version));
        let visible_before = before
            .filter(|before| before.withdrawn_at.is_none())
            .filter(|_| !unannounced.contains(&id));
        if article.document.published_at > acting.now {
            waiting.push((id, article.document.published_at));
            if visible_before.is_none() {
                news.push(News {
                    kind: ChangeKind::Scheduled,
                    subject_kind: SubjectKind::Article,
                    subject: id,
                    revision: Some(history.revision.0),
                    previous_revision: None,
                });
                continue;
            }
        }
        news.push(News {
            kind: if visible_before.is_some() {
                ChangeKind::Updated
            } else {
                ChangeKind::Published
            },
            subject_kind: SubjectKind::Article,
            subject: id,
            revision: Some(history.revision.0),
            previous_revision: visible_before.map(|before| before.revision_id),
        });
    }
    if !written.is_empty() {
        let ids: Vec<Uuid> = written
            .iter()
            .map(|(article, _)| article.document.id.0)
            .filter(|id| known.contains_key(id))
            .collect();
        let standing = projection::standing(&transaction, &ids).await?;
        identities.send(&transaction).await?;
        revisions.send(&transaction).await?;
        projection::put(&transaction, &written, &standing).await?;
        let documents = written.iter().map(|(article, _)| &article.document);
        desk::link_retracted(&transaction, &ids, documents).await?;
        announcement::forget(&transaction, &ids).await?;
        announcement::expect(&transaction, &waiting).await?;
        turn.record(&transaction, acting.now, news).await?;
    }
    transaction.commit().await?;
    Ok(outcomes)
}

/// What `publish` would do, without writing anything. What it would refuse for a clash with an article earlier in the
/// same run is not seen here.
///
/// # Errors
/// When the database does not answer.
pub async fn rehearse(
    acting: &Acting,
    submissions: &[Submission],
    references: References<'_>,
) -> Result<Vec<Outcome>, DbErr> {
    let transaction = acting.db.snapshot().await?;
    let known = known(
        &transaction,
        submissions.iter().map(|s| s.article.document.id.0),
    )
    .await?;
    let outcomes = judge(&transaction, submissions, references, &known).await?;
    transaction.rollback().await?;
    Ok(outcomes)
}

/// Takes articles down for good: gone from every list, their paths say so, their revisions stay in the archive.
///
/// # Errors
/// When the database fails; then nothing was written.
pub async fn withdraw(acting: &Acting, withdrawals: &[Withdrawal]) -> Result<Vec<Outcome>, DbErr> {
    let transaction = acting.db.begin().await?;
    let mut turn = Turn::take(&transaction).await?;
    let known = known(
        &transaction,
        withdrawals.iter().map(|withdrawal| withdrawal.article),
    )
    .await?;
    let known_ids: Vec<Uuid> = known.keys().copied().collect();
    let unannounced = announcement::waiting(&transaction, &known_ids).await?;
    announcement::forget(&transaction, &known_ids).await?;
    let mut outcomes = Vec::with_capacity(withdrawals.len());
    let mut identities = Rows::into(&IDENTITY);
    let mut paths = Rows::into(&LOST_PATH);
    let mut news = Vec::new();
    for withdrawal in withdrawals {
        let before = known.get(&withdrawal.article);
        if before.is_some_and(|before| before.withdrawn_at.is_some()) {
            outcomes.push(Outcome::Unchanged);
            continue;
        }
        identities.push([
            withdrawal.article.into(),
            withdrawal
                .origin
                .clone()
                .or_else(|| before.and_then(|b| b.origin.clone()))
                .unwrap_or_default()
                .into(),
            before
                .map_or(withdrawal.version, |before| {
                    before.version.max(withdrawal.version)
                })
                .into(),
            before
                .map_or(withdrawal.revision, |before| before.revision_id)
                .into(),
            before.map_or(0, |before| before.content_hash).into(),
            before
                .map_or(withdrawal.created_at.0, |before| before.created_at)
                .into(),
            withdrawal.at.0.into(),
            NO_NUMBER.into(),
            Uuid::nil().into(),
        ]);
        for path in &withdrawal.paths {
            paths.push([path.as_str().into(), withdrawal.article.into()]);
        }
        outcomes.push(if before.is_some() {
            Outcome::Updated
        } else {
            Outcome::Created
        });
        let is_unannounced = unannounced.contains(&withdrawal.article);
        news.push(News {
            kind: if is_unannounced {
                ChangeKind::Scheduled
            } else {
                ChangeKind::Withdrawn
            },
            subject_kind: SubjectKind::Article,
            subject: withdrawal.article,
            revision: None,
            previous_revision: before
                .filter(|_| !is_unannounced)
                .map(|before| before.revision_id),
        });
    }
    let ids: Vec<Uuid> = known.keys().copied().collect();
    let standing = projection::standing(&transaction, &ids).await?;
    projection::remove(&transaction, &standing).await?;
    identities.send(&transaction).await?;
    paths.send(&transaction).await?;
    turn.record(&transaction, acting.now, news).await?;
    transaction.commit().await?;
    Ok(outcomes)
}

/// What `withdraw` would do, without writing anything.
///
/// # Errors
/// When the database does not answer.
pub async fn rehearse_withdrawals(
    acting: &Acting,
    withdrawals: &[Withdrawal],
) -> Result<Vec<Outcome>, DbErr> {
    let snapshot = acting.db.snapshot().await?;
    let known = known(
        &snapshot,
        withdrawals.iter().map(|withdrawal| withdrawal.article),
    )
    .await?;
    snapshot.rollback().await?;
    Ok(withdrawals
        .iter()
        .map(|withdrawal| match known.get(&withdrawal.article) {
            None => Outcome::Created,
            Some(before) if before.withdrawn_at.is_some() => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        })
        .collect())
}

/// Puts revisions that are no longer current into the archive; readers notice nothing of it.
///
/// # Errors
/// When the database fails; then nothing was written.
pub async fn archive(acting: &Acting, revisions: &[(Uuid, History, Vec<u8>)]) -> Result<(), DbErr> {
    let transaction = acting.db.begin().await?;
    let known = known(&transaction, revisions.iter().map(|(article, ..)| *article)).await?;
    let mut rows = Rows::into(&EARLIER_REVISION);
    for (article, history, packed) in revisions {
        // Only what lies behind the present version is history.
        if known
            .get(article)
            .is_some_and(|known| history.version <= known.version)
        {
            rows.push([
                (*article).into(),
                history.version.into(),
                history.revision.0.into(),
                history.saved_at.0.into(),
                packed.clone().into(),
            ]);
        }
    }
    rows.send(&transaction).await?;
    transaction.commit().await
}

async fn known(
    transaction: &DatabaseTransaction,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Known>, DbErr> {
    use entity::article::Column;
    let ids: Vec<Uuid> = ids.collect();
    let columns = [
        Column::Id,
        Column::Origin,
        Column::Version,
        Column::RevisionId,
        Column::ContentHash,
        Column::CreatedAt,
        Column::WithdrawnAt,
        Column::Stage,
    ];
    let rows: Vec<Known> = select_in(
        transaction,
        entity::article::Entity,
        &columns,
        Column::Id,
        &ids,
    )
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn judge(
    transaction: &DatabaseTransaction,
    submissions: &[Submission],
    references: References<'_>,
    known: &HashMap<Uuid, Known>,
) -> Result<Vec<Outcome>, DbErr> {
    let mut slugs = slug_owners(transaction, submissions).await?;
    let mut paths = path_owners(transaction, submissions).await?;
    let origins = origin_owners(transaction, submissions).await?;
    let mut seen = HashSet::new();
    Ok(submissions
        .iter()
        .map(|submission| {
            let document = &submission.article.document;
            let id = document.id.0;
            let before = known.get(&id);
            if !seen.insert(id) {
                return Outcome::Refused(format!(
                    "{} stands twice; keep one of the two",
                    document.id
                ));
            }
            if let Some(reason) = incomplete(document)
                .or_else(|| dangling(document, references))
                .or_else(|| taken(document, &slugs, &paths))
            {
                return Outcome::Refused(reason);
            }
            if before.is_some_and(|before| before.stage != DraftStage::Settled.code()) {
                return Outcome::Refused(format!(
                    "the newsroom is working on a draft of {}; publish or discard it before importing",
                    document.id
                ));
            }
            if before.is_some_and(|b| {
                b.withdrawn_at.is_some() && b.version >= submission.history.map_or(0, |h| h.version)
            }) {
                return Outcome::Refused(format!(
                    "{} was withdrawn here and is not brought back by an import",
                    document.id
                ));
            }
            slugs.insert(document.slug.clone(), id);
            for path in document.former_paths.iter().chain([&document.path]) {
                paths.insert(path.clone(), id);
            }
            if let Some(owner) = submission.origin.as_ref().and_then(|origin| origins.get(origin)).filter(|owner| **owner != id) {
                return Outcome::Refused(format!(
                    "{} has just come from the same origin in another import; import it again",
                    ArticleId(*owner)
                ));
            }
            let history = submission.history;
            if let (Some(before), Some(history)) = (before, history) {
                // A dump that is older than what stands here must not turn it back.
                if history.version < before.version && history.revision.0 != before.revision_id {
                    let same = before.content_hash == submission.article.content_hash;
                    return if same { Outcome::Unchanged } else { Outcome::Refused(format!(
                        "{} has version {} here, the dump brings version {}; an older version does not replace a newer one",
                        document.id, before.version, history.version
                    )) };
                }
            }
            match before {
                None => Outcome::Created,
                // The same words under a later version: what lies between is in the dump as well.
                Some(before) if history.is_some_and(|history| history.version > before.version) => Outcome::Updated,
                Some(before) if before.content_hash == submission.article.content_hash => {
                    Outcome::Unchanged
                }
                Some(_) => Outcome::Updated,
            }
        })
        .collect())
}

/// What every published article must have.
fn incomplete(document: &ArticleDocument) -> Option<String> {
    if document.headline.trim().is_empty() {
        return Some("an article needs a headline before it can be published".to_owned());
    }
    if document.slug.is_empty() || document.slug.contains(['/', '?', '#']) {
        return Some(format!(
            "\"{}\" is no slug; a slug has at least one character and no /, ? or #",
            document.slug
        ));
    }
    if let Some(path) = document
        .former_paths
        .iter()
        .chain([&document.path])
        .find(|path| !path.starts_with('/'))
    {
        return Some(format!("the path \"{path}\" must begin with a slash"));
    }
    if document.language.is_empty() {
        return Some("an article needs the tag of its language, such as en".to_owned());
    }
    None
}

/// A link that leads nowhere.
fn dangling(document: &ArticleDocument, references: References<'_>) -> Option<String> {
    if let Some(missing) = document
        .authors
        .iter()
        .find(|c| !references.authors.knows(c.author.0))
    {
        return Some(format!(
            "{} does not exist; import the author before the article",
            missing.author
        ));
    }
    if let Some(missing) = document
        .tags
        .iter()
        .find(|tag| !references.tags.knows(tag.0))
    {
        return Some(format!(
            "{missing} does not exist; import the tag before the article"
        ));
    }
    let mut citations = HashSet::new();
    for citation in &document.citations {
        if let Some(missing) = citation
            .source
            .filter(|source| !references.sources.knows(source.0))
        {
            return Some(format!(
                "{missing} does not exist; import the source before the article"
            ));
        }
        if !citations.insert(citation.id) {
            return Some(format!(
                "{} stands twice in the article; keep one of the two",
                citation.id
            ));
        }
    }
    document
        .citations
        .iter()
        .filter_map(|citation| citation.via)
        .find(|via| !citations.contains(via))
        .map(|via| {
            format!("{via} is named as the way of another citation but is not in the article")
        })
}

/// A slug or path of another article.
fn taken(
    document: &ArticleDocument,
    slugs: &HashMap<String, Uuid>,
    paths: &HashMap<String, Uuid>,
) -> Option<String> {
    let id = document.id.0;
    if slugs.get(&document.slug).is_some_and(|owner| *owner != id) {
        return Some(format!(
            "the slug \"{}\" belongs to another article; choose another slug",
            document.slug
        ));
    }
    document
        .former_paths
        .iter()
        .chain([&document.path])
        .find(|path| paths.get(*path).is_some_and(|owner| *owner != id))
        .map(|path| format!("the path \"{path}\" leads to another article; choose another path"))
}

/// Which article has each of the submitted slugs at present.
async fn slug_owners(
    db: &impl ConnectionTrait,
    submissions: &[Submission],
) -> Result<HashMap<String, Uuid>, DbErr> {
    use entity::published_article::{Column, Entity};
    #[derive(FromQueryResult)]
    struct Owner {
        slug: String,
        id: Uuid,
    }
    let wanted: Vec<String> = submissions
        .iter()
        .map(|s| s.article.document.slug.clone())
        .collect();
    let owners: Vec<Owner> = select_in(
        db,
        Entity,
        &[Column::Slug, Column::Id],
        Column::Slug,
        &wanted,
    )
    .await?;
    Ok(owners
        .into_iter()
        .map(|owner| (owner.slug, owner.id))
        .collect())
}

/// Which article came from each of the submitted origins.
async fn origin_owners(
    db: &impl ConnectionTrait,
    submissions: &[Submission],
) -> Result<HashMap<String, Uuid>, DbErr> {
    use entity::article::{Column, Entity};
    #[derive(FromQueryResult)]
    struct Owner {
        origin: String,
        id: Uuid,
    }
    let wanted: Vec<String> = submissions
        .iter()
        .filter_map(|submission| submission.origin.clone())
        .collect();
    let owners: Vec<Owner> = select_in(
        db,
        Entity,
        &[Column::Origin, Column::Id],
        Column::Origin,
        &wanted,
    )
    .await?;
    Ok(owners
        .into_iter()
        .map(|owner| (owner.origin, owner.id))
        .collect())
}

/// Which article each of the submitted paths leads to at present.
async fn path_owners(
    db: &impl ConnectionTrait,
    submissions: &[Submission],
) -> Result<HashMap<String, Uuid>, DbErr> {
    use entity::path::{Column, Entity};
    #[derive(FromQueryResult)]
    struct Owner {
        path: String,
        article_id: Uuid,
    }
    let wanted: Vec<String> = submissions
        .iter()
        .flat_map(|s| {
            s.article
                .document
                .former_paths
                .iter()
                .chain([&s.article.document.path])
        })
        .cloned()
        .collect();
    let owners: Vec<Owner> = select_in(
        db,
        Entity,
        &[Column::Path, Column::ArticleId],
        Column::Path,
        &wanted,
    )
    .await?;
    Ok(owners
        .into_iter()
        .map(|owner| (owner.path, owner.article_id))
        .collect())
}
