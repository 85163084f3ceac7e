//! From slugs and paths to what they lead to.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Error, ID, OneofObject, SimpleObject, Union};
use sea_orm::{
    FromQueryResult,
    sea_query::{Expr, ExprTrait, Query, UnionType},
};
use uuid::Uuid;

use super::{
    article::{self, graphql::Article},
    author::{self, graphql::Author},
    keeping::merged,
    noun::Noun,
    reading::{Batched, Reading},
    source::{self, graphql::Source},
    tag::{self, graphql::Tag},
};
use crate::{
    editorial::{identity, moment::Moment},
    events::SubjectKind,
    graphql::errors::{fault, invalid},
};

/// Selects one author.
#[derive(Debug, OneofObject)]
pub enum AuthorBy {
    /// By its id.
    Id(ID),
    /// By its slug, or a former slug.
    Slug(String),
}

/// Selects one tag.
#[derive(Debug, OneofObject)]
pub enum TagBy {
    /// By its id.
    Id(ID),
    /// By its slug, or a former slug.
    Slug(String),
}

/// Selects one source.
#[derive(Debug, OneofObject)]
pub enum SourceBy {
    /// By its id.
    Id(ID),
    /// By its slug, or a former slug.
    Slug(String),
    /// By a domain that it publishes on, or an address there: `reuters.com`.
    Domain(String),
}

/// What selects an author, tag or source.
pub enum NounBy {
    /// Its id.
    Id(ID),
    /// Its slug.
    Slug(String),
}

impl From<AuthorBy> for NounBy {
    fn from(by: AuthorBy) -> Self {
        match by {
            AuthorBy::Id(id) => Self::Id(id),
            AuthorBy::Slug(slug) => Self::Slug(slug),
        }
    }
}

impl From<TagBy> for NounBy {
    fn from(by: TagBy) -> Self {
        match by {
            TagBy::Id(id) => Self::Id(id),
            TagBy::Slug(slug) => Self::Slug(slug),
        }
    }
}

/// One source.
///
/// # Errors
/// `INVALID_ID` when the id is unreadable or of another kind; when the database fails.
pub async fn source_by(
    reading: &Reading,
    by: SourceBy,
) -> Result<Option<Arc<source::entity::Model>>, Error> {
    match by {
        SourceBy::Id(id) => noun_by(reading, NounBy::Id(id)).await,
        SourceBy::Slug(slug) => noun_by(reading, NounBy::Slug(slug)).await,
        SourceBy::Domain(domain) => {
            // A domain goes from one source to another only when sources change.
            reading.note(|seen| {
                seen.noun_lists.insert(SubjectKind::Source);
            });
            let statement = super::noun::select_all::<source::entity::Model>()
                .inner_join(
                    "source_domain",
                    Expr::col(("source_domain", "source_id")).equals(("source", "id")),
                )
                .and_where(Expr::col(("source_domain", "domain")).eq(plain_domain(&domain)))
                .to_owned();
            let found: Option<source::entity::Model> = reading
                .db
                .one(&statement)
                .await
                .map_err(|error| fault(&error))?;
            Ok(found.map(Arc::new))
        }
    }
}

/// A domain as the database keeps it: in lower case, without `www.`, taken out of an address if need be.
#[must_use]
pub fn plain_domain(text: &str) -> String {
    article::projection::domain_of(text).unwrap_or_else(|| {
        let lower = text.trim().to_lowercase();
        lower
            .strip_prefix("www.")
            .map(str::to_owned)
            .unwrap_or(lower)
    })
}

