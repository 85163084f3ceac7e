//! What every read of a request shares: the database, one moment, one viewer, and batched loads.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use async_graphql::{Context, Error};
use sea_orm::{
    DbErr,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    article, author, citation,
    known::{AsOf, Known, Nouns, State},
    noun::Noun,
    seen::{Dependencies, Fields},
    source, tag,
};
use crate::{
    access::Viewer,
    editorial::moment::Moment,
    graphql::{
        batch::{Batch, Batches},
        errors::fault,
    },
    platform::db::Db,
};

/// How many lists one statement reads; SQLite joins at most 500.
const MOST_BRANCHES: usize = 200;

/// One request's view of the content.
pub struct Reading {
    /// The database.
    pub db: Db,
    /// The moment at which everything in the request is true.
    pub now: Moment,
    /// Who asks.
    pub viewer: Viewer,
    /// What the answer depends on, when somebody wants to know.
    seen: Option<std::sync::Mutex<Dependencies>>,
    /// Nouns that other requests have seen.
    known: Arc<Known>,
    /// Up to which change this request knows the nouns; found out when the first noun is wanted.
    as_of: Mutex<Option<AsOf>>,
    /// Authors by id.
    pub authors: Batch<Uuid, Arc<author::entity::Model>>,
    /// Tags by id.
    pub tags: Batch<Uuid, Arc<tag::entity::Model>>,
    /// Sources by id.
    pub sources: Batch<Uuid, Arc<source::entity::Model>>,
    /// Published articles by id.
    pub articles: Batch<Uuid, Arc<article::store::ListRow>>,
    /// What an article page adds, without the body.
    pub details: Batch<Uuid, Arc<article::store::Detail>>,
    /// Bodies by article.
    pub bodies: Batch<Uuid, Arc<article::store::BodyRow>>,
    /// Citations by id.
    pub citations: Batch<Uuid, Arc<citation::CitationRow>>,
    /// Pages of articles by author, tag or source.
    pub article_pages: Batches<Uuid, Vec<article::store::ListRow>>,
    /// Counts of articles by author, tag or source.
    pub article_counts: Batches<Uuid, i64>,
    /// Pages of citations by article or source.
    pub citation_pages: Batches<Uuid, Vec<citation::CitationRow>>,
    /// Capped counts of citations by article or source.
    pub citation_counts: Batches<Uuid, i64>,
    /// Ids of related tags or articles, best first.
    pub related: Batches<Uuid, Vec<Uuid>>,
}

impl Reading {
    /// A view with nothing loaded yet.
    #[must_use]
    pub fn new(db: Db, now: Moment, viewer: Viewer, known: Arc<Known>) -> Self {
        Self {
            db,
            now,
            viewer,
            seen: None,
            known,
            as_of: Mutex::default(),
            authors: Batch::default(),
            tags: Batch::default(),
            sources: Batch::default(),
            articles: Batch::default(),
            details: Batch::default(),
            bodies: Batch::default(),
            citations: Batch::default(),
            article_pages: Batches::default(),
            article_counts: Batches::default(),
            citation_pages: Batches::default(),
            citation_counts: Batches::default(),
            related: Batches::default(),
        }
    }

    /// The same, noting what the answer depends on.
    #[must_use]
    pub fn watched(mut self, fields: Fields) -> Self {
        self.seen = Some(std::sync::Mutex::new(Dependencies {
            fields,
            ..Dependencies::default()
        }));
        self
    }

