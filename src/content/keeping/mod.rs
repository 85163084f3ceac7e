//! How the newsroom keeps its authors, tags and sources: creates, changes, merges and deletes them.
//!
//! Each act is one transaction with its change entries, its entry in the audit log and the answer to its idempotency key.

pub mod graphql;
pub mod merged;
mod merging;
mod standing;

pub use self::merging::{Merge, merge};

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::standing::{
    Standing, domain_owners, expect, free_slug, is_within, load, printed, slug_owner, uses,
};
use super::{
    Acting, Outcome,
    noun::{self, Noun},
};
use crate::{
    access::{
        act::Act,
        audit::{self, Subject},
        once::{self, Claimed},
        refusal::{Code, Denied, Refusal},
    },
    editorial::slug::slug_of,
    events::{ChangeKind, News, SubjectKind, Turn},
    platform::sql::sql,
};

/// The longest name, in characters.
const LONGEST_NAME: usize = 300;

/// What is asked for, and under which key.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The act.
    pub act: Act,
    /// The key under which it happens once.
    pub key: Option<&'a str>,
    /// Everything that the answer depends on.
    pub input: String,
}

/// What an act has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The noun that it was about, or the one that another was merged into.
    pub id: Uuid,
    /// Its version afterwards.
    pub version: i64,
    /// The place in the change log afterwards; absent when nothing was written.
    pub change: Option<i64>,
    /// How many published articles were moved.
    #[serde(default)]
    pub articles: i64,
}

/// Creates a noun. A document without a slug gets one made from its name.
///
/// # Errors
/// When it is refused or the database fails; then nothing happened.
pub async fn create<N: Noun>(
    acting: &Acting,
    asked: Asked<'_>,
    document: N::Document,
) -> Result<Done, Denied> {
    let underway = match begin(acting, &asked).await? {
        Ok(underway) => underway,
        Err(before) => return Ok(before),
    };
    let transaction = &underway.transaction;
    let document = with_slug::<N>(transaction, document, acting).await?;
    check::<N>(transaction, &document, "").await?;
    let id = N::id_of(&document);
    let news = noun::write::<N>(
        transaction,
        acting.now,
        std::slice::from_ref(&document),
        &HashMap::new(),
        &[Outcome::Created],
    )
    .await?;
    note::<N>(
        transaction,
        acting,
        asked.act,
        id,
        Some(1),
        (None, Some(&document)),
    )
    .await?;
    underway.finish(acting, (id, 1, 0), news).await
}

/// Changes a noun that stands at the expected version. A document left without a slug gets one made from its name.
///
/// # Errors
/// When it is refused or the database fails; then nothing happened.
pub async fn update<N: Noun>(
    acting: &Acting,
    asked: Asked<'_>,
    id: Uuid,
    expected: i64,
    change: impl FnOnce(&mut N::Document) + Send,
) -> Result<Done, Denied> {
    let underway = match begin(acting, &asked).await? {
        Ok(underway) => underway,
        Err(before) => return Ok(before),
    };
    let transaction = &underway.transaction;
    let standing = required::<N>(transaction, id, "id").await?;
    expect::<N>(transaction, &standing, id, expected).await?;
    let mut document = standing.document.clone();
    change(&mut document);
    let changed = document != standing.document;
    let mut version = standing.version;
    let mut news = Vec::new();
    if changed {
        document = with_slug::<N>(transaction, document, acting).await?;
        let old_slug = N::slugs_of(&standing.document).0;
        check::<N>(transaction, &document, old_slug).await?;
        version += 1;
        note::<N>(
            transaction,
            acting,
            asked.act,
            id,
            Some(version),
            (Some(&standing.document), Some(&document)),
        )
        .await?;
        news = noun::write::<N>(
            transaction,
            acting.now,
            &[document],
            &HashMap::from([(id, standing.document)]),
            &[Outcome::Updated],
        )
        .await?;
    }
    underway.finish(acting, (id, version, 0), news).await
}

