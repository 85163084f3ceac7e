//! What content delivery networks are to purge: gathered without waiting for anybody, sent in batches, bounded.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{
    cdn::{COMMON_TAG, Tag},
    lock,
};

/// So many tags go out in one request at most.
const AT_ONCE: usize = 250;
/// So many tags wait at most; beyond them everything is purged.
const MOST: usize = 100_000;
/// After so long a purge is repeated: an answer may have been under way when it was sent, and have come in behind it.
const AGAIN_AFTER: Duration = Duration::from_secs(15);

/// What is to be purged by one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    what: What,
    is_repetition: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// Whatever came from here.
    Everything,
    /// What bears these tags.
    Tags(Vec<Tag>),
}

impl Batch {
    /// Whether everything is to be purged that came from here.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.what == What::Everything
    }

    /// The tags as they are written.
    #[must_use]
    pub fn tags(&self) -> Vec<String> {
        match &self.what {
            What::Everything => vec![COMMON_TAG.to_owned()],
            What::Tags(tags) => tags.iter().map(|tag| tag.written()).collect(),
        }
    }
}

/// Purges that wait to be sent.
pub struct Purges {
    state: Mutex<State>,
    came: Notify,
    /// Whether the last one was not taken; nothing goes out meanwhile that would have to be purged.
    is_behind: AtomicBool,
    again_after: Duration,
    sent: AtomicU64,
    everything: AtomicU64,
    failed: AtomicU64,
}

#[derive(Default)]
struct State {
    everything: bool,
    tags: VecDeque<Tag>,
    /// What was sent and will be repeated, and when.
    again: VecDeque<(Instant, What)>,
    /// How many tags that is.
    again_tags: usize,
    is_sending: bool,
}

/// How purging goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgeFigures {
    /// Tags sent and taken, repetitions included.
    pub sent: u64,
    /// Times that everything was purged, repetitions included.
    pub everything: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Tags that wait to be sent; everything counts as one.
    pub waiting: u64,
}

impl Default for Purges {
    fn default() -> Self {
        Self::new()
    }
}

impl Purges {
    /// Begins with everything: nobody knows what was given out before. Until that is taken nothing goes out.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State {
                everything: true,
                ..State::default()
            }),
            came: Notify::new(),
            is_behind: AtomicBool::new(true),
            again_after: AGAIN_AFTER,
            sent: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// The same, with another time after which a purge is repeated.
    #[must_use]
    pub fn repeating_after(mut self, time: Duration) -> Self {
        self.again_after = time;
        self
    }

    /// Whether purges are not taken at present.
    pub fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Acquire)
    }

    /// Has what bears a tag purged.
    pub fn add(&self, tag: Tag) {
        lock(&self.state).add(tag);
        self.came.notify_one();
    }

    /// Has everything purged.
    pub fn add_everything(&self) {
        lock(&self.state).add_everything();
        self.came.notify_one();
    }

    /// The next batch that is to be sent; whoever takes it says what became of it.
    pub fn next(&self) -> Option<Batch> {
        let mut state = lock(&self.state);
        let (what, is_repetition) = match state.first() {
            Some(what) => (what, false),
            None => (state.due()?, true),
        };
        state.is_sending = true;
        Some(Batch {
            what,
            is_repetition,
        })
    }

    /// A batch was taken.
    pub fn delivered(&self, batch: Batch) {
        match &batch.what {
            What::Everything => self.everything.fetch_add(1, Ordering::Relaxed),
            What::Tags(tags) => self.sent.fetch_add(tags.len() as u64, Ordering::Relaxed),
        };
        let mut state = lock(&self.state);
        state.is_sending = false;
        if !batch.is_repetition {
            state.repeat(batch.what, Instant::now() + self.again_after);
        }
        self.is_behind.store(false, Ordering::Release);
    }

    /// A batch was not taken; it is still to be sent.
    pub fn failed(&self, batch: Batch) {
        self.is_behind.store(true, Ordering::Release);
        self.failed.fetch_add(1, Ordering::Relaxed);
        let mut state = lock(&self.state);
        state.is_sending = false;
        state.put_back(batch.what);
    }

    /// Waits until there is something to send.
    pub async fn wait(&self) {
        loop {
            let came = self.came.notified();
            let due = {
                let state = lock(&self.state);
                if state.everything || !state.tags.is_empty() {
                    return;
                }
                state.again.front().map(|(at, _)| *at)
            };
            match due {
                None => came.await,
                Some(due) if due <= Instant::now() => return,
                Some(due) => {
                    tokio::select! {
                        () = came => {}
                        () = tokio::time::sleep_until(due.into()) => {}
                    }
                }
            }
        }
    }

    /// Waits until everything that was to be purged is, but for repetitions.
    pub async fn settle(&self) {
        while self.figures().waiting > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How purging goes.
    #[must_use]
    pub fn figures(&self) -> PurgeFigures {
        let state = lock(&self.state);
        let waiting =
            state.tags.len() + usize::from(state.everything) + usize::from(state.is_sending);
        PurgeFigures {
            sent: self.sent.load(Ordering::Relaxed),
            everything: self.everything.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            waiting: waiting as u64,
        }
    }
}

