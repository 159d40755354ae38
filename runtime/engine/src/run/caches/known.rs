//! What is known of the caches of a task, between their instruction and their upload.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windlass_cache_store::Stored;
use windlass_mover_client::protocol::Place;

use super::key::Key;

/// A cache whose instruction has run.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    pub(super) key: Key,
    pub(super) place: Place,
    /// The folders, as the file names them.
    pub(super) folders: Vec<String>,
    /// What was restored.
    pub(super) restored: Option<Stored>,
    /// Whether what the store had is to be stored again when it has changed.
    pub(super) reupload_on_changes: bool,
    /// Whether there is something under the key that cannot be restored, so that it gives way.
    pub(super) unusable: bool,
}

/// The caches of a task, by name.
#[derive(Debug, Default)]
pub(in super::super) struct Known(Mutex<BTreeMap<String, Cache>>);

impl Known {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Cache>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what became of a cache.
    pub(super) fn note(&self, name: &str, cache: Cache) {
        self.lock().insert(name.to_owned(), cache);
    }

    /// What became of it.
    pub(super) fn get(&self, name: &str) -> Option<Cache> {
        self.lock().get(name).cloned()
    }
}
