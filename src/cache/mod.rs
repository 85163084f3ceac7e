//! Answers that are kept: bounded in bytes, found by the bytes of a request, given up when a change touches them.
//!
//! An answer is served only while this cache can vouch for it: it has read the change log within the last second, it has
//! worked off every change that it read, and it knows which articles the clock is about to show. What cannot be vouched
//! for is computed afresh. Nothing that began before a change was seen is kept after it.

mod cdn;
mod follower;
mod grounds;
mod index;
mod kept;
mod purges;
mod timeline;
mod webhook;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use quick_cache::{Weighter, sync::Cache as Bounded};
use tokio::sync::watch;

pub use self::{
    cdn::{COMMON_TAG, Cdn, Headers},
    kept::{Encoding, Kept},
    purges::{PurgeFigures, Purges},
    webhook::Webhook,
};
use self::{
    cdn::{Outstanding, Tag},
    follower::Follower,
    grounds::Grounds,
    index::Index,
    timeline::Timeline,
};
use crate::{
    content::seen::{Dependencies, Happened},
    editorial::moment::Moment,
};

/// For how long after a look at the change log answers are vouched for.
const LEASE: Duration = Duration::from_secs(1);

/// The bytes by which an answer is found.
type Key = Box<[u8]>;

/// Answers that are kept.
pub struct Cache {
    /// By the exact bytes of a request.
    answers: Bounded<Key, Arc<Kept>, Weight>,
    /// By document, operation and variables; whoever writes a request in another way finds the same answer.
    same: Bounded<Key, Weak<Kept>, Weight>,
    state: Mutex<State>,
    flights: Flights,
    follower: tokio::sync::Mutex<Follower>,
    generation: AtomicU64,
    /// When the clock next shows something, in microseconds since 1970.
    next_due: AtomicI64,
    /// Until when answers are vouched for, in milliseconds since `opened`.
    vouched_until: AtomicI64,
    opened: Instant,
    stale_if_error: Duration,
    cdn: Cdn,
    counts: Counts,
}

/// What changes together.
#[derive(Default)]
struct State {
    index: Index,
    timeline: Timeline,
    outstanding: Outstanding,
}

/// What is being computed, by what it means.
type Flights = Arc<Mutex<HashMap<Key, Flight>>>;

/// An answer that somebody is computing.
struct Flight {
    generation: u64,
    landed: watch::Receiver<Option<Arc<Kept>>>,
}

/// What the cache has done since it was opened.
#[derive(Debug, Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    unvouched: AtomicU64,
    kept: AtomicU64,
    late: AtomicU64,
    given_up: AtomicU64,
    cleared: AtomicU64,
    is_following: AtomicBool,
}

/// What the cache has done since it was opened, and how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Answers served from it.
    pub hits: u64,
    /// Answers that had to be computed.
    pub misses: u64,
    /// Times that it stepped aside because it could not follow the change log.
    pub unvouched: u64,
    /// Answers kept.
    pub kept: u64,
    /// Answers not kept because a change came while they were computed.
    pub late: u64,
    /// Answers given up because a change touched them.
    pub given_up: u64,
    /// Times that everything was given up.
    pub cleared: u64,
    /// Bytes held, estimated.
    pub bytes: u64,
    /// The place in the change log up to which it has read.
    pub position: i64,
    /// Whether the last look at the change log succeeded.
    pub is_following: bool,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Key, Arc<Kept>> for Weight {
    fn weight(&self, key: &Key, kept: &Arc<Kept>) -> u64 {
        (key.len() + kept.weight()) as u64
    }
}

impl Weighter<Key, Weak<Kept>> for Weight {
    fn weight(&self, key: &Key, _kept: &Weak<Kept>) -> u64 {
        key.len() as u64 + 400
    }
}

/// What is to be done for a request.
pub enum Asked {
    /// It is answered.
    Answered(Arc<Kept>),
    /// It is to be computed, and given back.
    Compute(Computing),
}

/// The duty to compute an answer; others may be waiting for it. Whoever drops it lets them compute for themselves, as
/// happens when a client goes away.
pub struct Computing {
    key: Key,
    generation: u64,
    landing: Option<Landing>,
}

/// Where the others wait.
struct Landing {
    flights: Flights,
    landed: watch::Sender<Option<Arc<Kept>>>,
}

