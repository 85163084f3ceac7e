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

use super::{author, reading::Batched, source, tag};
use crate::{
    events::{self, Change, SubjectKind},
    platform::db::Db,
};

/// How many nouns of one kind are kept; when there are more, all of that kind are forgotten.
const MOST: usize = 20_000;
/// How many changes are looked through; when there are more, everything is forgotten.
const CHANGES: u64 = 1_000;

/// The nouns of one kind.
pub type Nouns<N> = HashMap<Uuid, Arc<N>>;

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
            ids.iter().map(|id| known.get(id).cloned()).collect()
        })
    }

    /// Keeps nouns that were read by a request that knew the log up to `as_of`, unless more has been seen since.
    pub fn keep<N: Batched>(&self, as_of: AsOf, nouns: impl IntoIterator<Item = Arc<N>>) {
        self.with(|state| {
            if state.position == Some(as_of.0) {
                let known = N::known(state);
                if known.len() >= MOST {
                    known.clear();
                }
                known.extend(nouns.into_iter().map(|noun| (noun.id(), noun)));
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
                self.authors.remove(&id);
            }
            SubjectKind::Tag => {
                self.tags.remove(&id);
            }
            SubjectKind::Source => {
                self.sources.remove(&id);
            }
            SubjectKind::Article | SubjectKind::Site => {}
        }
    }
}
