//! Which blobs a task may read, and which its entries may name.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use windlass_mover_client::protocol::{Blob, Sha256};

use crate::names::Area;

/// What one task may refer to.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<Sets>);

#[derive(Debug, Default)]
struct Sets {
    /// By digest: how large they are, and where.
    readable: HashMap<Sha256, (u64, Area)>,
    /// What its entries may name: what it stored, and what the entries that it was told of name.
    namable: HashSet<(Area, Blob)>,
}

impl Known {
    fn sets(&self) -> std::sync::MutexGuard<'_, Sets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was told of an entry that is made of these.
    pub(crate) fn allow<'a>(&self, area: &Area, blobs: impl Iterator<Item = &'a Blob>) {
        let mut sets = self.sets();
        for blob in blobs {
            sets.readable.insert(blob.digest, (blob.size, area.clone()));
            sets.namable.insert((area.clone(), *blob));
        }
    }

    /// The store has this already; the task, which says that it has it as well, need not read it.
    pub(crate) fn present(&self, area: &Area, blob: Blob) {
        self.sets().namable.insert((area.clone(), blob));
    }

    /// Where a blob lies that the task may read.
    pub(crate) fn place(&self, digest: &Sha256) -> Option<(Blob, Area)> {
        let sets = self.sets();
        sets.readable.get(digest).map(|(size, area)| (Blob { digest: *digest, size: *size }, area.clone()))
    }

    /// Whether an entry of the task may name it.
    pub(crate) fn may_name(&self, area: &Area, blob: &Blob) -> bool {
        self.sets().namable.contains(&(area.clone(), *blob))
    }

    /// It is of no use.
    pub(crate) fn forget(&self, area: &Area, blob: &Blob) {
        let mut sets = self.sets();
        sets.readable.remove(&blob.digest);
        sets.namable.remove(&(area.clone(), *blob));
    }
}