impl Drop for Computing {
    fn drop(&mut self) {
        let Some(landing) = &self.landing else { return };
        let mut flights = lock(&landing.flights);
        if flights
            .get(&self.key)
            .is_some_and(|flight| flight.generation == self.generation)
        {
            flights.remove(&self.key);
        }
    }
}

impl Cache {
    /// A cache that holds so many bytes, about, and may serve answers for so long after the change log was lost.
    #[must_use]
    pub fn new(bytes: u64, stale_if_error: Duration) -> Self {
        // Most answers are some kilobytes; the estimate only sizes tables.
        let items = usize::try_from(bytes / 8_192).unwrap_or(usize::MAX).max(64);
        Self {
            answers: Bounded::with_weighter(items, bytes.saturating_mul(9) / 10, Weight),
            same: Bounded::with_weighter(items, bytes / 10, Weight),
            state: Mutex::default(),
            flights: Flights::default(),
            follower: tokio::sync::Mutex::default(),
            generation: AtomicU64::new(0),
            next_due: AtomicI64::new(i64::MAX),
            vouched_until: AtomicI64::new(0),
            opened: Instant::now(),
            stale_if_error,
            cdn: Cdn::default(),
            counts: Counts::default(),
        }
    }

    /// The same, for content delivery networks as well. What is known of answers that went out, and are no longer kept
    /// here, takes a quarter more of memory.
    #[must_use]
    pub fn with_cdn(mut self, cdn: Cdn) -> Self {
        self.cdn = cdn;
        let room = usize::try_from(self.answers.capacity() / 4).unwrap_or(usize::MAX);
        lock(&self.state).outstanding = Outstanding::holding(room);
        self
    }

