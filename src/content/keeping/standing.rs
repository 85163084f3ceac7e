//! What stands: the noun as it is, who has its slug and its domains, what uses it, and what changed since.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use super::audit_subject;
use crate::{
    access::refusal::{Conflict, Denied, FieldChange, Refusal},
    content::{noun, noun::Noun},
    editorial::{
        identity::{self, ArticleId, AuthorId, SourceId, TagId},
        moment::Moment,
    },
    events::SubjectKind,
    platform::sql::sql,
};

/// How many uses a refusal names.
const MOST_USES: usize = 20;

/// A noun as it stands.
pub struct Standing<N: Noun> {
    /// Its document.
    pub document: N::Document,
    /// Its version.
    pub version: i64,
}

/// The noun with this id.
pub async fn load<N: Noun>(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Standing<N>>, DbErr> {
    let Some(document) = noun::documents_of::<N>(db, Some(&[id])).await?.remove(&id) else {
        return Ok(None);
    };
    let text = format!("SELECT version FROM {} WHERE id = ?", N::NAME);
    let row = db.query_one_raw(sql(db, &text, [id.into()])).await?;
    let version = row.map_or(Ok(1), |row| row.try_get("", "version"))?;
    Ok(Some(Standing { document, version }))
}

/// Refuses when the noun stands at another version than the expected one, with what changed since.
pub async fn expect<N: Noun>(
    db: &impl ConnectionTrait,
    standing: &Standing<N>,
    id: Uuid,
    expected: i64,
) -> Result<(), Denied> {
    if standing.version == expected {
        return Ok(());
    }
    let kind = audit_subject(N::SUBJECT).code();
    let newest = sql(
        db,
        "SELECT actor, at FROM audit WHERE subject_kind = ? AND subject_id = ? AND version = ? ORDER BY id DESC LIMIT 1",
        [kind.into(), id.into(), standing.version.into()],
    );
    let (saved_by, saved_at) = match db.query_one_raw(newest).await? {
        Some(row) => (
            Some(row.try_get("", "actor")?),
            Some(Moment(row.try_get("", "at")?)),
        ),
        None => (None, None),
    };
    let base = base_of(db, kind, id, expected).await?;
    Err(Refusal::Conflict(Box::new(Conflict {
        message: format!(
            "version {expected} was expected, but the {} stands at version {}; look at what changed and try again",
            N::NAME,
            standing.version
        ),
        current_version: standing.version,
        saved_by,
        saved_at,
        changes: changes(
            base.as_ref(),
            &serde_json::to_value(&standing.document).unwrap_or_default(),
        ),
    }))
    .into())
}

/// The document of a version: what an act made of it, or what the next act found.
async fn base_of(
    db: &impl ConnectionTrait,
    kind: i16,
    id: Uuid,
    version: i64,
) -> Result<Option<Json>, DbErr> {
    for (column, version) in [("after", version), ("before", version.saturating_add(1))] {
        let text = format!(
            "SELECT \"{column}\" AS document FROM audit \
             WHERE subject_kind = ? AND subject_id = ? AND version = ? ORDER BY id DESC LIMIT 1"
        );
        let statement = sql(db, &text, [kind.into(), id.into(), version.into()]);
        if let Some(row) = db.query_one_raw(statement).await? {
            let document: Option<String> = row.try_get("", "document")?;
            if let Some(base) = document.and_then(|text| serde_json::from_str(&text).ok()) {
                return Ok(Some(base));
            }
        }
    }
    Ok(None)
}

/// Field by field what reads differently. Without a base every field of the present document is listed.
fn changes(base: Option<&Json>, now: &Json) -> Vec<FieldChange> {
    let empty = serde_json::Map::new();
    let before = base.and_then(Json::as_object).unwrap_or(&empty);
    let after = now.as_object().unwrap_or(&empty);
    let mut names: Vec<&String> = after.keys().chain(before.keys()).collect();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
        .into_iter()
        .filter(|name| !["id", "updated_at"].contains(&name.as_str()))
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| FieldChange {
            field: field_of(name),
            before: before.get(name).map(words),
            after: after.get(name).map(words),
        })
        .collect()
}