/// Deletes a noun that nothing uses.
///
/// # Errors
/// When it is refused or the database fails; then nothing happened.
pub async fn delete<N: Noun>(
    acting: &Acting,
    asked: Asked<'_>,
    id: Uuid,
    expected: i64,
) -> Result<Done, Denied> {
    let underway = match begin(acting, &asked).await? {
        Ok(underway) => underway,
        Err(before) => return Ok(before),
    };
    let transaction = &underway.transaction;
    let standing = required::<N>(transaction, id, "id").await?;
    expect::<N>(transaction, &standing, id, expected).await?;
    let (uses, count) = uses::<N>(transaction, id).await?;
    if count > 0 {
        return Err(Refusal::InUse {
            message: format!(
                "{count} {} use this {}; take it from them first, or merge it into another one",
                match N::SUBJECT {
                    SubjectKind::Source => "articles, drafts or sources",
                    SubjectKind::Author =>
                        "articles, drafts or accounts (an admin changes those with accountUpdate)",
                    _ => "articles or drafts",
                },
                N::NAME
            ),
            uses,
            count,
        }
        .into());
    }
    remove::<N>(transaction, id).await?;
    let code = N::SUBJECT.code();
    for text in [
        "DELETE FROM former_slug WHERE subject_kind = ? AND subject_id = ?",
        "DELETE FROM former_id WHERE subject_kind = ? AND subject_id = ?",
    ] {
        run(transaction, text, [code.into(), id.into()]).await?;
    }
    let news = [news_of::<N>(ChangeKind::Withdrawn, id)];
    note::<N>(
        transaction,
        acting,
        asked.act,
        id,
        None,
        (Some(&standing.document), None),
    )
    .await?;
    underway
        .finish(acting, (id, standing.version, 0), news)
        .await
}

/// An act under way: one transaction, with its turn in the change log and the claim of its key.
struct Underway {
    transaction: DatabaseTransaction,
    turn: Turn,
    claim: once::Claim,
}

/// Begins an act, or finds what it did before under the same key.
async fn begin(acting: &Acting, asked: &Asked<'_>) -> Result<Result<Underway, Done>, Denied> {
    acting.who.may(asked.act)?;
    let transaction = acting.db.begin().await?;
    let turn = Turn::take(&transaction).await?;
    match once::claim(&transaction, acting, asked.act, asked.key, &asked.input).await? {
        Claimed::New(claim) => Ok(Ok(Underway {
            transaction,
            turn,
            claim,
        })),
        Claimed::Before(answer) => serde_json::from_str(&answer)
            .map(Err)
            .map_err(|error| DbErr::Custom(format!("a kept answer is unreadable: {error}")).into()),
    }
}

impl Underway {
    /// Ends an act that made this version of a noun and moved so many articles: tells the change log, keeps the answer
    /// and commits.
    async fn finish(
        mut self,
        acting: &Acting,
        (id, version, articles): (Uuid, i64, i64),
        news: impl IntoIterator<Item = News>,
    ) -> Result<Done, Denied> {
        let change = self
            .turn
            .record(&self.transaction, acting.now, news)
            .await?;
        let done = Done {
            id,
            version,
            change: Some(change),
            articles,
        };
        self.claim
            .answered(&self.transaction, acting, &noun::json(&done))
            .await?;
        self.transaction.commit().await?;
        Ok(done)
    }
}

/// The noun with this id, which an argument named.
async fn required<N: Noun>(
    transaction: &DatabaseTransaction,
    id: Uuid,
    argument: &str,
) -> Result<Standing<N>, Denied> {
    match load::<N>(transaction, id).await? {
        Some(standing) => Ok(standing),
        None => Err(Refusal::NotFound {
            message: absent::<N>(transaction, id).await?,
            path: vec![argument.to_owned()],
        }
        .into()),
    }
}

/// Why there is no noun with this id: there never was, or it was merged into another one.
async fn absent<N: Noun>(transaction: &DatabaseTransaction, id: Uuid) -> Result<String, DbErr> {
    let shown = printed(N::SUBJECT, id);
    Ok(match merged::went(transaction, &[id]).await?.get(&id) {
        Some(into) => format!(
            "{shown} was merged into {into}; name that one",
            into = printed(N::SUBJECT, *into)
        ),
        None => format!("there is no {shown}"),
    })
}

/// The document as of now, with a free slug made from its name when it has none.
async fn with_slug<N: Noun>(
    transaction: &DatabaseTransaction,
    document: N::Document,
    acting: &Acting,
) -> Result<N::Document, DbErr> {
    let slug = match N::slugs_of(&document).0 {
        "" => {
            let wanted = match slug_of(N::name_of(&document)) {
                wanted if wanted.is_empty() => N::NAME.to_owned(),
                wanted => wanted,
            };
            free_slug::<N>(transaction, &wanted).await?
        }
        slug => slug.to_owned(),
    };
    Ok(N::revised(document, slug, acting.now))
}

