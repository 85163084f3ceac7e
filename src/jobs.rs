//! Work outside a request. Nothing that readers see waits for it: it only tells the change log what the clock has done.

use std::{sync::Arc, time::Duration};

use crate::{
    access::{Acting, Actor},
    content::article::announcement,
    platform::{clock::Clock, db::Db},
};

/// How often the clock is looked at.
const PAUSE: Duration = Duration::from_secs(1);

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