fn words(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A field as the schema names it.
fn field_of(name: &str) -> String {
    match name {
        "tag_type" => "type",
        "former_slugs" => "formerSlugs",
        "external_ids" => "externalIds",
        other => other,
    }
    .to_owned()
}

/// Who has a slug at present.
pub async fn slug_owner<N: Noun>(
    db: &impl ConnectionTrait,
    slug: &str,
) -> Result<Option<Uuid>, DbErr> {
    let text = format!("SELECT id FROM {} WHERE slug = ?", N::NAME);
    let row = db.query_one_raw(sql(db, &text, [slug.into()])).await?;
    row.map(|row| row.try_get("", "id")).transpose()
}

/// A slug that leads to nothing yet, made from the wanted one.
pub async fn free_slug<N: Noun>(db: &impl ConnectionTrait, wanted: &str) -> Result<String, DbErr> {
    let mut slug = wanted.to_owned();
    let mut number = 1_u64;
    loop {
        let former = sql(
            db,
            "SELECT subject_id FROM former_slug WHERE subject_kind = ? AND slug = ?",
            [N::SUBJECT.code().into(), slug.as_str().into()],
        );
        if slug_owner::<N>(db, &slug).await?.is_none() && db.query_one_raw(former).await?.is_none()
        {
            return Ok(slug);
        }
        number += 1;
        slug = format!("{wanted}-{number}");
    }
}

/// Which sources have these domains.
pub async fn domain_owners(
    db: &impl ConnectionTrait,
    domains: &[String],
) -> Result<Vec<(String, Uuid)>, DbErr> {
    let mut owners = Vec::new();
    for domain in domains {
        let statement = sql(
            db,
            "SELECT source_id FROM source_domain WHERE domain = ?",
            [domain.as_str().into()],
        );
        if let Some(row) = db.query_one_raw(statement).await? {
            owners.push((domain.clone(), row.try_get("", "source_id")?));
        }
    }
    Ok(owners)
}

/// Whether a noun is another one, or belongs to it, however far down.
pub async fn is_within<N: Noun>(
    db: &impl ConnectionTrait,
    noun: Uuid,
    above: Uuid,
) -> Result<bool, DbErr> {
    let mut seen = HashSet::new();
    let mut here = Some(noun);
    while let Some(id) = here.filter(|id| seen.insert(*id)) {
        if id == above {
            return Ok(true);
        }
        here = load::<N>(db, id)
            .await?
            .and_then(|standing| N::parent_of(&standing.document));
    }
    Ok(false)
}

/// What uses a noun: the printed ids of the first articles, sources and accounts, and how many there are.
pub async fn uses<N: Noun>(
    transaction: &DatabaseTransaction,
    id: Uuid,
) -> Result<(Vec<String>, i64), DbErr> {
    let (feed, facet) = N::FEED;
    let articles = format!(
        "SELECT article_id AS id FROM {feed} WHERE {facet} = ? \
         UNION SELECT article_id AS id FROM draft_link WHERE subject_id = ?"
    );
    let values: Vec<Value> = vec![id.into(), id.into()];
    let mut found = vec![("article", articles, values)];
    let other = match N::SUBJECT {
        SubjectKind::Source => Some(("source", "SELECT id FROM source WHERE parent_id = ?")),
        SubjectKind::Author => Some(("account", "SELECT id FROM account WHERE author_id = ?")),
        _ => None,
    };
    found.extend(other.map(|(kind, text)| (kind, text.to_owned(), vec![id.into()])));
    let mut uses = Vec::new();
    let mut count = 0;
    for (kind, text, values) in found {
        let counted = format!("SELECT COUNT(*) AS uses FROM ({text}) AS used");
        let statement = sql(transaction, &counted, values.clone());
        if let Some(row) = transaction.query_one_raw(statement).await? {
            count += row.try_get::<i64>("", "uses")?;
        }
        let first = format!("SELECT id FROM ({text}) AS used ORDER BY id LIMIT {MOST_USES}");
        for row in transaction
            .query_all_raw(sql(transaction, &first, values))
            .await?
        {
            uses.push(identity::printed(kind, row.try_get("", "id")?));
        }
    }
    uses.truncate(MOST_USES);
    Ok((uses, count))
}

/// An id as clients know it.
pub fn printed(kind: SubjectKind, id: Uuid) -> String {
    match kind {
        SubjectKind::Article | SubjectKind::Site => ArticleId(id).to_string(),
        SubjectKind::Author => AuthorId(id).to_string(),
        SubjectKind::Tag => TagId(id).to_string(),
        SubjectKind::Source => SourceId(id).to_string(),
    }
}
