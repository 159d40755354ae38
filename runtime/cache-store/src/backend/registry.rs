//! A store in a repository of an image registry: one manifest for each record. Its config is the sealed entry, its layers are what the entry is made of,
//! so that the registry keeps them for as long as the entry; its tag says what it is.

mod failure;
mod manifest;
mod names;
mod passing;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use secrecy::ExposeSecret as _;
use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;
use windlass_mover_client::protocol::{Blob, Request, Sha256};
use windlass_registry::{Blob as RegistryBlob, Content, Direct, Error, Registries, Repository, Upload, Version};

use super::{Backend, Found, Listed, ListedBlob, Mode, Source, Target, Within};
use crate::StoreError;
use crate::clock::{DAY, now};
use crate::names::{Area, RecordName};
use crate::scratch::Scratch;
use crate::seal::LONGEST;
use crate::spool::Spool;
use failure::Failure;
use manifest::{MANIFEST, Written};
pub(crate) use names::is_loopback;
use names::{parse, tag};
use passing::Passing;

/// Manifests that are read at once.
const AT_ONCE: usize = 16;

/// The store.
pub(crate) struct Registry {
    registries: Arc<Registries>,
    repository: Repository,
    scratch: Arc<Scratch>,
    passing: Passing,
    /// Whether all bytes go through this host.
    relay: bool,
}

impl Registry {
    /// `HOST/PATH`. With `relay_loopback`, bytes of a registry on this machine's loopback go through here.
    pub(crate) fn new(
        path: &str,
        registries: Arc<Registries>,
        scratch: Arc<Scratch>,
        relay_loopback: bool,
    ) -> Result<Self, StoreError> {
        let location = |problem: String| StoreError::Location { store: format!("oci://{path}"), problem };
        let image = ImageReference::parse(path).map_err(|error| location(error.to_string()))?;
        if image.tag().is_some() || image.digest().is_some() {
            return Err(location("it is a repository, and takes neither tag nor digest".into()));
        }
        let repository = Repository::of(&image).ok_or_else(|| location("it names no registry".into()))?;
        let relay = relay_loopback && is_loopback(repository.registry());
        Ok(Self { registries, repository, passing: Passing::new(Arc::clone(&scratch)), scratch, relay })
    }

    fn failed(&self) -> impl Fn(Error) -> StoreError + use<> {
        let store = format!("oci://{}", self.repository);
        move |error| Failure(error).of(&store)
    }

    /// The manifest that a record's tag names.
    async fn manifest(&self, name: &RecordName) -> Result<Option<(Digest, Written)>, StoreError> {
        let found = self.registries.tagged(&self.repository, &tag(name)).await.map_err(self.failed())?;
        // What is no manifest of ours is no record.
        Ok(found.and_then(|found| Some((found.digest, Written::parse(&found.bytes)?))))
    }

    async fn push(&self, name: &RecordName, record: &[u8], blobs: &[Blob]) -> Result<(), StoreError> {
        let bytes = Bytes::copy_from_slice(record);
        let config = RegistryBlob { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        let quiet: Arc<dyn Fn(u64) + Send + Sync> = Arc::new(|_| {});
        let content = Content::Bytes(bytes);
        self.registries.push_blob(&self.repository, &config, &content, quiet).await.map_err(self.failed())?;
        let document = Bytes::from(manifest::write(name, &config, blobs, now()));
        let version = Version::Tag(tag(name));
        self.registries.push_manifest(&self.repository, &version, MANIFEST, &document).await.map_err(self.failed())?;
        Ok(())
    }

    async fn listed(&self, name: RecordName) -> Result<Option<Listed>, StoreError> {
        let found = self.manifest(&name).await?;
        Ok(found.map(|(_, written)| Listed { name, used: written.used() }))
    }
}

#[async_trait]
impl Backend for Registry {
    async fn get(&self, name: &RecordName) -> Result<Option<Found>, StoreError> {
        let Some((_, written)) = self.manifest(name).await? else { return Ok(None) };
        let config = written.config();
        if config.size > LONGEST as u64 {
            return Ok(Some(Found { bytes: Vec::new(), used: written.used(), version: None }));
        }
        let mut sink = std::io::Cursor::new(Vec::new());
        match self.registries.blob(&self.repository, config, &mut sink, &|_| {}).await {
            Ok(()) => Ok(Some(Found { bytes: sink.into_inner(), used: written.used(), version: None })),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed()(error)),
        }
    }

    async fn put(&self, name: &RecordName, record: &[u8], blobs: &[Blob], mode: Mode) -> Result<bool, StoreError> {
        // Registries have no condition on a tag. Of two that write at one moment, the later one stays, and both are whole.
        if mode == Mode::First && self.manifest(name).await?.is_some() {
            return Ok(false);
        }
        self.push(name, record, blobs).await.map(|()| true)
    }