    /// The answer to exactly this request, if there is one that is true at this moment.
    pub fn find(&self, request: &[u8], now: Moment) -> Option<Arc<Kept>> {
        if !self.is_vouched_for() {
            self.counts.unvouched.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        self.let_rise(now);
        let found = self.answers.get(request)?;
        if found.is_alive() {
            self.counts.hits.fetch_add(1, Ordering::Relaxed);
            Some(found)
        } else {
            self.answers.remove(request);
            None
        }
    }

    /// The answer to a request by what it means, or the duty to compute it. Whoever asks while it is computed waits for
    /// it, unless something has changed since that began.
    pub async fn ask(&self, request: &[u8], meaning: Key, now: Moment) -> Asked {
        if !self.is_vouched_for() {
            return Asked::Compute(self.alone(meaning));
        }
        self.let_rise(now);
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(kept) = self.same.get(&meaning).and_then(|kept| kept.upgrade())
            && kept.is_alive()
        {
            self.counts.hits.fetch_add(1, Ordering::Relaxed);
            self.answers.insert(request.into(), Arc::clone(&kept));
            return Asked::Answered(kept);
        }
        self.counts.misses.fetch_add(1, Ordering::Relaxed);
        let waiting = {
            let mut flights = lock(&self.flights);
            match flights.get(&meaning) {
                Some(flight) if flight.generation == generation => Some(flight.landed.clone()),
                _ => {
                    let (sender, landed) = watch::channel(None);
                    flights.insert(meaning.clone(), Flight { generation, landed });
                    return Asked::Compute(Computing {
                        key: meaning,
                        generation,
                        landing: Some(Landing {
                            flights: Arc::clone(&self.flights),
                            landed: sender,
                        }),
                    });
                }
            }
        };
        if let Some(mut landed) = waiting
            && landed.wait_for(Option::is_some).await.is_ok()
            && let Some(kept) = landed.borrow().clone()
        {
            return Asked::Answered(kept);
        }
        Asked::Compute(self.alone(meaning))
    }

    fn alone(&self, meaning: Key) -> Computing {
        Computing {
            key: meaning,
            generation: self.generation.load(Ordering::Acquire),
            landing: None,
        }
    }

    /// Keeps an answer, unless something has changed since it was begun; those who wait for it get it either way. Shared
    /// caches may have it for `at_most` so long.
    pub fn keep(
        &self,
        request: &[u8],
        computing: &Computing,
        body: Vec<u8>,
        dependencies: Dependencies,
        at_most: Option<Duration>,
    ) -> Arc<Kept> {
        let hash = kept::hash(&body);
        let purging = self
            .cdn
            .purges
            .as_ref()
            .map(|purges| (Tag::of(&computing.key, hash), Arc::clone(purges)));
        let tag = purging.as_ref().map(|(tag, _)| *tag);
        let grounds = Arc::new(Grounds::new(dependencies, purging));
        // What nobody vouches for goes no further than to who has asked.
        let for_cdns = self
            .is_vouched_for()
            .then(|| self.cdn.headers(tag, at_most))
            .flatten();
        let is_timely = {
            let mut state = lock(&self.state);
            let is_timely = self.generation.load(Ordering::Acquire) == computing.generation;
            if is_timely {
                state.index.add(&grounds);
                if is_from_address(request) && for_cdns.is_some() {
                    state.outstanding.add(&grounds);
                }
            } else {
                grounds.end();
            }
            is_timely
        };
        let kept = Arc::new(Kept::new(body, hash, grounds, for_cdns));
        if is_timely {
            self.counts.kept.fetch_add(1, Ordering::Relaxed);
            self.answers.insert(request.into(), Arc::clone(&kept));
            self.same
                .insert(computing.key.clone(), Arc::downgrade(&kept));
        } else {
            self.counts.late.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(landing) = &computing.landing {
            landing.landed.send_replace(Some(Arc::clone(&kept)));
        }
        kept
    }

    /// Whether the change log was read so lately that answers hold.
    fn is_vouched_for(&self) -> bool {
        self.since_opened() < self.vouched_until.load(Ordering::Acquire)
    }

    fn since_opened(&self) -> i64 {
        i64::try_from(self.opened.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    /// Works off what the clock has shown meanwhile.
    fn let_rise(&self, now: Moment) {
        if now.0 < self.next_due.load(Ordering::Acquire) {
            return;
        }
        let mut state = lock(&self.state);
        let risen = state.timeline.rise(now);
        self.work_off(&mut state, &risen);
    }

    /// Gives up what these changes touch, and tells everybody that something has changed.
    fn work_off(&self, state: &mut State, happened: &[Happened]) {
        let given_up = state.index.give_up(happened);
        self.counts
            .given_up
            .fetch_add(given_up as u64, Ordering::Relaxed);
        self.next_due
            .store(state.timeline.next_due(), Ordering::Release);
        if !happened.is_empty() {
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Gives up everything.
    fn clear(&self, state: &mut State) {
        if let Some(purges) = &self.cdn.purges {
            purges.add_everything();
        }
        state.index.clear();
        state.outstanding.clear();
        self.answers.clear();
        self.same.clear();
        self.counts.cleared.fetch_add(1, Ordering::Relaxed);
        self.next_due
            .store(state.timeline.next_due(), Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// How purging goes, when anybody is told to purge.
    #[must_use]
    pub fn purge_figures(&self) -> Option<PurgeFigures> {
        self.cdn.purges.as_ref().map(|purges| purges.figures())
    }

    /// What the cache has done, and how it stands.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (position, outstanding) = {
            let state = lock(&self.state);
            (state.timeline.position(), state.outstanding.weight())
        };
        Figures {
            hits: read(&counts.hits),
            misses: read(&counts.misses),
            unvouched: read(&counts.unvouched),
            kept: read(&counts.kept),
            late: read(&counts.late),
            given_up: read(&counts.given_up),
            cleared: read(&counts.cleared),
            bytes: self.answers.weight() + self.same.weight() + outstanding as u64,
            position,
            is_following: counts.is_following.load(Ordering::Relaxed),
        }
    }
}

/// Whether the bytes of a request are those of an address, which shared caches keep answers by. No JSON begins with a
/// question mark.
fn is_from_address(request: &[u8]) -> bool {
    request.first() == Some(&b'?')
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_goes_away_leaves_nothing_behind() {
        let cache = Cache::new(1 << 20, Duration::from_mins(1));
        cache.vouched_until.store(i64::MAX, Ordering::Release);
        for number in 0..100 {
            let meaning: Key = format!("{{ a{number} }}").into_bytes().into();
            let asked = cache.ask(b"request", meaning, Moment(0)).await;
            assert!(matches!(&asked, Asked::Compute(computing) if computing.landing.is_some()));
            drop(asked);
        }
        assert!(lock(&cache.flights).is_empty());
    }
}
