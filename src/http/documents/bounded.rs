//! What is kept while it is used: entries up to a number of bytes, the longest unused going first.
//!
//! This module never weighs an entry itself; whoever puts it in says what it costs.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, HashMap},
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Entries that together cost no more than a bound.
#[derive(Debug)]
pub struct Bounded<K, V> {
    most: usize,
    kept: Mutex<Kept<K, V>>,
}

#[derive(Debug)]
struct Kept<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// The keys by when they were last used.
    used: BTreeMap<u64, K>,
    clock: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Bounded<K, V> {
    /// Nothing yet, and never more than so many bytes; with none, nothing is ever kept.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::new(Kept {
                entries: HashMap::new(),
                used: BTreeMap::new(),
                clock: 0,
                bytes: 0,
            }),
        }
    }

    /// Whether anything is ever kept.
    pub fn is_on(&self) -> bool {
        self.most > 0
    }

    /// What is kept under a key, which counts as used now.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let mut kept = self.lock();
        let kept = &mut *kept;
        let entry = kept.entries.get_mut(key)?;
        kept.clock += 1;
        if let Some(owned) = kept.used.remove(&entry.used) {
            kept.used.insert(kept.clock, owned);
        }
        entry.used = kept.clock;
        Some(entry.value.clone())
    }

    /// Keeps a value that costs so many bytes, unless it is a large part of all that may be kept: one entry must not
    /// push out everybody else's.
    pub fn put(&self, key: K, value: V, bytes: usize) {
        if bytes > self.most / LARGEST_SHARE {
            return;
        }
        let mut kept = self.lock();
        kept.remove(&key);
        while kept.bytes + bytes > self.most {
            let Some((_, oldest)) = kept.used.pop_first() else {
                break;
            };
            kept.remove(&oldest);
        }
        kept.clock += 1;
        kept.bytes += bytes;
        let used = kept.clock;
        kept.used.insert(used, key.clone());
        kept.entries.insert(key, Entry { value, bytes, used });
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Kept<K, V> {
    fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.used.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

/// An entry may have at most an eighth of the whole.
const LARGEST_SHARE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_first() {
        let kept = Bounded::new(80);
        for number in 0..8 {
            kept.put(number, number, 10);
        }
        assert_eq!(kept.get(&0), Some(0));
        kept.put(8, 8, 10);
        assert_eq!(kept.get(&1), None);
        assert_eq!(kept.get(&0), Some(0));
        assert_eq!(kept.get(&8), Some(8));
    }

    #[test]
    fn a_flood_of_entries_stays_within_the_bound() {
        let kept = Bounded::new(1_000);
        for number in 0..100_000 {
            kept.put(number, (), 7);
        }
        let inner = kept.lock();
        assert!(inner.bytes <= 1_000);
        assert_eq!(inner.entries.len(), 1_000 / 7);
        assert_eq!(inner.entries.len(), inner.used.len());
    }

    #[test]
    fn the_same_key_again_costs_once() {
        let kept = Bounded::new(100);
        kept.put("a", 1, 10);
        kept.put("a", 2, 12);
        assert_eq!(kept.get("a"), Some(2));
        assert_eq!(kept.lock().bytes, 12);
    }

    #[test]
    fn what_would_push_out_everything_is_not_kept() {
        let kept = Bounded::new(100);
        kept.put("large", (), 13);
        assert_eq!(kept.get("large"), None);
        let nothing = Bounded::new(0);
        nothing.put("a", (), 1);
        assert_eq!(nothing.get("a"), None);
    }
}