    /// Notes something that the answer depends on.
    pub fn note(&self, note: impl FnOnce(&mut Dependencies)) {
        if let Some(seen) = &self.seen {
            note(&mut seen.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// What the answer depends on, as far as was noted.
    #[must_use]
    pub fn dependencies(&self) -> Option<Dependencies> {
        let seen = self.seen.as_ref()?;
        Some(std::mem::take(
            &mut *seen.lock().unwrap_or_else(PoisonError::into_inner),
        ))
    }

    /// The view of the request that a resolver runs in.
    ///
    /// # Panics
    /// When the endpoint did not put one into the request, which no request can bring about.
    #[must_use]
    pub fn of<'a>(ctx: &Context<'a>) -> &'a Arc<Self> {
        ctx.data_unchecked::<Arc<Self>>()
    }

    /// Nouns by id, in the order of the ids; those that do not exist are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn nouns<N: Batched>(&self, ids: Vec<Uuid>) -> Result<Vec<Arc<N>>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.note(|seen| seen.nouns.extend(&ids));
        let as_of = self.as_of().await.map_err(|error| fault(&error))?;
        let known = self.known.find::<N>(&ids);
        if known.iter().all(Option::is_some) {
            return Ok(known.into_iter().flatten().collect());
        }
        let found = N::batch(self)
            .load_all(ids, |ids| async move {
                let mut found: HashMap<Uuid, Arc<N>> = self
                    .known
                    .find::<N>(&ids)
                    .into_iter()
                    .flatten()
                    .map(|noun| (noun.id(), noun))
                    .collect();
                let missing: Vec<Uuid> = ids
                    .into_iter()
                    .filter(|id| !found.contains_key(id))
                    .collect();
                let statement = super::noun::select_all::<N>()
                    .and_where(Expr::col("id").is_in(missing))
                    .to_owned();
                let rows: Vec<N> = self.db.all(&statement).await?;
                let rows: Vec<Arc<N>> = rows.into_iter().map(Arc::new).collect();
                self.known.keep(as_of, rows.iter().cloned());
                found.extend(rows.into_iter().map(|row| (row.id(), row)));
                Ok(found)
            })
            .await
            .map_err(|error| fault(&error))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The noun that has a slug now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn noun_with_slug<N: Batched>(&self, slug: &str) -> Result<Option<Arc<N>>, DbErr> {
        let as_of = self.as_of().await?;
        if let Some(noun) = self.known.with_slug(slug) {
            return Ok(Some(noun));
        }
        let statement = super::noun::select_all::<N>()
            .and_where(Expr::col("slug").eq(slug))
            .to_owned();
        let noun = self.db.one::<N>(&statement).await?.map(Arc::new);
        self.known.keep(as_of, noun.clone());
        Ok(noun)
    }

    async fn as_of(&self) -> Result<AsOf, DbErr> {
        if let Ok(as_of) = self.as_of.try_lock()
            && let Some(as_of) = *as_of
        {
            return Ok(as_of);
        }
        let mut as_of = self.as_of.lock().await;
        if let Some(as_of) = *as_of {
            return Ok(as_of);
        }
        let caught_up = Box::pin(self.known.catch_up(&self.db)).await?;
        *as_of = Some(caught_up);
        Ok(caught_up)
    }

    /// Forgets everything that was loaded, since the request has just changed something.
    pub async fn forget(&self) {
        *self.as_of.lock().await = None;
        self.authors.forget();
        self.tags.forget();
        self.sources.forget();
        self.articles.forget();
        self.details.forget();
        self.bodies.forget();
        self.citations.forget();
        self.article_pages.forget();
        self.article_counts.forget();
        self.citation_pages.forget();
        self.citation_counts.forget();
        self.related.forget();
    }

    /// Rows of many lists at once, by the id that each list belongs to.
    ///
    /// `branch` makes the statement of one list, whose rows carry that id in a column named `of`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lists<T: sea_orm::FromQueryResult>(
        &self,
        ids: Vec<Uuid>,
        branch: impl Fn(Uuid) -> SelectStatement,
    ) -> Result<HashMap<Uuid, Vec<T>>, DbErr> {
        let mut lists: HashMap<Uuid, Vec<T>> = ids.iter().map(|id| (*id, Vec::new())).collect();
        for chunk in ids.chunks(MOST_BRANCHES) {
            let rows: Vec<Owned<T>> = self
                .db
                .all(&joined(chunk.iter().map(|id| branch(*id))))
                .await?;
            for row in rows {
                lists.entry(row.of).or_default().push(row.row);
            }
        }
        Ok(lists)
    }
}

/// A noun that a request loads in batches.
pub trait Batched: Noun {
    /// Its batch.
    fn batch(reading: &Reading) -> &Batch<Uuid, Arc<Self>>;
    /// What is known of its kind.
    fn known(state: &mut State) -> &mut Nouns<Self>;
}

impl Batched for author::entity::Model {
    fn batch(reading: &Reading) -> &Batch<Uuid, Arc<Self>> {
        &reading.authors
    }
    fn known(state: &mut State) -> &mut Nouns<Self> {
        &mut state.authors
    }
}

impl Batched for tag::entity::Model {
    fn batch(reading: &Reading) -> &Batch<Uuid, Arc<Self>> {
        &reading.tags
    }
    fn known(state: &mut State) -> &mut Nouns<Self> {
        &mut state.tags
    }
}

impl Batched for source::entity::Model {
    fn batch(reading: &Reading) -> &Batch<Uuid, Arc<Self>> {
        &reading.sources
    }
    fn known(state: &mut State) -> &mut Nouns<Self> {
        &mut state.sources
    }
}

/// A row and the id of the list it belongs to.
struct Owned<T> {
    of: Uuid,
    row: T,
}

impl<T: sea_orm::FromQueryResult> sea_orm::FromQueryResult for Owned<T> {
    fn from_query_result(row: &sea_orm::QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            of: row.try_get(prefix, "of")?,
            row: T::from_query_result(row, prefix)?,
        })
    }
}

/// One statement for all of these; each keeps its own order and limit. A single one needs nothing around it.
fn joined(branches: impl Iterator<Item = SelectStatement>) -> SelectStatement {
    let mut branches: Vec<SelectStatement> = branches.collect();
    if branches.len() < 2 {
        return branches.pop().unwrap_or_default();
    }
    let mut wrapped = branches.into_iter().enumerate().map(|(index, branch)| {
        Query::select()
            .column(sea_orm::sea_query::Asterisk)
            .from_subquery(branch, format!("list_{index}"))
            .to_owned()
    });
    let mut all = wrapped.next().unwrap_or_default();
    for other in wrapped {
        all.union(UnionType::All, other);
    }
    all
}