/// Whether a document may stand; every reason against it at once. The slug that it has had may be of any form.
async fn check<N: Noun>(
    transaction: &DatabaseTransaction,
    document: &N::Document,
    old_slug: &str,
) -> Result<(), Denied> {
    let id = N::id_of(document);
    let mut refusals = N::faults_of(document);
    let name = N::name_of(document);
    if name.trim().is_empty() {
        refusals.push(Refusal::invalid(
            Code::Required,
            &["input", "name"],
            format!("the {} has no name; give it one", N::NAME),
        ));
    } else if name.chars().count() > LONGEST_NAME {
        refusals.push(Refusal::invalid(
            Code::TooLong,
            &["input", "name"],
            format!("a name has at most {LONGEST_NAME} characters; shorten it"),
        ));
    }
    let slug = N::slugs_of(document).0;
    if slug != old_slug && slug_of(slug) != slug {
        refusals.push(Refusal::invalid(
            Code::Invalid,
            &["input", "slug"],
            format!("\"{slug}\" is no slug; \"{}\" would be one", slug_of(slug)),
        ));
    } else if slug_owner::<N>(transaction, slug)
        .await?
        .is_some_and(|owner| owner != id)
    {
        refusals.push(Refusal::invalid(
            Code::Taken,
            &["input", "slug"],
            format!(
                "the slug \"{slug}\" belongs to another {}; choose another slug",
                N::NAME
            ),
        ));
    }
    for (domain, owner) in domain_owners(transaction, N::domains_of(document)).await? {
        if owner != id {
            refusals.push(Refusal::invalid(
                Code::Taken,
                &["input", "domains"],
                format!(
                    "the domain \"{domain}\" belongs to {}; a domain belongs to one source",
                    printed(SubjectKind::Source, owner)
                ),
            ));
        }
    }
    if let Some(parent) = N::parent_of(document) {
        let shown = printed(N::SUBJECT, parent);
        if load::<N>(transaction, parent).await?.is_none() {
            refusals.push(Refusal::invalid(
                Code::Dangling,
                &["input", "parent"],
                absent::<N>(transaction, parent).await?,
            ));
        } else if is_within::<N>(transaction, parent, id).await? {
            refusals.push(Refusal::invalid(
                Code::Invalid,
                &["input", "parent"],
                format!(
                    "{shown} is this {0}, or belongs to it; choose a {0} above it",
                    N::NAME
                ),
            ));
        }
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Denied::Refused(refusals))
    }
}

/// Takes away the row of a noun, its domains and its counter.
async fn remove<N: Noun>(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), DbErr> {
    let row = format!("DELETE FROM {} WHERE id = ?", N::NAME);
    run(transaction, &row, [id.into()]).await?;
    run(
        transaction,
        "DELETE FROM tally WHERE facet_id = ?",
        [id.into()],
    )
    .await?;
    if N::SUBJECT == SubjectKind::Source {
        run(
            transaction,
            "DELETE FROM source_domain WHERE source_id = ?",
            [id.into()],
        )
        .await?;
    }
    Ok(())
}

/// Puts an act on record.
async fn note<N: Noun>(
    transaction: &DatabaseTransaction,
    acting: &Acting,
    act: Act,
    subject: Uuid,
    version: Option<i64>,
    (before, after): (Option<&N::Document>, Option<&N::Document>),
) -> Result<(), DbErr> {
    let entry = audit::Entry {
        act,
        subject_kind: audit_subject(N::SUBJECT),
        subject,
        version,
        reason: None,
        before: before.map(noun::json),
        after: after.map(noun::json),
    };
    audit::note(transaction, acting, entry).await
}

fn audit_subject(kind: SubjectKind) -> Subject {
    match kind {
        SubjectKind::Author => Subject::Author,
        SubjectKind::Tag => Subject::Tag,
        SubjectKind::Source => Subject::Source,
        SubjectKind::Article | SubjectKind::Site => Subject::Article,
    }
}

fn news_of<N: Noun>(kind: ChangeKind, subject: Uuid) -> News {
    News {
        kind,
        subject_kind: N::SUBJECT,
        subject,
        revision: None,
        previous_revision: None,
    }
}

async fn run(
    db: &impl ConnectionTrait,
    text: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<(), DbErr> {
    db.execute_raw(sql(db, text, values)).await.map(|_| ())
}
