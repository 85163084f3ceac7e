//! What the clock will show, and what it has shown before anybody announced it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use uuid::Uuid;

use crate::{
    content::seen::{Facts, Happened},
    editorial::moment::Moment,
};

/// Articles that wait for their time, as of a place in the change log.
#[derive(Default)]
pub struct Timeline {
    position: i64,
    due: BTreeMap<(i64, Uuid), Arc<Facts>>,
    times: HashMap<Uuid, i64>,
    /// What the clock has shown and no entry of the log has told of.
    risen: HashMap<Uuid, Arc<Facts>>,
}

impl Timeline {
    /// The place in the change log up to which it is true.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Moves on in the change log.
    pub fn reached(&mut self, position: i64) {
        self.position = position;
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Expects an article at its time.
    pub fn expect(&mut self, id: Uuid, facts: Arc<Facts>) {
        self.forget(id);
        let at = facts.visible_at().0;
        self.times.insert(id, at);
        self.due.insert((at, id), facts);
    }

    /// Expects an article no longer.
    pub fn forget(&mut self, id: Uuid) {
        if let Some(at) = self.times.remove(&id) {
            self.due.remove(&(at, id));
        }
    }

    /// What the clock has shown of an article before the log told of it; the log tells of it now.
    pub fn told(&mut self, id: Uuid) -> Option<Arc<Facts>> {
        self.risen.remove(&id)
    }

    /// What has risen by this moment.
    pub fn rise(&mut self, now: Moment) -> Vec<Happened> {
        let mut risen = Vec::new();
        while let Some(((at, id), _)) = self.due.first_key_value() {
            if *at > now.0 {
                break;
            }
            let id = *id;
            if let Some((_, facts)) = self.due.pop_first() {
                self.times.remove(&id);
                self.risen.insert(id, Arc::clone(&facts));
                risen.push(Happened::to_article(id, None, Some(facts)));
            }
        }
        risen
    }

    /// When the next article rises, in microseconds since 1970.
    pub fn next_due(&self) -> i64 {
        self.due
            .first_key_value()
            .map_or(i64::MAX, |((at, _), _)| *at)
    }
}
