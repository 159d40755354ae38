//! A store in a bucket: one object for each record and each blob. The container that moves a blob gets one signed request for it, and no credential.

mod failure;
mod open;
mod patient;
mod sign;

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion};
use tokio::io::AsyncWriteExt as _;
use windlass_mover_client::protocol::{Blob, Sha256};

use super::{Backend, Found, Listed, ListedBlob, Mode, Source, Target, Within};
use crate::StoreError;
use crate::clock::{DAY, HOUR, now};
use crate::names::{Area, RecordName};
use crate::scratch::Scratch;
use crate::seal::LONGEST;
use crate::spool::Spool;
use failure::failed;
pub(crate) use open::Reach;
use sign::Signing;

/// Where an area's blobs and records are.
const BLOBS: &str = "blobs";
const RECORDS: &str = "entries";

/// A blob that was written before this many milliseconds is written anew when it is needed, so that it is not tidied away meanwhile.
const FRESH: u64 = 12 * HOUR;

/// The store.
pub(crate) struct Bucket {
    /// As messages call it.
    name: String,
    store: Arc<dyn ObjectStore>,
    prefix: String,
    signing: Signing,
    scratch: Arc<Scratch>,
    /// Whether all bytes go through this host.
    relay: bool,
}

impl Bucket {
    fn path(&self, parts: &[&str]) -> Path {
        Path::from_iter(self.prefix.split('/').filter(|part| !part.is_empty()).chain(parts.iter().copied()))
    }

    fn record(&self, name: &RecordName) -> Path {
        self.path(&[name.area.as_str(), RECORDS, &name.line, &name.file()])
    }

    fn blob(&self, area: &Area, digest: &Sha256) -> Path {
        let hex = digest.to_string();
        self.path(&[area.as_str(), BLOBS, hex.get(..2).unwrap_or_default(), &hex])
    }

