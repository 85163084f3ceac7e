//! What a kept answer stands on, and who must hear of it when that no longer holds.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{cdn::Tag, purges::Purges};
use crate::content::seen::Dependencies;

/// What an answer depends on, and whether it still holds.
///
/// They may outlive the answer: what a content delivery network has of it must be purged when they hold no longer.
pub struct Grounds {
    hold: AtomicBool,
    /// Whether a shared cache may have the answer.
    is_out: AtomicBool,
    dependencies: Dependencies,
    purging: Option<(Tag, Arc<Purges>)>,
}

impl Grounds {
    /// Grounds that hold now. What goes out of them bears the tag, and is purged there.
    pub fn new(dependencies: Dependencies, purging: Option<(Tag, Arc<Purges>)>) -> Self {
        Self {
            hold: AtomicBool::new(true),
            is_out: AtomicBool::new(false),
            dependencies,
            purging,
        }
    }

    /// What the answer depends on.
    pub fn dependencies(&self) -> &Dependencies {
        &self.dependencies
    }

    /// The tag under which the answer is purged, if it is.
    pub fn tag(&self) -> Option<Tag> {
        self.purging.as_ref().map(|(tag, _)| *tag)
    }

    /// Whether nothing has touched them yet.
    pub fn hold(&self) -> bool {
        self.hold.load(Ordering::Acquire)
    }

    /// Something has touched them, or nobody will know any more when something does.
    pub fn end(&self) {
        // Whoever gives the answer away at this moment either sees that it no longer holds, or is seen here.
        if self.hold.swap(false, Ordering::SeqCst)
            && self.is_out.load(Ordering::SeqCst)
            && let Some((tag, purges)) = &self.purging
        {
            purges.add(*tag);
        }
    }

    /// Hands the duty to purge over to others that bear the same tag.
    pub fn give_way_to(&self, other: &Self) {
        if self.is_out.load(Ordering::SeqCst) {
            other.is_out.store(true, Ordering::SeqCst);
        }
        if !self.hold.swap(false, Ordering::SeqCst) {
            return;
        }
        // It may have gone out in between.
        if self.is_out.load(Ordering::SeqCst) {
            other.is_out.store(true, Ordering::SeqCst);
        }
    }

    /// Whether the answer may be given to a shared cache, which is then remembered.
    pub fn let_out(&self) -> bool {
        if let Some((_, purges)) = &self.purging {
            if purges.is_behind() {
                return false;
            }
            if !self.is_out.load(Ordering::SeqCst) {
                self.is_out.store(true, Ordering::SeqCst);
            }
        }
        self.hold.load(Ordering::SeqCst)
    }
}

impl Drop for Grounds {
    fn drop(&mut self) {
        self.end();
    }
}