impl State {
    fn add(&mut self, tag: Tag) {
        if self.everything {
            return;
        }
        if self.tags.len() >= MOST {
            self.add_everything();
        } else {
            self.tags.push_back(tag);
        }
    }

    fn add_everything(&mut self) {
        self.everything = true;
        self.tags = VecDeque::new();
    }

    /// What waits, as much of it as goes at once.
    fn first(&mut self) -> Option<What> {
        if std::mem::take(&mut self.everything) {
            return Some(What::Everything);
        }
        let count = self.tags.len().min(AT_ONCE);
        (count > 0).then(|| What::Tags(self.tags.drain(..count).collect()))
    }

    /// What is to be sent once more by now.
    fn due(&mut self) -> Option<What> {
        let (at, _) = self.again.front()?;
        if *at > Instant::now() {
            return None;
        }
        let (_, what) = self.again.pop_front()?;
        if let What::Tags(tags) = &what {
            self.again_tags -= tags.len();
        }
        Some(what)
    }

    fn put_back(&mut self, what: What) {
        match what {
            What::Tags(tags) if !self.everything && self.tags.len() + tags.len() <= MOST => {
                for tag in tags.into_iter().rev() {
                    self.tags.push_front(tag);
                }
            }
            What::Tags(_) | What::Everything => self.add_everything(),
        }
    }

    fn repeat(&mut self, what: What, at: Instant) {
        let added = match &what {
            What::Everything => MOST,
            What::Tags(tags) => tags.len(),
        };
        if added + self.again_tags >= MOST {
            // Everything at that time takes with it whatever was to be repeated earlier.
            self.again.clear();
            self.again_tags = 0;
            self.again.push_back((at, What::Everything));
        } else {
            self.again_tags += added;
            self.again.push_back((at, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(numbers: std::ops::Range<u128>) -> Vec<Tag> {
        numbers.map(|number| Tag::of(b"", number)).collect()
    }

    fn taken() -> Purges {
        let purges = Purges::new().repeating_after(Duration::ZERO);
        let batch = purges.next().expect("everything at first");
        assert!(batch.is_everything() && purges.is_behind());
        purges.delivered(batch);
        assert!(!purges.is_behind());
        let again = purges.next().expect("everything once more");
        assert!(again.is_everything());
        purges.delivered(again);
        assert_eq!(purges.next(), None);
        purges
    }

    #[test]
    fn tags_go_in_batches_and_once_more_later() {
        let purges = taken();
        for tag in tags(0..300) {
            purges.add(tag);
        }
        for _ in 0..2 {
            for count in [250, 50] {
                let batch = purges.next().expect("a batch");
                assert_eq!(batch.tags().len(), count);
                purges.delivered(batch);
            }
        }
        assert_eq!(purges.next(), None);
        assert_eq!(purges.figures().sent, 600);
    }

    #[test]
    fn what_was_not_taken_is_sent_again_in_its_order() {
        let purges = taken();
        for tag in tags(0..3) {
            purges.add(tag);
        }
        let batch = purges.next().expect("a batch");
        purges.add(Tag::of(b"", 3));
        purges.failed(batch);
        assert!(purges.is_behind());
        let written: Vec<String> = tags(0..4).into_iter().map(Tag::written).collect();
        assert_eq!(purges.next().expect("a batch").tags(), written);
        assert_eq!(purges.figures().failed, 1);
    }

    #[test]
    fn too_much_becomes_everything() {
        let purges = taken();
        for number in 0..2 * MOST as u128 {
            purges.add(Tag::of(b"", number));
        }
        assert!(lock(&purges.state).tags.len() <= MOST);
        let batch = purges.next().expect("a batch");
        assert!(batch.is_everything());
        purges.failed(batch);
        assert!(purges.next().expect("a batch").is_everything());
        assert_eq!(purges.next(), None);
    }

    #[test]
    fn what_is_to_be_repeated_is_bounded_as_well() {
        let purges = taken().repeating_after(Duration::from_mins(10));
        for number in 0..2 * MOST as u128 {
            purges.add(Tag::of(b"", number));
            if let Some(batch) = purges.next() {
                purges.delivered(batch);
            }
        }
        let state = lock(&purges.state);
        assert!(state.again_tags < MOST && state.again.len() <= MOST);
    }
}
