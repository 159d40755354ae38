//! Signatures that lie in a registry, beside what they are about.
//!
//! They are fetched once for a digest, into the store, and are verified from there by every later run.

use std::io::Cursor;

use bytes::Bytes;
use windlass_artifact::blob::{Artifact, Blob as Part, Descriptor, MAX_DOCUMENT};
use windlass_artifact::document::{Document, Manifest};
use windlass_artifact::media;
use windlass_artifact::signature::{MAX_SIGNATURE, Signature, layers, older_tag};
use windlass_model::digest::Digest;
use windlass_registry::{Blob, Error, Registries, Repository};

use crate::at_once::at_once;
use crate::pull::Root;
use crate::signers::{self, Heard, Signed, Vouched};
use crate::{PluginSource, SourceError};

/// The signatures of a digest, in the form that cosign writes now and in the one before.
///
/// # Errors
/// When the registry does not say which there are: that is not the same as none.
pub async fn signatures(
    registries: &Registries,
    repository: &Repository,
    digest: &Digest,
) -> Result<Vec<Signature>, SourceError> {
    let mut found = Vec::new();
    for manifest in manifests(registries, repository, digest).await? {
        for layer in layers(&manifest).unwrap_or_default() {
            let bytes = fetch(registries, repository, &layer.descriptor, MAX_SIGNATURE).await?;
            // What came is what its digest says, so nothing else can have come.
            found.extend(layer.signature(bytes).ok());
        }
    }
    Ok(found)
}

/// A manifest that carries signatures, to be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// All of it.
    pub artifact: Artifact,
    /// The tag that says what it is about, where it does not say that itself.
    pub tag: Option<String>,
}

/// The manifests that carry them, whole, to be copied.
///
/// # Errors
/// As [`signatures`].
pub async fn referrers(registries: &Registries, repository: &Repository, digest: &Digest) -> Result<Vec<Attached>, SourceError> {
    let mut found = Vec::new();
    for bytes in manifests(registries, repository, digest).await? {
        let Ok(Document::Manifest(manifest)) = Document::read(&bytes) else { continue };
        let tag = manifest.subject.is_none().then(|| older_tag(digest));
        found.push(Attached { artifact: whole(registries, repository, bytes, &manifest).await?, tag });
    }
    Ok(found)
}

/// The same for several documents, in their order.
///
/// # Errors
/// As [`signatures`].
pub async fn all_referrers(
    registries: &Registries,
    repository: &Repository,
    documents: impl IntoIterator<Item = &Digest>,
) -> Result<Vec<Attached>, SourceError> {
    let found = at_once(documents, |digest| referrers(registries, repository, digest)).await?;
    Ok(found.into_iter().flatten().collect())
}

impl PluginSource {
    /// The signatures of a document that lies in a registry: those that were fetched before, or were vendored with it, or else those that the
    /// registry has.
    pub(crate) async fn signed(&self, root: &Root, digest: &Digest) -> Result<Signed, SourceError> {
        let heard = |signatures| Signed { digest: digest.clone(), heard: Heard::Signatures(signatures) };
        let (store, vendored) = (self.store()?, self.vendored()?);
        let mut found = store.as_ref().map(|store| store.signatures(digest)).transpose()?.unwrap_or_default();
        let mut known = store.as_ref().is_some_and(|store| store.knows_signatures(digest)) && !self.settings.anew;
        if let Some(layout) = &vendored {
            found.extend(layout.signatures(digest)?);
            known |= layout.find_document(digest)?.is_some();
        }
        if known || self.settings.offline && !found.is_empty() {
            return Ok(heard(found));
        }
        if self.settings.offline {
            return Ok(Signed { digest: digest.clone(), heard: Heard::Nothing });
        }
        let (registries, repository) = (&self.settings.registries, &root.repository);
        let attached = referrers(registries, repository, digest).await?;
        for attached in &attached {
            let parts = |digest: &Digest| attached.artifact.blobs.iter().find(|blob| blob.descriptor.digest == *digest);
            for layer in layers(&attached.artifact.root.bytes).unwrap_or_default() {
                let bytes = parts(&layer.descriptor.digest).map(|blob| blob.bytes.clone());
                found.extend(bytes.and_then(|bytes| layer.signature(bytes).ok()));
            }
        }
        if let Some(store) = &store {
            store.attach_all(digest, attached.iter().map(|attached| &attached.artifact))?;
        }
        Ok(heard(found))
    }

    /// The signatures of what lies in a registry, where that is in somebody's reach: those of a bundle's index first, and those of a plugin's
    /// own manifest only where somebody has not signed the whole.
    pub(crate) async fn all_signed(&self, root: &Root, documents: &[&Digest]) -> Result<Vec<Signed>, SourceError> {
        let (signers, place) = (&self.settings.signers, root.repository.to_string());
        let mut signed = Vec::new();
        for digest in documents.iter().filter(|_| signers::reach(signers, &place)) {
            if signed.is_empty() || !signers::is_enough(signers, &place, &signed) {
                signed.push(self.signed(root, digest).await?);
            }
        }
        Ok(signed)
    }

    /// What the signers have to do with one of these documents.
    pub(crate) fn vouched(&self, root: &Root, signed: &[Signed]) -> Vouched {
        signers::judge(&self.settings.signers, &root.repository.to_string(), signed)
    }
}

async fn whole(
    registries: &Registries,
    repository: &Repository,
    bytes: Bytes,
    manifest: &Manifest,
) -> Result<Artifact, SourceError> {
    let mut blobs = Vec::new();
    for descriptor in [&manifest.config].into_iter().chain(&manifest.layers) {
        let bytes = fetch(registries, repository, descriptor, MAX_DOCUMENT).await?;
        blobs.push(Part { descriptor: descriptor.clone(), bytes });
    }
    let root = Part { descriptor: Descriptor::of(media::MANIFEST, &bytes), bytes };
    Ok(Artifact { root, manifests: Vec::new(), blobs })
}

async fn manifests(registries: &Registries, repository: &Repository, digest: &Digest) -> Result<Vec<Bytes>, SourceError> {
    let mut found = of_today(registries, repository, digest).await?;
    match registries.resolve(repository, &older_tag(digest)).await {
        Ok(older) => found.push(registries.manifest(repository, &older).await?.bytes),
        Err(Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(found)
}

async fn of_today(registries: &Registries, repository: &Repository, digest: &Digest) -> Result<Vec<Bytes>, SourceError> {
    let mut found = Vec::new();
    for referrer in registries.referrers(repository, digest, media::SIGSTORE_BUNDLE).await? {
        let bytes = registries.manifest(repository, &referrer.digest).await?.bytes;
        // Not every registry tells the kinds apart.
        if matches!(Document::read(&bytes), Ok(Document::Manifest(of)) if of.artifact_type.as_deref() == Some(media::SIGSTORE_BUNDLE))
        {
            found.push(bytes);
        }
    }
    Ok(found)
}

async fn fetch(
    registries: &Registries,
    repository: &Repository,
    descriptor: &Descriptor,
    most: u64,
) -> Result<Bytes, SourceError> {
    descriptor.within(most).map_err(windlass_plugin_store::store::StoreError::from)?;
    let mut sink = Cursor::new(Vec::new());
    let blob = Blob { digest: descriptor.digest.clone(), size: descriptor.size };
    registries.blob(repository, &blob, &mut sink, &|_| {}).await?;
    Ok(sink.into_inner().into())
}
