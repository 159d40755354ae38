//! A store in a directory of the user's own. Everything gets its name when it is whole; whoever gives or takes a name holds a lock for that moment,
//! so any number of hosts can use one directory.

mod blobs;
mod lease;
mod lock;
mod open;
mod records;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use cap_std::fs::{Dir, Metadata};
use windlass_files::own;
use windlass_mover_client::protocol::{Blob, Sha256};

use super::{Backend, Found, Listed, ListedBlob, Mode, Source, Target, Within};
use crate::StoreError;
use crate::clock::millis;
use crate::names::{Area, RecordName};
use crate::spool::Spool;
use blobs::blob_path;
use lease::Lease;
use lock::{Kind, lock};
use records::record_path;

/// The store.
#[derive(Debug, Clone)]
pub(crate) struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: Dir,
    incoming: Dir,
    path: PathBuf,
    /// None where nothing can be written, and so nothing is removed that this process uses.
    lease: Option<Lease>,
}

impl Directory {
    /// Opens one, and makes it when it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let (root, incoming) = open::open(path)?;
        let lease = match Lease::take(&root, path) {
            Err(StoreError::Io { source, .. }) if is_read_only(&source) => None,
            lease => Some(lease?),
        };
        Ok(Self(Arc::new(Inner { root, incoming, path: path.to_owned(), lease })))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        done.unwrap_or_else(|problem| Err(self.0.io("using")(io::Error::other(problem))))
    }
}

impl Inner {
    fn io(&self, action: &'static str) -> impl FnOnce(io::Error) -> StoreError + use<> {
        StoreError::io(action, self.path.display().to_string())
    }

    /// A directory below the store's; made when it is not there.
    fn below(&self, parts: &[&str]) -> Result<Dir, StoreError> {
        let mut path = self.path.clone();
        let mut directory = self.root.try_clone().map_err(self.io("opening"))?;
        for part in parts {
            path.push(part);
            directory = own::below(&directory, Path::new(part), &path).map_err(full)?;
        }
        Ok(directory)
    }

    fn stat(&self, path: &Path) -> Result<Option<Metadata>, StoreError> {
        match self.root.symlink_metadata(path) {
            Ok(metadata) => Ok(Some(metadata).filter(Metadata::is_file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io("reading")(error)),
        }
    }

    fn open(&self, path: &Path) -> Result<Option<std::fs::File>, StoreError> {
        match windlass_files::Tree::of(&self.root).map_err(self.io("opening"))?.file(path, false) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.io("reading")(error.into())),
        }
    }

    /// Notes that a file was needed; whether it is there.
    fn touch(&self, path: &Path) -> Result<bool, StoreError> {
        let Some(file) = self.open(path)? else { return Ok(false) };
        let Some(lease) = &self.lease else { return Ok(true) };
        let now = SystemTime::now();
        lease.reach(now);
        file.set_modified(now).map_err(self.io("using"))?;
        Ok(true)
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.root.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.io("removing from")(error)),
            _ => Ok(()),
        }
    }

    /// The names in a directory; none where there is none.
    fn names(&self, path: &Path) -> Result<Vec<String>, StoreError> {
        match self.root.read_dir(path) {
            Ok(entries) => Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.io("listing")(error)),
        }
    }

    fn areas(&self) -> Result<Vec<Area>, StoreError> {
        Ok(self.names(Path::new("."))?.iter().filter_map(|name| Area::parse(name)).collect())
    }
}

#[async_trait]
impl Backend for Directory {
    async fn get(&self, name: &RecordName) -> Result<Option<Found>, StoreError> {
        let path = record_path(name);
        self.blocking(move |inner| inner.get(&path)).await
    }

    async fn put(&self, name: &RecordName, record: &[u8], _: &[Blob], mode: Mode) -> Result<bool, StoreError> {
        let (name, record) = (name.clone(), record.to_vec());
        self.blocking(move |inner| inner.put(&name, &record, mode)).await
    }

    async fn touch(&self, name: &RecordName, _: &Found) -> Result<(), StoreError> {
        let path = record_path(name);
        self.blocking(move |inner| inner.touch(&path).map(drop)).await
    }

    async fn delete(&self, name: &RecordName) -> Result<(), StoreError> {
        let path = record_path(name);
        self.blocking(move |inner| {
            let _locked = lock(&inner.root, &inner.path, Kind::Alone)?;
            inner.remove(&path)
        })
        .await
    }

    async fn list(&self, within: Within<'_>) -> Result<Vec<Listed>, StoreError> {
        let only = match within {
            Within::Store => None,
            Within::Area(area) => Some((area.clone(), None)),
            Within::Line(area, line) => Some((area.clone(), Some(line.to_owned()))),
        };
        self.blocking(move |inner| match only {
            Some((area, line)) => inner.list(&area, line.as_deref()),
            None => {
                let mut all = Vec::new();
                for area in inner.areas()? {
                    all.extend(inner.list(&area, None)?);
                }
                Ok(all)
            }
        })
        .await
    }

    async fn source(&self, _: &Area, _: &Blob) -> Result<Source, StoreError> {
        Ok(Source::Here)
    }

    async fn read(&self, area: &Area, blob: &Blob, offset: u64, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let path = blob_path(area, &blob.digest);
        self.blocking(move |inner| inner.read(&path, offset, most)).await
    }

    async fn has(&self, area: &Area, blob: &Blob) -> Result<bool, StoreError> {
        let (path, blob) = (blob_path(area, &blob.digest), *blob);
        self.blocking(move |inner| inner.has(&path, &blob)).await
    }

    async fn target(&self, area: &Area, blob: &Blob) -> Result<Target, StoreError> {
        Ok(if self.has(area, blob).await? { Target::Present } else { Target::Here })
    }

    fn spool(&self, blob: Blob) -> Result<Spool, StoreError> {
        Spool::begin(&self.0.incoming, self.0.path.join(open::INCOMING), blob)
    }

    async fn keep(&self, area: &Area, spool: Spool) -> Result<(), StoreError> {
        let area = area.clone();
        self.blocking(move |inner| inner.keep(&area, spool)).await
    }

    async fn blobs(&self) -> Result<Option<Vec<ListedBlob>>, StoreError> {
        self.blocking(|inner| inner.blobs().map(Some)).await
    }

    async fn delete_blob(&self, area: &Area, digest: &Sha256, used: u64) -> Result<(), StoreError> {
        let path = blob_path(area, digest);
        self.blocking(move |inner| inner.delete_blob(&path, used)).await
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        self.blocking(|inner| {
            crate::spool::sweep(&inner.incoming);
            inner.sweep_records()
        })
        .await
    }

    async fn busy_since(&self) -> Result<u64, StoreError> {
        self.blocking(|inner| Ok(lease::oldest(&inner.root, inner.lease.as_ref()))).await
    }
}

/// Whether the system lets a place be read and not written.
fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

fn modified(metadata: &Metadata) -> u64 {
    metadata.modified().map_or(0, |time| millis(time.into_std()))
}

/// A directory that cannot be made because the disk is full is told as that.
fn full(error: own::OwnError) -> StoreError {
    match error {
        own::OwnError::Io { path, source } => StoreError::io("making", path.display().to_string())(source),
        other => other.into(),
    }
}