/// The identities of things named by id or slug; what does not exist is left out.
///
/// # Errors
/// `INVALID_ID` for the id of another kind; when the database fails.
pub async fn ids_of_references<N: Noun>(
    reading: &Reading,
    references: Vec<String>,
) -> Result<HashMap<String, Uuid>, Error> {
    #[derive(FromQueryResult)]
    struct Found {
        slug: String,
        id: Uuid,
        is_former: i32,
    }
    let mut ids = HashMap::new();
    let mut slugs = Vec::new();
    for reference in references {
        match identity::parse(&reference) {
            Ok((prefix, id)) if prefix == N::NAME => {
                ids.insert(reference, id);
            }
            Ok((prefix, _))
                if ["article", "author", "tag", "source", "citation", "revision"]
                    .contains(&prefix) =>
            {
                return Err(wrong_kind(&reference, prefix, N::NAME));
            }
            _ => slugs.push(reference),
        }
    }
    let went = merged::went_now(&reading.db, &ids.values().copied().collect::<Vec<_>>())
        .await
        .map_err(|error| fault(&error))?;
    reading.note(|seen| seen.named.extend(ids.values()));
    for id in ids.values_mut() {
        *id = went.get(id).copied().unwrap_or(*id);
    }
    reading.note(|seen| seen.named.extend(ids.values()));
    if slugs.is_empty() {
        return Ok(ids);
    }
    // Slugs are written in lower case; somebody who types "AI" means "ai".
    let mut wanted = slugs.clone();
    wanted.extend(
        slugs
            .iter()
            .map(|slug| slug.to_lowercase())
            .filter(|lower| !slugs.contains(lower)),
    );
    let looked_for = wanted.clone();
    let mut statement = Query::select();
    statement
        .columns(["slug", "id"])
        .expr_as(Expr::val(0), "is_former")
        .from(N::NAME)
        .and_where(Expr::col("slug").is_in(wanted.clone()))
        .union(
            UnionType::All,
            Query::select()
                .column("slug")
                .expr_as(Expr::col("subject_id"), "id")
                .expr_as(Expr::val(1), "is_former")
                .from("former_slug")
                .and_where(Expr::col("subject_kind").eq(N::SUBJECT.code()))
                .and_where(Expr::col("slug").is_in(wanted))
                .to_owned(),
        );
    let mut found: Vec<Found> = reading
        .db
        .all(&statement)
        .await
        .map_err(|error| fault(&error))?;
    found.sort_by_key(|row| row.is_former);
    for row in found {
        ids.entry(row.slug).or_insert(row.id);
    }
    reading.note(|seen| {
        seen.named.extend(ids.values());
        for slug in &looked_for {
            seen.slug(N::SUBJECT, slug, ids.get(slug).copied());
        }
    });
    for slug in slugs {
        if let Some(id) = ids.get(&slug.to_lowercase()).copied() {
            ids.entry(slug).or_insert(id);
        }
    }
    Ok(ids)
}

/// One author, tag or source.
///
/// # Errors
/// `INVALID_ID` when the id is unreadable or of another kind; when the database fails.
pub async fn noun_by<N: Batched>(reading: &Reading, by: NounBy) -> Result<Option<Arc<N>>, Error> {
    let id = match by {
        NounBy::Id(id) => Some(id_of(&id, N::NAME)?),
        NounBy::Slug(slug) => {
            if let Some(row) = reading
                .noun_with_slug::<N>(&slug)
                .await
                .map_err(|error| fault(&error))?
            {
                reading.note(|seen| {
                    seen.slug(N::SUBJECT, &slug, Some(row.id()));
                    seen.nouns.insert(row.id());
                });
                return Ok(Some(row));
            }
            // Nobody has it now; somebody may have had it, or it was typed in capitals.
            ids_of_references::<N>(reading, vec![slug.clone()])
                .await?
                .remove(&slug)
        }
    };
    match id {
        Some(id) => noun_of(reading, id).await,
        None => Ok(None),
    }
}

/// The author, tag or source of an id, or what it was merged into.
///
/// # Errors
/// When the database fails.
pub async fn noun_of<N: Batched>(reading: &Reading, id: Uuid) -> Result<Option<Arc<N>>, Error> {
    if let Some(noun) = reading.nouns::<N>(vec![id]).await?.pop() {
        return Ok(Some(noun));
    }
    let went = merged::went_now(&reading.db, &[id])
        .await
        .map_err(|error| fault(&error))?;
    match went.get(&id) {
        Some(into) => Ok(reading.nouns::<N>(vec![*into]).await?.pop()),
        None => Ok(None),
    }
}

