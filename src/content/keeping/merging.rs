//! Merging an author, tag or source into another one of its kind.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Value};
use uuid::Uuid;

use super::{Asked, Done, begin, news_of, note, remove, required, run, standing};
use crate::{
    access::{
        account,
        refusal::{Code, Denied, Refusal},
    },
    content::{
        Acting, Outcome,
        article::entity::{bytes_of, ids_of},
        noun::{self, Former, Noun},
    },
    editorial::moment::Moment,
    events::{ChangeKind, SubjectKind},
    platform::sql::sql,
};

/// How many articles one statement changes.
const CHUNK: usize = 1_000;

/// Which noun goes into which.
#[derive(Debug, Clone, Copy)]
pub struct Merge {
    /// The noun that goes.
    pub id: Uuid,
    /// The noun that stays.
    pub into: Uuid,
    /// The version of the one that goes.
    pub expected: i64,
    /// Whether only to say how many articles would be moved.
    pub dry_run: bool,
}

/// Merges a noun into another one: articles, feeds, counters, citations, accounts, names and slugs go over.
///
/// # Errors
/// When it is refused or the database fails; then nothing happened.
pub async fn merge<N: Noun>(
    acting: &Acting,
    asked: Asked<'_>,
    merge: Merge,
) -> Result<Done, Denied> {
    let Merge { id, into, .. } = merge;
    let underway = match begin(acting, &asked).await? {
        Ok(underway) => underway,
        Err(before) => return Ok(before),
    };
    let transaction = &underway.transaction;
    let going = required::<N>(transaction, id, "id").await?;
    let staying = required::<N>(transaction, into, "into").await?;
    standing::expect::<N>(transaction, &going, id, merge.expected).await?;
    if standing::is_within::<N>(transaction, into, id).await? {
        return Err(Refusal::invalid(
            Code::Invalid,
            &["into"],
            format!(
                "a {0} cannot be merged into itself or into what belongs to it; choose another {0}",
                N::NAME
            ),
        )
        .into());
    }
    let articles = move_articles::<N>(transaction, merge).await?;
    if merge.dry_run {
        underway.transaction.rollback().await?;
        return Ok(Done {
            id: into,
            version: staying.version,
            change: None,
            articles,
        });
    }
    move_counts::<N>(transaction, merge).await?;
    if N::SUBJECT == SubjectKind::Author {
        account::write_as_another(transaction, acting, asked.act, (id, into)).await?;
    }
    let mut news = vec![news_of::<N>(ChangeKind::Merged, id)];
    if N::SUBJECT == SubjectKind::Source {
        for child in move_source(transaction, merge, acting.now).await? {
            news.push(news_of::<N>(ChangeKind::Updated, child));
        }
    }
    remove::<N>(transaction, id).await?;

    let document = joined::<N>(&staying.document, &going.document, acting.now);
    let version = staying.version + 1;
    note::<N>(
        transaction,
        acting,
        asked.act,
        id,
        None,
        (Some(&going.document), None),
    )
    .await?;
    note::<N>(
        transaction,
        acting,
        asked.act,
        into,
        Some(version),
        (Some(&staying.document), Some(&document)),
    )
    .await?;
    news.extend(
        noun::write::<N>(
            transaction,
            acting.now,
            &[document],
            &HashMap::from([(into, staying.document)]),
            &[Outcome::Updated],
        )
        .await?,
    );
    underway
        .finish(acting, (into, version, articles), news)
        .await
}

/// The document that stays, with what it takes over: every slug and id of the other one leads to it from now on.
fn joined<N: Noun>(staying: &N::Document, going: &N::Document, now: Moment) -> N::Document {
    let document = N::joined(staying.clone(), going);
    let (slug, former) = N::slugs_of(staying);
    let (gone, gone_former) = N::slugs_of(going);
    let mut slugs: Vec<String> = former.to_vec();
    for old in std::iter::once(gone).chain(gone_former.iter().map(String::as_str)) {
        if old != slug && !slugs.iter().any(|known| known == old) {
            slugs.push(old.to_owned());
        }
    }
    let mut ids = N::former_ids_of(staying);
    ids.push(N::id_of(going));
    ids.extend(N::former_ids_of(going));
    let slug = slug.to_owned();
    N::revised(N::with_former(document, Former { slugs, ids }), slug, now)
}

