//! Batched loads: many fields ask, one statement answers.
//!
//! All resolvers of a request run in one task. Whoever asks leaves its key and yields once; by the time the task runs
//! again, every sibling has left its key as well, and the first of them loads for all. No timer and no other task is
//! involved, so nothing waits longer than it must and the number of statements does not depend on the size of a page.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sea_orm::DbErr;
use tokio::sync::watch;

/// Values by key, loaded together and remembered for the rest of the request.
pub struct Batch<K, V> {
    state: Mutex<State<K, V>>,
}

struct State<K, V> {
    /// What was found, or found to be absent.
    known: HashMap<K, Option<V>>,
    /// What nobody has begun to load.
    wanted: HashSet<K>,
    /// What somebody is loading now.
    underway: HashMap<K, watch::Receiver<()>>,
}

impl<K, V> Default for Batch<K, V> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                known: HashMap::new(),
                wanted: HashSet::new(),
                underway: HashMap::new(),
            }),
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Batch<K, V> {
    /// The value of one key, if there is one.
    ///
    /// # Errors
    /// When the load fails.
    pub async fn load<F>(&self, key: K, run: impl Fn(Vec<K>) -> F) -> Result<Option<V>, Arc<DbErr>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>>,
    {
        Ok(self.load_all(vec![key], run).await?.pop().flatten())
    }

    /// The values of many keys, in their order.
    ///
    /// # Errors
    /// When the load fails.
    pub async fn load_all<F>(
        &self,
        keys: Vec<K>,
        run: impl Fn(Vec<K>) -> F,
    ) -> Result<Vec<Option<V>>, Arc<DbErr>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>>,
    {
        if let Some(values) = self.ask_for(&keys) {
            return Ok(values);
        }
        // In a box, as every resolver that asks for something would take the room for loading it.
        Box::pin(self.loaded(keys, run)).await
    }

    /// The values of keys that were asked for.
    async fn loaded<F>(
        &self,
        keys: Vec<K>,
        run: impl Fn(Vec<K>) -> F,
    ) -> Result<Vec<Option<V>>, Arc<DbErr>>
    where
        F: Future<Output = Result<HashMap<K, V>, DbErr>>,
    {
        tokio::task::yield_now().await;
        loop {
            match self.next_step(&keys) {
                Step::Done(values) => return Ok(values),
                Step::Wait(mut loading) => {
                    // An error means that whoever loaded gave up; then the key is wanted again.
                    let _ = loading.changed().await;
                }
                Step::Load(batch, done) => {
                    let loaded = run(batch.clone()).await;
                    let mut state = self.lock();
                    for key in &batch {
                        state.underway.remove(key);
                    }
                    let mut loaded = loaded.map_err(Arc::new)?;
                    for key in batch {
                        let value = loaded.remove(&key);
                        state.known.insert(key, value);
                    }
                    drop(state);
                    drop(done);
                }
            }
        }
    }

    /// Forgets what was loaded, since it may have changed.
    pub fn forget(&self) {
        self.lock().known.clear();
    }

    /// Remembers a value that was found in another way.
    pub fn remember(&self, key: K, value: V) {
        self.lock().known.insert(key, Some(value));
    }

    /// The values when all are known already; otherwise leaves the keys that nobody has asked for.
    fn ask_for(&self, keys: &[K]) -> Option<Vec<Option<V>>> {
        let mut state = self.lock();
        let known: Option<Vec<Option<V>>> = keys
            .iter()
            .map(|key| state.known.get(key).cloned())
            .collect();
        if known.is_none() {
            for key in keys {
                if !state.known.contains_key(key) && !state.underway.contains_key(key) {
                    state.wanted.insert(key.clone());
                }
            }
        }
        known
    }

    fn next_step(&self, keys: &[K]) -> Step<K, V> {
        let mut state = self.lock();
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = state.known.get(key) {
                values.push(value.clone());
                continue;
            }
            if let Some(loading) = state.underway.get(key) {
                if loading.has_changed().is_ok() {
                    return Step::Wait(loading.clone());
                }
                state.underway.remove(key);
                state.wanted.insert(key.clone());
            }
            state.wanted.insert(key.clone());
            let batch: Vec<K> = state.wanted.drain().collect();
            let (done, loading) = watch::channel(());
            for wanted in &batch {
                state.underway.insert(wanted.clone(), loading.clone());
            }
            return Step::Load(batch, done);
        }
        Step::Done(values)
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Step<K, V> {
    Done(Vec<Option<V>>),
    Wait(watch::Receiver<()>),
    Load(Vec<K>, watch::Sender<()>),
}

/// Batches that differ in their arguments, one for each set of arguments.
pub struct Batches<K, V> {
    by_shape: Mutex<HashMap<u64, Arc<Batch<K, V>>>>,
}

impl<K, V> Default for Batches<K, V> {
    fn default() -> Self {
        Self {
            by_shape: Mutex::default(),
        }
    }
}

impl<K, V> Batches<K, V> {
    /// The batch of all loads whose arguments have this hash.
    pub fn of(&self, shape: u64) -> Arc<Batch<K, V>> {
        let mut batches = self.by_shape.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(batches.entry(shape).or_default())
    }

    /// Forgets what was loaded, since it may have changed.
    pub fn forget(&self) {
        let mut batches = self.by_shape.lock().unwrap_or_else(PoisonError::into_inner);
        batches.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn siblings_are_loaded_together_and_once() {
        let batch: Batch<u32, u32> = Batch::default();
        let loads = AtomicUsize::new(0);
        let load = |keys: Vec<u32>| {
            loads.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                Ok(keys
                    .into_iter()
                    .filter(|key| key % 2 == 0)
                    .map(|key| (key, key * 10))
                    .collect())
            }
        };
        let fields = (0..100_u32).map(|n| batch.load_all(vec![n, n + 1], load));
        let values = futures_util::future::join_all(fields).await;
        assert_eq!(values[2].as_ref().unwrap(), &[Some(20), None]);
        assert_eq!(batch.load(4, load).await.unwrap(), Some(40));
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failed_load_reaches_everybody_and_can_be_tried_again() {
        let batch: Batch<u32, u32> = Batch::default();
        let fail = |_: Vec<u32>| async { Err(DbErr::Custom("gone".to_owned())) };
        let fields = (0..5).map(|n| batch.load(n, fail));
        assert!(
            futures_util::future::join_all(fields)
                .await
                .iter()
                .all(Result::is_err)
        );
        let work = |keys: Vec<u32>| async { Ok(keys.into_iter().map(|key| (key, 1)).collect()) };
        assert_eq!(batch.load(3, work).await.unwrap(), Some(1));
    }
}