    fn failed(&self) -> impl Fn(Error) -> StoreError + use<'_> {
        |error| failed(&self.name, error)
    }

    async fn head(&self, path: &Path) -> Result<Option<ObjectMeta>, StoreError> {
        match self.store.head(path).await {
            Ok(meta) => Ok(Some(meta)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    async fn write(&self, path: &Path, bytes: Vec<u8>, mode: PutMode) -> Result<bool, StoreError> {
        let written = self.store.put_opts(path, PutPayload::from(bytes), PutOptions { mode, ..PutOptions::default() }).await;
        match written {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
            Err(error) => Err(self.failed()(error)),
        }
    }

    /// The objects below a path, less what is not read by their names.
    async fn below<T>(&self, path: &Path, read: impl Fn(&[&str], &ObjectMeta) -> Option<T>) -> Result<Vec<T>, StoreError> {
        let own = self.path(&[]);
        let mut listing = self.store.list(Some(path));
        let mut found = Vec::new();
        while let Some(meta) = listing.next().await {
            let meta = meta.map_err(self.failed())?;
            let parts: Option<Vec<_>> = meta.location.prefix_match(&own).map(Iterator::collect);
            let parts: Vec<&str> = parts.iter().flatten().map(AsRef::as_ref).collect();
            found.extend(read(&parts, &meta));
        }
        Ok(found)
    }
}

#[async_trait]
impl Backend for Bucket {
    async fn get(&self, name: &RecordName) -> Result<Option<Found>, StoreError> {
        let got = match self.store.get(&self.record(name)).await {
            Ok(got) => got,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(self.failed()(error)),
        };
        let (used, size, version) = (used(&got.meta), got.meta.size, got.meta.e_tag.clone());
        // What is too large to be a record is none.
        let bytes = if size > LONGEST as u64 { Vec::new() } else { got.bytes().await.map_err(self.failed())?.to_vec() };
        Ok(Some(Found { bytes, used, version }))
    }

    async fn put(&self, name: &RecordName, record: &[u8], _: &[Blob], mode: Mode) -> Result<bool, StoreError> {
        let mode = if mode == Mode::First { PutMode::Create } else { PutMode::Overwrite };
        self.write(&self.record(name), record.to_vec(), mode).await
    }

    /// The time of an object is that of its last writing, so it is written anew, unless it has changed meanwhile.
    async fn touch(&self, name: &RecordName, found: &Found) -> Result<(), StoreError> {
        if now().saturating_sub(found.used) < HOUR || found.version.is_none() {
            return Ok(());
        }
        let version = UpdateVersion { e_tag: found.version.clone(), version: None };
        self.write(&self.record(name), found.bytes.clone(), PutMode::Update(version)).await.map(drop)
    }

    async fn delete(&self, name: &RecordName) -> Result<(), StoreError> {
        match self.store.delete(&self.record(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed()(error)),
        }
    }

    async fn list(&self, within: Within<'_>) -> Result<Vec<Listed>, StoreError> {
        let path = match within {
            Within::Store => self.path(&[]),
            Within::Area(area) => self.path(&[area.as_str(), RECORDS]),
            Within::Line(area, line) => self.path(&[area.as_str(), RECORDS, line]),
        };
        let read = |parts: &[&str], meta: &ObjectMeta| match parts {
            [area, RECORDS, line, file] => {
                let name = RecordName::parse(area, line, file).filter(|name| within.has(name))?;
                Some(Listed { name, used: used(meta) })
            }
            _ => None,
        };
        self.below(&path, read).await
    }

    async fn source(&self, area: &Area, blob: &Blob) -> Result<Source, StoreError> {
        if self.relay {
            return Ok(Source::Here);
        }
        let request = self.signing.get(&self.blob(area, &blob.digest)).await;
        request.map(Source::Go).map_err(self.failed())
    }

    async fn read(&self, area: &Area, blob: &Blob, offset: u64, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let end = offset.saturating_add(most as u64);
        match self.store.get_range(&self.blob(area, &blob.digest), offset..end).await {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    async fn has(&self, area: &Area, blob: &Blob) -> Result<bool, StoreError> {
        let meta = self.head(&self.blob(area, &blob.digest)).await?;
        Ok(meta.is_some_and(|meta| meta.size == blob.size))
    }

    async fn target(&self, area: &Area, blob: &Blob) -> Result<Target, StoreError> {
        let path = self.blob(area, &blob.digest);
        // Of bytes that nobody has checked, the container sends its own, whatever is there.
        if self.signing.checks_bytes() || self.relay {
            let there = self.head(&path).await?.filter(|meta| meta.size == blob.size);
            if there.is_some_and(|meta| now().saturating_sub(used(&meta)) < FRESH) {
                return Ok(Target::Present);
            }
        }
        if self.relay {
            return Ok(Target::Here);
        }
        self.signing.put(&path, blob).await.map(Target::Go).map_err(self.failed())
    }

    fn spool(&self, blob: Blob) -> Result<Spool, StoreError> {
        self.scratch.spool(blob)
    }

    async fn keep(&self, area: &Area, spool: Spool) -> Result<(), StoreError> {
        spool.check()?;
        let reading = |error| StoreError::io("reading in", self.scratch.shown())(error);
        let mut file = tokio::fs::File::open(spool.path()).await.map_err(reading)?;
        let mut writer = BufWriter::new(Arc::clone(&self.store), self.blob(area, &spool.blob().digest));
        let mut sent = tokio::io::copy(&mut file, &mut writer).await.map(drop);
        if sent.is_ok() {
            sent = writer.shutdown().await;
        }
        sent.map_err(|error| match error.downcast::<Error>() {
            Ok(error) => self.failed()(error),
            Err(error) => StoreError::Unreachable { store: self.name.clone(), problem: error.to_string() },
        })
    }

    async fn blobs(&self) -> Result<Option<Vec<ListedBlob>>, StoreError> {
        let read = |parts: &[&str], meta: &ObjectMeta| match parts {
            [area, BLOBS, _, file] => {
                let (area, digest) = (Area::parse(area)?, Sha256::parse(file)?);
                Some(ListedBlob { area, blob: Blob { digest, size: meta.size }, used: used(meta) })
            }
            _ => None,
        };
        self.below(&self.path(&[]), read).await.map(Some)
    }

    async fn delete_blob(&self, area: &Area, digest: &Sha256, used_then: u64) -> Result<(), StoreError> {
        let path = self.blob(area, digest);
        match self.head(&path).await? {
            Some(meta) if used(&meta) <= used_then => match self.store.delete(&path).await {
                Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(self.failed()(error)),
            },
            _ => Ok(()),
        }
    }

    async fn busy_since(&self) -> Result<u64, StoreError> {
        Ok(now().saturating_sub(DAY))
    }
}

/// When an object was written.
fn used(meta: &ObjectMeta) -> u64 {
    u64::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0)
}