/// Lets published articles name the noun that stays; says how many did name the other one.
async fn move_articles<N: Noun>(
    transaction: &DatabaseTransaction,
    merge: Merge,
) -> Result<i64, DbErr> {
    let (feed, facet) = N::FEED;
    let (ids, roles) = N::LISTED;
    let read_roles = roles.unwrap_or(ids);
    let text = format!(
        "SELECT id, {ids} AS ids, {read_roles} AS roles FROM published_article \
         WHERE id IN (SELECT article_id FROM {feed} WHERE {facet} = ?)"
    );
    let rows = transaction
        .query_all_raw(sql(transaction, &text, [merge.id.into()]))
        .await?;
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if merge.dry_run {
        return Ok(count);
    }
    let set = match roles {
        Some(roles) => format!("{ids} = v.column2, {roles} = v.column3"),
        None => format!("{ids} = v.column2"),
    };
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len() * 3);
        for row in chunk {
            let listed: Vec<u8> = row.try_get("", "ids")?;
            let beside: Option<Vec<u8>> = roles.map(|_| row.try_get("", "roles")).transpose()?;
            let (listed, beside) = moved(&listed, beside.as_deref(), merge);
            values.push(Value::from(row.try_get::<Uuid>("", "id")?));
            values.push(Value::from(listed));
            values.extend(beside.map(Value::from));
        }
        let place = if roles.is_some() {
            "(?, ?, ?)"
        } else {
            "(?, ?)"
        };
        let places = vec![place; chunk.len()].join(", ");
        let text = format!(
            "UPDATE published_article SET {set} FROM (VALUES {places}) AS v WHERE published_article.id = v.column1"
        );
        run(transaction, &text, values).await?;
    }
    Ok(count)
}

/// The ordered ids of a list row, and the roles beside them, with the noun that stays in the place of the other one; who
/// would stand there twice in one role stands there once.
fn moved(ids: &[u8], roles: Option<&[u8]>, merge: Merge) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut seen = HashSet::new();
    let kept: Vec<(Uuid, u8)> = ids_of(ids)
        .into_iter()
        .map(|id| if id == merge.id { merge.into } else { id })
        .zip(
            roles
                .unwrap_or_default()
                .iter()
                .copied()
                .chain(std::iter::repeat(0)),
        )
        .filter(|pair| seen.insert(*pair))
        .collect();
    (
        bytes_of(kept.iter().map(|(id, _)| *id)),
        roles.map(|_| kept.iter().map(|(_, role)| *role).collect()),
    )
}

/// Moves feed rows and links of drafts, and counts anew.
async fn move_counts<N: Noun>(
    transaction: &DatabaseTransaction,
    merge: Merge,
) -> Result<(), DbErr> {
    let (feed, facet) = N::FEED;
    let (id, into) = (Value::from(merge.id), Value::from(merge.into));
    for (table, column) in [(feed, facet), ("draft_link", "subject_id")] {
        let text = format!(
            "DELETE FROM {table} WHERE {column} = ? AND article_id IN \
             (SELECT article_id FROM {table} WHERE {column} = ?)"
        );
        run(transaction, &text, [id.clone(), into.clone()]).await?;
        let text = format!("UPDATE {table} SET {column} = ? WHERE {column} = ?");
        run(transaction, &text, [into.clone(), id.clone()]).await?;
    }
    run(
        transaction,
        "DELETE FROM tally WHERE facet_id = ?",
        [into.clone()],
    )
    .await?;
    let text = format!(
        "INSERT INTO tally (facet_id, articles) SELECT {facet}, COUNT(*) FROM {feed} WHERE {facet} = ? GROUP BY {facet}"
    );
    run(transaction, &text, [into]).await
}

/// Moves what only sources have: citations, and the sources that belong to one, whose ids are returned.
async fn move_source(
    transaction: &DatabaseTransaction,
    merge: Merge,
    now: Moment,
) -> Result<Vec<Uuid>, DbErr> {
    run(
        transaction,
        "UPDATE citation SET source_id = ? WHERE source_id = ?",
        [merge.into.into(), merge.id.into()],
    )
    .await?;
    let children = sql(
        transaction,
        "SELECT id FROM source WHERE parent_id = ?",
        [merge.id.into()],
    );
    let children = transaction
        .query_all_raw(children)
        .await?
        .iter()
        .map(|row| row.try_get("", "id"))
        .collect::<Result<Vec<Uuid>, DbErr>>()?;
    run(
        transaction,
        "UPDATE source SET parent_id = ?, updated_at = ?, version = version + 1 WHERE parent_id = ?",
        [merge.into.into(), now.0.into(), merge.id.into()],
    )
    .await?;
    Ok(children)
}
