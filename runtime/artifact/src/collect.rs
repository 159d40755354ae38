//! Everything that an artifact consists of, from wherever its parts are: to push it, to copy it, to keep it.

use bytes::Bytes;
use windlass_model::digest::Digest;

use crate::blob::{Artifact, Blob, Descriptor, MAX_COMPONENT, MAX_DOCUMENT};
use crate::document::{Document, DocumentError, Manifest};

/// Why the parts of an artifact cannot be brought together.
#[derive(Debug, thiserror::Error)]
pub enum CollectError<E> {
    /// A part could not be had.
    #[error(transparent)]
    Fetch(E),
    /// A part that should be a manifest is none.
    #[error("{digest}: {source}")]
    Document {
        /// The part.
        digest: Digest,
        /// Why not.
        source: DocumentError,
    },
    /// An index is in an index.
    #[error("{0} is an index in an index, which no artifact of windlass has")]
    Nested(Digest),
}

impl Artifact {
    /// Brings the parts together. `fetch` gets content of at most so many bytes, and has checked it against its digest.
    ///
    /// # Errors
    /// When a part cannot be had, or a document cannot be read.
    pub fn collect<E>(
        root: &Descriptor,
        mut fetch: impl FnMut(&Descriptor, u64) -> Result<Bytes, E>,
    ) -> Result<Self, CollectError<E>> {
        let mut get = |descriptor: &Descriptor, most| {
            let bytes = fetch(descriptor, most).map_err(CollectError::Fetch)?;
            Ok(Blob { descriptor: descriptor.clone(), bytes })
        };
        let root = get(root, MAX_DOCUMENT)?;
        let (mut manifests, mut blobs) = (Vec::new(), Vec::new());
        match read(&root)? {
            Document::Manifest(manifest) => parts(&manifest, &mut blobs, &mut get)?,
            Document::Index(index) => {
                for entry in &index.manifests {
                    let blob = get(entry, MAX_DOCUMENT)?;
                    match read(&blob)? {
                        Document::Manifest(manifest) => parts(&manifest, &mut blobs, &mut get)?,
                        Document::Index(_) => return Err(CollectError::Nested(entry.digest.clone())),
                    }
                    manifests.push(blob);
                }
            }
        }
        Ok(Self { root, manifests, blobs })
    }
}

fn read<E>(blob: &Blob) -> Result<Document, CollectError<E>> {
    let digest = || blob.descriptor.digest.clone();
    Document::read(&blob.bytes).map_err(|source| CollectError::Document { digest: digest(), source })
}

/// What a manifest refers to, each content once.
fn parts<E>(
    manifest: &Manifest,
    blobs: &mut Vec<Blob>,
    get: &mut impl FnMut(&Descriptor, u64) -> Result<Blob, CollectError<E>>,
) -> Result<(), CollectError<E>> {
    for part in [&manifest.config].into_iter().chain(&manifest.layers) {
        if blobs.iter().all(|blob| blob.descriptor.digest != part.digest) {
            blobs.push(get(part, MAX_COMPONENT)?);
        }
    }
    Ok(())
}
