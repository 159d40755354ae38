//! How much one task may store.

use std::sync::atomic::{AtomicU64, Ordering};

use windlass_model::quantity::MebiBytes;
use windlass_model::text::size;

use crate::StoreError;

/// The most entries of the HTTP cache that one task publishes.
const MOST_PUBLISHED: u64 = 50_000;

/// What is left of it.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: AtomicU64,
    published: AtomicU64,
}

impl Budget {
    pub(crate) fn of(limit: MebiBytes) -> Self {
        Self { limit: limit.0.saturating_mul(1 << 20), used: AtomicU64::new(0), published: AtomicU64::new(0) }
    }

    /// Takes bytes of it.
    pub(crate) fn take(&self, what: &str, bytes: u64) -> Result<(), StoreError> {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        match self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => Err(self.too_large(what)),
        }
    }

    /// Gives back what was not stored.
    pub(crate) fn give_back(&self, bytes: u64) {
        // What is given back was taken.
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Takes one of the entries of the HTTP cache; whether there was one left.
    pub(crate) fn publish(&self) -> bool {
        self.published.fetch_add(1, Ordering::Relaxed) < MOST_PUBLISHED
    }

    /// Whether one entry may have so many bytes.
    pub(crate) fn check(&self, what: &str, bytes: u64) -> Result<(), StoreError> {
        if bytes <= self.limit { Ok(()) } else { Err(self.too_large(what)) }
    }

    fn too_large(&self, what: &str) -> StoreError {
        StoreError::TooLarge { what: what.to_owned(), limit: size(self.limit) }
    }
}
