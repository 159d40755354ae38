//! What is kept in a store beside caches: records that are not sealed, with the blobs that they name. Whoever can write to the store can change them,
//! so what is read from here is to be checked by whoever reads it.

use std::fs::File;
use std::sync::Arc;

use windlass_model::cache::StoreLocation;
use windlass_mover_client::protocol::{Blob, PIECE};

use crate::StoreError;
use crate::backend::{Backend, Mode, Within};
use crate::names::{Area, RecordName, run_line};
use crate::spool::Spool;
use crate::stores::Stores;

/// Where something lies: no two tasks of a run have one name, nor two artifacts of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The run.
    pub run: &'a str,
    /// The task.
    pub task: &'a str,
    /// What it is called.
    pub name: &'a str,
}

/// A record that is there.
#[derive(Debug, Clone)]
pub struct Listed(RecordName);

impl Listed {
    /// Whether it lies where this should.
    pub fn is_at(&self, place: Place<'_>) -> bool {
        self.0 == RecordName::of_artifact(place.run, place.task, place.name)
    }
}

/// A blob on its way to a store, in a file of this machine. Dropped before it is kept, it leaves nothing.
#[derive(Debug)]
pub struct Incoming(Spool);

impl std::io::Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes).map(|()| bytes.len()).map_err(std::io::Error::other)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The part of a store that is not caches.
#[derive(Clone)]
pub struct Shelf {
    backend: Arc<dyn Backend>,
    area: Area,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl Shelf {
    /// Opens it.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(location: &StoreLocation, stores: &Stores) -> Result<Self, StoreError> {
        Ok(Self { backend: stores.backend(location).await?, area: Area::of_artifacts() })
    }

    /// Begins a blob.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn begin(&self, blob: Blob) -> Result<Incoming, StoreError> {
        self.backend.spool(blob).map(Incoming)
    }

    /// Sends a blob, now that all of it is there.
    ///
    /// # Errors
    /// When it is not what it was announced as, or the store does not take it.
    pub async fn keep(&self, incoming: Incoming) -> Result<(), StoreError> {
        self.backend.keep(&self.area, incoming.0).await
    }

    /// Writes a record, whose blobs are kept: from now on it is there, all at once.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn put(&self, place: Place<'_>, record: &[u8], blobs: &[Blob]) -> Result<(), StoreError> {
        let name = RecordName::of_artifact(place.run, place.task, place.name);
        self.backend.put(&name, record, blobs, Mode::Replace).await.map(drop)
    }

    /// The records that are there, of one run or of all.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn list(&self, run: Option<&str>) -> Result<Vec<Listed>, StoreError> {
        let line = run.map(run_line);
        let within = line.as_ref().map_or(Within::Area(&self.area), |line| Within::Line(&self.area, line));
        Ok(self.backend.list(within).await?.into_iter().map(|listed| Listed(listed.name)).collect())
    }

    /// A record; `None` when it is not there any more.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn get(&self, listed: &Listed) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.backend.get(&listed.0).await?.map(|found| found.bytes))
    }

    /// A blob, in a file of this machine that has no name any more; `None` when the store does not have it. Its bytes are those that it is named by.
    ///
    /// # Errors
    /// When they are others, the store does not answer, or the system refuses.
    pub async fn fetch(&self, blob: &Blob) -> Result<Option<File>, StoreError> {
        let mut spool = self.backend.spool(*blob)?;
        while spool.size() < blob.size {
            let left = usize::try_from(blob.size - spool.size()).unwrap_or(usize::MAX);
            match self.backend.read(&self.area, blob, spool.size(), left.min(PIECE)).await? {
                Some(bytes) if !bytes.is_empty() => spool.write(&bytes)?,
                Some(_) => break,
                None => return Ok(None),
            }
        }
        spool.check()?;
        let path = spool.path();
        File::open(&path).map(Some).map_err(StoreError::io("reading", path.display().to_string()))
    }
}
