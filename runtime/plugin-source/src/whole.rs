//! All that a reference leads to, to be copied: a plugin with its manifest, or a bundle with all of its plugins.

use std::collections::BTreeSet;

use windlass_artifact::blob::{Artifact, Blob, Descriptor};
use windlass_artifact::document::{Document, Manifest};
use windlass_artifact::media;
use windlass_model::digest::Digest;
use windlass_model::plugin_reference::RegistryReference;
use windlass_registry::Repository;

use crate::at_once::at_once;
use crate::pull::Root;
use crate::resolve::repository;
use crate::{PluginSource, SourceError};

/// An artifact of a registry, and where it lies.
#[derive(Debug)]
pub struct Whole {
    /// All of its parts.
    pub artifact: Artifact,
    /// Its repository.
    pub repository: Repository,
}

impl PluginSource {
    /// All of what a reference leads to, as the lock says where it does.
    ///
    /// # Errors
    /// As [`PluginSource::component`].
    pub async fn whole(&self, reference: &RegistryReference) -> Result<Whole, SourceError> {
        let written = format!("oci://{reference}");
        let pinned = self.pinned(&written).or_else(|| self.pinned_bundle(&written));
        let root = self.root(written, reference, pinned).await?;
        let artifact = self.parts(&root).await?;
        Ok(Whole { artifact, repository: repository(reference)? })
    }

    async fn parts(&self, root: &Root) -> Result<Artifact, SourceError> {
        let mut manifests = Vec::new();
        let (media_type, descriptors) = match document(&root.digest, &root.bytes)? {
            Document::Manifest(manifest) => (media::MANIFEST, blobs([*manifest])),
            Document::Index(index) => {
                let fetch = |entry: Descriptor| async move {
                    let bytes = self.document(root, &entry.digest).await?;
                    Ok(Blob { descriptor: entry, bytes })
                };
                manifests = at_once(index.manifests, fetch).await?;
                let read = |blob: &Blob| document(&blob.descriptor.digest, &blob.bytes);
                let read = manifests.iter().map(read).collect::<Result<Vec<_>, _>>()?;
                (media::INDEX, blobs(read.into_iter().filter_map(manifest)))
            }
        };
        let fetch = |descriptor: Descriptor| async move {
            let bytes = self.blob(root, &descriptor).await?;
            Ok(Blob { descriptor, bytes })
        };
        let blobs = at_once(descriptors, fetch).await?;
        let descriptor = Descriptor::of(media_type, &root.bytes);
        Ok(Artifact { root: Blob { descriptor, bytes: root.bytes.clone() }, manifests, blobs })
    }
}

/// What these manifests describe, each content once.
fn blobs(manifests: impl IntoIterator<Item = Manifest>) -> Vec<Descriptor> {
    let mut known = BTreeSet::new();
    let all = manifests.into_iter().flat_map(|manifest| [manifest.config].into_iter().chain(manifest.layers));
    all.filter(|descriptor| known.insert(descriptor.digest.clone())).collect()
}

fn manifest(document: Document) -> Option<Manifest> {
    match document {
        Document::Manifest(manifest) => Some(*manifest),
        Document::Index(_) => None,
    }
}

fn document(digest: &Digest, bytes: &[u8]) -> Result<Document, SourceError> {
    Document::read(bytes).map_err(|source| SourceError::Document { digest: digest.clone(), source })
}
