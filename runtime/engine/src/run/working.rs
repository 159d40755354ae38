//! Which tasks are at their steps: only those have anything left to run once the user ends a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tasks are at their steps: their pods run, and are not being deleted.
#[derive(Debug, Clone, Default)]
pub struct Working(Arc<AtomicUsize>);

impl Working {
    /// Whether there is one.
    pub fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    /// One more, until what is returned is dropped.
    pub(super) fn begin(&self) -> AtSteps {
        self.0.fetch_add(1, Ordering::SeqCst);
        AtSteps(self.clone())
    }
}

/// A task that is at its steps.
pub(super) struct AtSteps(Working);

impl Drop for AtSteps {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
