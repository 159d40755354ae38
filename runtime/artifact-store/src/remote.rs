//! Artifacts in a store beside this machine: a directory, a repository of an image registry, or a bucket.
//!
//! Of each artifact there are two blobs, a tar archive of its files and the list of them, and a record that names both. The record is written last, so
//! half an artifact is none. What is read from a store is anybody's word: whoever can write there can change it.

mod error;
mod pack;
mod record;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures::StreamExt as _;
use jiff::Timestamp;
use windlass_cache_store::{Blob, Incoming, Listed, Sha256, Shelf, Stores};
use windlass_model::artifact::ArtifactFile;
use windlass_model::cache::StoreLocation;

use crate::kept::{Listing, into};
use crate::{Artifact, Index, Store, StoreError};
pub use error::RemoteError;
use record::Record;

/// Records that are read at once.
const AT_ONCE: usize = 16;

/// Artifacts in a store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Remote {
    shelf: Shelf,
    location: String,
}

impl Remote {
    /// Opens a store.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(location: &StoreLocation, stores: &Stores) -> Result<Self, StoreError> {
        let shelf = Shelf::open(location, stores).await.map_err(RemoteError::from)?;
        Ok(Self { shelf, location: location.to_string() })
    }

    /// The store, as settings name it.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// Sends an artifact that was collected. `time` is when that was.
    ///
    /// # Errors
    /// When a file is not what was collected any more, or the store does not take it. Then nothing of it is listed.
    pub async fn send(&self, store: &Store, artifact: &Artifact, time: &str) -> Result<(), StoreError> {
        let collected = (store.clone(), artifact.clone());
        let pack = blocking(move || pack::measure(&collected.0.files()?, &collected.1)).await?;
        let mut archive = self.shelf.begin(pack).map_err(RemoteError::from)?;
        let collected = (store.clone(), artifact.clone());
        let archive = blocking(move || {
            pack::write(&collected.0.files()?, &collected.1, &mut archive)?;
            Ok(archive)
        });
        let archive = archive.await?;
        let (list, of_list) = self.list_of(&artifact.files)?;
        self.shelf.keep(archive).await.map_err(RemoteError::from)?;
        self.shelf.keep(of_list).await.map_err(RemoteError::from)?;
        let record = Record::new(store.name(), time, artifact, list, pack);
        let bytes = record.to_bytes().map_err(RemoteError::from)?;
        Ok(self.shelf.put(record.place(), &bytes, &[list, pack]).await.map_err(RemoteError::from)?)
    }

    fn list_of(&self, files: &[ArtifactFile]) -> Result<(Blob, Incoming), StoreError> {
        let bytes = serde_json::to_vec(files).map_err(RemoteError::from)?;
        let blob = Blob { digest: Sha256::of(&bytes), size: bytes.len() as u64 };
        let mut incoming = self.shelf.begin(blob).map_err(RemoteError::from)?;
        incoming.write_all(&bytes).map_err(|error| RemoteError::of_writing(error, &self.location))?;
        Ok((blob, incoming))
    }

    /// What runs have left in the store, of one run or of all, the last one first.
    ///
    /// # Errors
    /// When the store does not answer. What it holds that no run wrote is told beside what it holds otherwise.
    pub async fn list(&self, run: Option<&str>) -> Result<Listing, StoreError> {
        let listed = self.shelf.list(run).await.map_err(RemoteError::from)?;
        let mut reading = futures::stream::iter(listed).map(|listed| self.read(listed)).buffer_unordered(AT_ONCE);
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        while let Some(read) = reading.next().await {
            match read {
                Ok(read) => found.extend(read),
                // One that does not let us in answers the next question alike.
                Err(error) if error.is_of_store() => return Err(error.into()),
                Err(error) => unreadable.push(error.into()),
            }
        }
        found.sort_by(|(one, of_one), (other, of_other)| (&one.time, &of_one.directory).cmp(&(&other.time, &of_other.directory)));
        let mut runs: Vec<Index> = Vec::new();
        for (record, artifact) in found {
            match runs.iter_mut().find(|index| index.run == record.run) {
                Some(index) => index.artifacts.push(artifact),
                None => runs.push(Index { run: record.run, time: record.time, artifacts: vec![artifact] }),
            }
        }
        runs.sort_by(|one, other| (&other.time, &other.run).cmp(&(&one.time, &one.run)));
        Ok(Listing { runs, unreadable })
    }

    /// A record with its list; `None` when it is not there any more.
    async fn read(&self, listed: Listed) -> Result<Option<(Record, Artifact)>, RemoteError> {
        let Some(bytes) = self.shelf.get(&listed).await? else { return Ok(None) };
        let record = Record::parse(&bytes, &listed, &self.location, Timestamp::now())?;
        let list = self.shelf.fetch(&record.list(&self.location)?).await?.ok_or_else(|| record.gone(&self.location))?;
        let location = self.location.clone();
        let read = move || {
            let artifact = record.with_files(list, &location)?;
            Ok((record, artifact))
        };
        Ok(Some(tokio::task::spawn_blocking(read).await.unwrap_or_else(|problem| Err(RemoteError::other(problem)))?))
    }

    /// Copies an artifact of a run into `out`, below `TASK/NAME`, and gives where it is. Each file has to be what was collected.
    ///
    /// # Errors
    /// When it is not, is gone, or cannot be written. Then nothing is left of the copy.
    pub async fn fetch(&self, run: &str, artifact: &Artifact, out: &Path) -> Result<PathBuf, StoreError> {
        let mut found = None;
        for listed in self.shelf.list(Some(run)).await.map_err(RemoteError::from)? {
            match self.read(listed).await {
                Ok(Some((record, there))) if there == *artifact => found = Some(record),
                Err(error) if error.is_of_store() => return Err(error.into()),
                // Another artifact of the run.
                Ok(_) | Err(_) => {}
            }
        }
        let gone = || RemoteError::Gone { what: artifact.directory.to_string(), store: self.location.clone() };
        let record = found.ok_or_else(gone)?;
        record.check_size(artifact, &self.location)?;
        let archive = self.shelf.fetch(&record.pack(&self.location)?).await.map_err(RemoteError::from)?.ok_or_else(gone)?;
        let (artifact, out) = (artifact.clone(), out.to_owned());
        blocking(move || into(&out, &artifact, |incoming| pack::read(archive, &artifact, incoming))).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|problem| Err(RemoteError::other(problem).into()))
}
