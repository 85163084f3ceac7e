//! Work outside a request. Nothing that readers see waits for it: it tells the change log what the clock has done, and takes
//! away what has had its time.

use std::{sync::Arc, time::Duration};

use crate::{
    access::{Acting, Actor, pruning},
    content::article::announcement,
    platform::{clock::Clock, db::Db},
};

/// How often the clock is looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How often what has had its time is taken away.
const BETWEEN_PRUNINGS: Duration = Duration::from_mins(5);

/// Announces what becomes visible, until it is dropped. Any number of servers may do so at once: each article is
/// announced by one of them.
pub async fn announce(db: Db, clock: Clock) {
    loop {
        let acting = Acting {
            db: db.clone(),
            now: clock.now(),
            who: Arc::new(Actor::operator("the clock")),
        };
        match announcement::announce_due(&acting).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "articles have become visible"),
            Err(error) => tracing::warn!(%error, "nothing could be announced; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes away what has had its time, such as ended sessions, until it is dropped. Any number of servers may do so at once.
pub async fn prune(db: Db, clock: Clock) {
    loop {
        match pruning::prune(&db, clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "rows that have had their time are gone"),
            Err(error) => tracing::warn!(%error, "not everything could be pruned; trying again"),
        }
        tokio::time::sleep(BETWEEN_PRUNINGS).await;
    }
}
