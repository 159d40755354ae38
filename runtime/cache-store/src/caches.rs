//! The caches of one task: what it may restore, and what it stores.

mod budget;
mod known;
mod record;

use std::sync::Arc;

use windlass_model::cache::{CacheAccess, CacheScope};
use windlass_mover_client::Depot;

use crate::backend::{Backend, Found};
use crate::clock::now;
use crate::key::Key;
use crate::miss::Miss;
use crate::names::{Area, Class, RecordName};
use crate::seal;
use crate::stores::Stores;
use crate::{Entry, StoreError, depot};
pub(crate) use budget::Budget;
pub(crate) use known::Known;
pub use record::{Existing, Recorded};

/// The caches of one task. Cheap to clone.
#[derive(Clone)]
pub struct Caches(pub(crate) Arc<Inner>);

/// Whose caches they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The task.
    pub task: String,
    /// The run.
    pub run: String,
}

/// An entry that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Where.
    pub scope: CacheScope,
    /// What.
    pub entry: Entry,
}

pub(crate) struct Inner {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) key: Key,
    pub(crate) access: CacheAccess,
    pub(crate) owner: Owner,
    /// The area that is written.
    pub(crate) area: Area,
    pub(crate) known: Known,
    pub(crate) budget: Budget,
}

impl std::fmt::Debug for Caches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caches").field("access", &self.0.access).finish_non_exhaustive()
    }
}

impl Caches {
    /// Opens the store that a task's plan names.
    ///
    /// # Errors
    /// When it cannot be opened, or the host's key cannot be had.
    pub async fn open(access: &CacheAccess, owner: Owner, stores: &Stores) -> Result<Self, StoreError> {
        let (backend, key) = (stores.backend(&access.store).await?, stores.key().await?);
        let (area, budget) = (Area::of(&access.write), Budget::of(access.max_size));
        let known = Known::default();
        Ok(Self(Arc::new(Inner { backend, key, access: access.clone(), owner, area, known, budget })))
    }

    /// The entry of a step under a key: that of the first scope that has one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn find(&self, key: &str) -> Result<Stored, Miss> {
        self.0.first(Class::Key, key).await
    }

    /// The newest entry of a name: that of the first scope that has one.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn newest(&self, name: &str) -> Result<Stored, Miss> {
        self.0.first(Class::Name, name).await
    }

    /// Lets the task's mover fetch what an entry is made of.
    pub fn allow(&self, stored: &Stored) {
        self.0.known.allow(&Area::of(&stored.scope), stored.entry.blobs());
    }

    /// Whether the task writes this scope.
    pub fn is_own(&self, scope: &CacheScope) -> bool {
        *scope == self.0.access.write
    }

    /// The most bytes that the files of one entry have.
    pub fn most_bytes(&self) -> u64 {
        self.0.access.max_size.bytes()
    }

    /// What answers the task's mover.
    pub fn depot(&self) -> Arc<dyn Depot> {
        Arc::new(depot::Window::of(&self.0))
    }

    /// The time of an entry that is made now.
    pub fn now() -> u64 {
        now()
    }
}

impl Inner {
    /// Of the scopes that the task reads, the first that has an entry.
    pub(crate) async fn first(&self, class: Class, text: &str) -> Result<Stored, Miss> {
        let mut miss = Miss::Absent;
        for scope in &self.access.read {
            match self.look(scope, class, text).await {
                Ok(stored) => return Ok(stored),
                Err(Miss::Absent) => {}
                // A store that does not answer is not asked again.
                Err(problem @ Miss::Store { .. }) => return Err(problem),
                // What is nearest says most.
                Err(other) if miss == Miss::Absent => miss = other,
                Err(_) => {}
            }
        }
        Err(miss)
    }

    async fn look(&self, scope: &CacheScope, class: Class, text: &str) -> Result<Stored, Miss> {
        let name = RecordName::of(scope, class, text);
        let found = self.backend.get(&name).await?.ok_or(Miss::Absent)?;
        let stored = self.open_record(scope, &name, &found)?;
        self.note_use(&name, &found).await;
        if class == Class::Name {
            let of_key = RecordName::of(scope, Class::Key, &stored.entry.key);
            match self.backend.get(&of_key).await {
                Ok(Some(found)) => self.note_use(&of_key, &found).await,
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "an entry's use was not noted"),
            }
        }
        Ok(stored)
    }

    /// What was needed is not what is tidied away first. When that cannot be noted, it is restored all the same.
    async fn note_use(&self, name: &RecordName, found: &Found) {
        if let Err(error) = self.backend.touch(name, found).await {
            tracing::debug!(%error, "an entry's use was not noted");
        }
    }

    /// Opens a record that lies in a scope.
    pub(crate) fn open_record(&self, scope: &CacheScope, name: &RecordName, found: &Found) -> Result<Stored, Miss> {
        let body = seal::open(&self.key, name, &found.bytes).map_err(|unfit| Miss::unfit(unfit, scope))?;
        if body.scope() != *scope {
            return Err(Miss::Broken { scope: scope.to_string() });
        }
        Ok(Stored { scope: scope.clone(), entry: body.entry })
    }
}