    /// Once a day, the manifest is written anew with the time in it.
    async fn touch(&self, name: &RecordName, found: &Found) -> Result<(), StoreError> {
        if now().saturating_sub(found.used) < DAY / 2 {
            return Ok(());
        }
        match self.manifest(name).await? {
            Some((_, written)) if written.used() == found.used => {
                let document = Bytes::from(written.with_used(now()));
                let version = Version::Tag(tag(name));
                self.registries.push_manifest(&self.repository, &version, MANIFEST, &document).await.map_err(self.failed())?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn delete(&self, name: &RecordName) -> Result<(), StoreError> {
        let Some((digest, _)) = self.manifest(name).await? else { return Ok(()) };
        self.registries.delete_manifest(&self.repository, &digest).await.map_err(self.failed())
    }

    async fn list(&self, within: Within<'_>) -> Result<Vec<Listed>, StoreError> {
        let tags = match self.registries.tags(&self.repository).await {
            Err(Error::NotFound { .. }) => Vec::new(),
            tags => tags.map_err(self.failed())?,
        };
        let names = tags.iter().filter_map(|tag| parse(tag)).filter(|name| within.has(name));
        match within {
            // When each was used is not asked: that is a request for each.
            Within::Line(..) | Within::Area(_) => Ok(names.map(|name| Listed { name, used: 0 }).collect()),
            Within::Store => {
                let names: Vec<_> = names.collect();
                let mut reading = futures::stream::iter(names).map(|name| self.listed(name)).buffer_unordered(AT_ONCE);
                let mut listed = Vec::new();
                while let Some(one) = reading.next().await {
                    listed.extend(one?);
                }
                Ok(listed)
            }
        }
    }

    async fn source(&self, _: &Area, blob: &Blob) -> Result<Source, StoreError> {
        if self.relay {
            return Ok(Source::Here);
        }
        let digest = Digest::from_sha256(blob.digest.0);
        let direct = self.registries.direct_download(&self.repository, &digest).await.map_err(self.failed())?;
        Ok(direct.map_or(Source::Here, |direct| Source::Go(request(direct))))
    }

    async fn read(&self, _: &Area, blob: &Blob, offset: u64, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let fetch = |mut file: tokio::fs::File| async move {
            let blob = RegistryBlob { digest: Digest::from_sha256(blob.digest.0), size: blob.size };
            match self.registries.blob(&self.repository, &blob, &mut file, &|_| {}).await {
                Ok(()) => Ok(true),
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(self.failed()(error)),
            }
        };
        self.passing.read(blob, offset, most, fetch).await
    }

    async fn has(&self, _: &Area, blob: &Blob) -> Result<bool, StoreError> {
        let blob = RegistryBlob { digest: Digest::from_sha256(blob.digest.0), size: blob.size };
        self.registries.has_blob(&self.repository, &blob).await.map_err(self.failed())
    }

    async fn target(&self, area: &Area, blob: &Blob) -> Result<Target, StoreError> {
        if self.relay {
            return Ok(if self.has(area, blob).await? { Target::Present } else { Target::Here });
        }
        let blob = RegistryBlob { digest: Digest::from_sha256(blob.digest.0), size: blob.size };
        Ok(match self.registries.direct_upload(&self.repository, &blob).await.map_err(self.failed())? {
            Upload::There => Target::Present,
            Upload::Direct(direct) => Target::Go(request(*direct)),
            Upload::Here => Target::Here,
        })
    }

    fn spool(&self, blob: Blob) -> Result<Spool, StoreError> {
        self.scratch.spool(blob)
    }

    async fn keep(&self, _: &Area, spool: Spool) -> Result<(), StoreError> {
        spool.check()?;
        let blob = RegistryBlob { digest: Digest::from_sha256(spool.blob().digest.0), size: spool.blob().size };
        let (content, quiet): (_, Arc<dyn Fn(u64) + Send + Sync>) = (Content::File(spool.path()), Arc::new(|_| {}));
        self.registries.push_blob(&self.repository, &blob, &content, quiet).await.map_err(self.failed())
    }

    async fn blobs(&self) -> Result<Option<Vec<ListedBlob>>, StoreError> {
        Ok(None)
    }

    /// The registry removes what no manifest names.
    async fn delete_blob(&self, _: &Area, _: &Sha256, _: u64) -> Result<(), StoreError> {
        Ok(())
    }

    async fn busy_since(&self) -> Result<u64, StoreError> {
        Ok(now().saturating_sub(DAY))
    }
}

fn request(direct: Direct) -> Request {
    let mut headers = Vec::new();
    headers.extend(direct.authorization.map(|value| ("authorization".to_owned(), value.expose_secret().to_owned())));
    headers.extend(direct.content_type.map(|value| ("content-type".to_owned(), value.to_owned())));
    Request { method: direct.method.to_owned(), url: direct.url, headers, certificates: direct.certificates }
}