/// The UUID of an id that must be of this kind.
///
/// # Errors
/// `INVALID_ID`.
pub fn id_of(id: &str, kind: &str) -> Result<Uuid, Error> {
    match identity::parse(id) {
        Ok((prefix, uuid)) if prefix == kind => Ok(uuid),
        Ok((prefix, _)) => Err(wrong_kind(id, prefix, kind)),
        Err(message) => Err(invalid("INVALID_ID", message)),
    }
}

fn wrong_kind(id: &str, prefix: &str, wanted: &str) -> Error {
    invalid(
        "INVALID_ID",
        format!("\"{id}\" is the id of another kind ({prefix}); the id of {wanted} is wanted here"),
    )
}

/// What a path of the site leads to.
#[derive(Union)]
pub enum Resolution {
    /// An article lives there.
    Article(Article),
    /// An author's page lives there.
    Author(Author),
    /// A tag's page lives there.
    Tag(Tag),
    /// A source's page lives there.
    Source(Source),
    /// What lived there lives elsewhere now.
    Redirect(Redirect),
    /// What lived there has been withdrawn.
    Gone(Gone),
}

/// A path that leads to another one; answer with a permanent redirect.
#[derive(SimpleObject)]
pub struct Redirect {
    /// The path that was asked for.
    pub from: String,
    /// The path to go to.
    pub to: String,
}

/// A path whose article has been withdrawn; answer that it is gone, and drop every copy.
#[derive(SimpleObject)]
pub struct Gone {
    /// The path that was asked for.
    pub path: String,
    /// Since when it is gone.
    pub withdrawn_at: Moment,
}

/// What a path leads to. Articles live at their own paths, authors at `/authors/SLUG`, tags at `/tags/SLUG`, sources at
/// `/sources/SLUG`.
///
/// # Errors
/// When the database fails.
pub async fn path(reading: &Reading, asked: &str) -> Result<Option<Resolution>, Error> {
    let path = normalised(asked);
    if let Some(found) = article::store::at_path(reading, &path)
        .await
        .map_err(|error| fault(&error))?
    {
        return Ok(match found {
            article::store::AtPath::Here(row) => Some(Resolution::Article(Article(Arc::from(row)))),
            article::store::AtPath::Moved(to) => Some(Resolution::Redirect(Redirect {
                from: asked.to_owned(),
                to,
            })),
            article::store::AtPath::Withdrawn(at) => Some(Resolution::Gone(Gone {
                path: asked.to_owned(),
                withdrawn_at: at,
            })),
            article::store::AtPath::Hidden => None,
        });
    }
    let mut parts = path.trim_matches('/').split('/');
    let (Some(section), Some(slug), None) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let slug = slug.to_owned();
    Ok(match section {
        "authors" => {
            at_noun(
                reading,
                asked,
                section,
                slug,
                |row: Arc<author::entity::Model>| Resolution::Author(Author(row)),
            )
            .await?
        }
        "tags" => {
            at_noun(
                reading,
                asked,
                section,
                slug,
                |row: Arc<tag::entity::Model>| Resolution::Tag(Tag(row)),
            )
            .await?
        }
        "sources" => {
            at_noun(
                reading,
                asked,
                section,
                slug,
                |row: Arc<source::entity::Model>| Resolution::Source(Source(row)),
            )
            .await?
        }
        _ => None,
    })
}

async fn at_noun<N: Batched>(
    reading: &Reading,
    asked: &str,
    section: &str,
    slug: String,
    here: impl FnOnce(Arc<N>) -> Resolution,
) -> Result<Option<Resolution>, Error> {
    Ok(noun_by::<N>(reading, NounBy::Slug(slug.clone()))
        .await?
        .map(|row| {
            if row.slug() == slug {
                here(row)
            } else {
                Resolution::Redirect(Redirect {
                    from: asked.to_owned(),
                    to: format!("/{section}/{}", row.slug()),
                })
            }
        }))
}

/// A path as it is stored: without query, fragment and host.
fn normalised(asked: &str) -> String {
    let path = match url::Url::parse(asked) {
        Ok(address) => address.path().to_owned(),
        Err(_) => asked
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    if path.starts_with('/') {
        path
    } else {
        format!("/{path}")
    }
}
