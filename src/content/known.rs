//! Authors, tags and sources that requests have seen, shared by all of them and never stale.
//!
//! There are a few thousand nouns and every list shows them. A request first reads what the change log has to say since
//! the last one looked, and forgets the nouns named there; so what is found here is what the database holds at that
//! moment, on every instance. What was read before a change was seen is never kept after it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sea_orm::DbErr;
use uuid::Uuid;

use super::{author, noun::Noun, reading::Batched, source, tag};
use crate::{
    events::{self, Change, SubjectKind},
    platform::db::Db,
};

/// How many nouns of one kind are kept; when there are more, all of that kind are forgotten.
const MOST: usize = 20_000;
/// How many changes are looked through; when there are more, everything is forgotten.
const CHANGES: u64 = 1_000;

/// The nouns of one kind.
#[derive(Debug)]
pub struct Nouns<N> {
    by_id: HashMap<Uuid, Arc<N>>,
    /// Which of them has a slug.
    by_slug: HashMap<String, Uuid>,
}

impl<N> Default for Nouns<N> {
    fn default() -> Self {
        Self {
            by_id: HashMap::new(),
            by_slug: HashMap::new(),
        }
    }
}

impl<N: Noun> Nouns<N> {
    fn with_slug(&self, slug: &str) -> Option<Arc<N>> {
        let noun = self.by_id.get(self.by_slug.get(slug)?)?;
        (noun.slug() == slug).then(|| Arc::clone(noun))
    }

    fn keep(&mut self, noun: Arc<N>) {
        if self.by_id.len() >= MOST {
            *self = Self::default();
        }
        self.by_slug.insert(noun.slug().to_owned(), noun.id());
        self.by_id.insert(noun.id(), noun);
    }

    fn forget(&mut self, id: Uuid) {
        if let Some(noun) = self.by_id.remove(&id) {
            self.by_slug.remove(noun.slug());
        }
    }
}

/// What is known of nouns as of a place in the change log.
#[derive(Debug, Default)]
pub struct Known(Mutex<State>);

/// What is known, and up to which change.
#[derive(Debug, Default)]
pub struct State {
    position: Option<i64>,
    /// Authors.
    pub authors: Nouns<author::entity::Model>,
    /// Tags.
    pub tags: Nouns<tag::entity::Model>,
    /// Sources.
    pub sources: Nouns<source::entity::Model>,
}

/// The place in the change log up to which a request knows the nouns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf(i64);

impl Known {
    /// Reads on in the change log and forgets what it names.
    ///
    /// # Errors
    /// When the database does not answer; then nothing is vouched for.
    pub async fn catch_up(&self, db: &Db) -> Result<AsOf, DbErr> {
        let position = self.with(|state| state.position);
        let Some(position) = position else {
            let last = events::last_number(db).await?;
            return Ok(self.with(|state| AsOf(*state.position.get_or_insert(last))));
        };
        let changes = events::after(db, position, CHANGES).await?;
        if changes.len() as u64 == CHANGES {
            let last = events::last_number(db).await?;
            return Ok(self.with(|state| {
                *state = State {
                    position: Some(last),
                    ..State::default()
                };
                AsOf(last)
            }));
        }
        Ok(self.with(|state| {
            for change in &changes {
                state.forget(change);
            }
            let seen = changes.last().map_or(position, |change| change.number);
            // Another request may have read further meanwhile.
            let newest = state.position.unwrap_or(seen).max(seen);
            state.position = Some(newest);
            AsOf(newest)
        }))
    }

    /// Those of these nouns that are known.
    pub fn find<N: Batched>(&self, ids: &[Uuid]) -> Vec<Option<Arc<N>>> {
        self.with(|state| {
            let known = N::known(state);
            ids.iter().map(|id| known.by_id.get(id).cloned()).collect()
        })
    }

    /// The noun that has a slug now, if it is known.
    pub fn with_slug<N: Batched>(&self, slug: &str) -> Option<Arc<N>> {
        self.with(|state| N::known(state).with_slug(slug))
    }

    /// Keeps nouns that were read by a request that knew the log up to `as_of`, unless more has been seen since.
    pub fn keep<N: Batched>(&self, as_of: AsOf, nouns: impl IntoIterator<Item = Arc<N>>) {
        self.with(|state| {
            if state.position == Some(as_of.0) {
                let known = N::known(state);
                for noun in nouns {
                    known.keep(noun);
                }
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    fn forget(&mut self, change: &Change) {
        let id = change.news.subject;
        match change.news.subject_kind {
            SubjectKind::Author => {
                self.authors.forget(id);
            }
            SubjectKind::Tag => {
                self.tags.forget(id);
            }
            SubjectKind::Source => {
                self.sources.forget(id);
            }
            SubjectKind::Article | SubjectKind::Site => {}
        }
    }
}
