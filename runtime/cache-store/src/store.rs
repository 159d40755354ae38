//! A whole store, for whoever looks after it: what is in it, what can go, and what has to.

mod inventory;
mod prune;
mod remove;

use std::sync::Arc;

use windlass_model::cache::{CacheAccess, CacheScope, StoreLocation};

use crate::backend::Backend;
use crate::key::Key;
use crate::stores::Stores;
use crate::{Entry, StoreError};
pub use prune::{Bounds, Pruned};
pub use remove::Selection;

/// A store.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    key: Key,
}

/// An entry in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Where.
    pub scope: CacheScope,
    /// What.
    pub entry: Entry,
    /// When it was stored or last read, in milliseconds since 1970.
    pub used: u64,
    /// Whether this host's key has sealed it. Otherwise it is restored by nobody here, and what it says is anybody's word.
    pub own: bool,
}

/// What is in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The entries, those first that were used last.
    pub items: Vec<Item>,
    /// How many more there are that cannot be read: a newer windlass has written them, or they were changed.
    pub unreadable: usize,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens one.
    ///
    /// # Errors
    /// When it cannot be opened, or the host's key cannot be had.
    pub async fn open(location: &StoreLocation, stores: &Stores) -> Result<Self, StoreError> {
        Ok(Self { backend: stores.backend(location).await?, key: stores.key().await? })
    }

    /// What is in it.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn list(&self) -> Result<Listing, StoreError> {
        let records = self.inventory().await?;
        let unreadable = records.iter().filter(|record| record.body.is_none() && record.is_entry()).count();
        let mut items: Vec<Item> = records.into_iter().filter_map(inventory::Record::item).collect();
        items.sort_by(|one, other| (other.used, &one.scope, &one.entry.key).cmp(&(one.used, &other.scope, &other.entry.key)));
        Ok(Listing { items, unreadable })
    }

    /// Tidies up a store of this machine after a run, if it has more than it may. Others tidy up by themselves, or when they are told to.
    ///
    /// # Errors
    /// When it cannot be done.
    pub async fn after_run(access: &CacheAccess, stores: &Stores) -> Result<Option<Pruned>, StoreError> {
        if !matches!(access.store, StoreLocation::Directory(_)) {
            return Ok(None);
        }
        let store = Self::open(&access.store, stores).await?;
        let bounds = Bounds::of(access);
        let blobs = store.backend.blobs().await?.unwrap_or_default();
        if blobs.iter().fold(0_u64, |sum, listed| sum.saturating_add(listed.blob.size)) <= bounds.max_size {
            return Ok(None);
        }
        store.prune(&bounds, false).await.map(Some)
    }
}
