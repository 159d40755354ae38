//! Whether the way to an API server has worked before.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the API server has ever answered. A fault that would last, on a way that has worked before, is one that passes.
#[derive(Debug, Default)]
pub(super) struct Answered(AtomicBool);

impl Answered {
    /// It has.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it ever has.
    pub(super) fn ever(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
