//! Connections of those who have not proven to be the host. Any process of the container can make one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The most at a time.
const MOST: usize = 32;

/// How long one may take to say something that only the host can.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How many there are.
#[derive(Debug, Clone, Default)]
pub struct Strangers(Arc<AtomicUsize>);

impl Strangers {
    /// Counts one more until it is dropped; `None` when there are too many.
    #[must_use]
    pub fn admit(&self) -> Option<Stranger> {
        let stranger = Stranger(Arc::clone(&self.0));
        (self.0.fetch_add(1, Ordering::Relaxed) < MOST).then_some(stranger)
    }
}

/// One of them.
#[derive(Debug)]
pub struct Stranger(Arc<AtomicUsize>);

impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_and_no_more() {
        let strangers = Strangers::default();
        let mut all: Vec<_> = std::iter::from_fn(|| strangers.admit()).collect();
        assert_eq!(all.len(), MOST);
        all.pop();
        assert!(strangers.admit().is_some());
    }
}
