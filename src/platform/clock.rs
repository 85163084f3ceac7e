//! The one place that knows what time it is.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::Utc;

use crate::editorial::moment::Moment;

/// A clock: the system's, or one that stands still until it is moved.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still.
    #[must_use]
    pub fn standing_at(moment: Moment) -> Self {
        Self(Some(Arc::new(AtomicI64::new(moment.0))))
    }

    /// Moves a standing clock on; the system's clock does not mind.
    pub fn advance(&self, by: std::time::Duration) {
        if let Some(standing) = &self.0 {
            standing.fetch_add(
                i64::try_from(by.as_micros()).unwrap_or(i64::MAX),
                Ordering::SeqCst,
            );
        }
    }

    /// The present moment.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everybody else asks"
    )]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Some(standing) => Moment(standing.load(Ordering::SeqCst)),
            None => Moment(Utc::now().timestamp_micros()),
        }
    }
}
