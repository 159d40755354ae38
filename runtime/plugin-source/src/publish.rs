//! Sending artifacts and their signatures to a registry.

use std::sync::Arc;

use windlass_artifact::blob::{Artifact, Descriptor};
use windlass_artifact::document::Document;
use windlass_artifact::layout::Beside;
use windlass_model::digest::Digest;
use windlass_registry::{Blob, Content, Registries, Repository, Version};

use crate::{Progress, SourceError};

/// Sends an artifact, what it refers to first, and names it by a tag last: a reader never finds half of it.
///
/// # Errors
/// When the registry does not take a part of it.
pub async fn push(
    registries: &Registries,
    to: (&Repository, &str),
    artifact: &Artifact,
    progress: &Progress,
) -> Result<Digest, SourceError> {
    let (repository, tag) = to;
    blobs(registries, repository, artifact, progress).await?;
    for manifest in &artifact.manifests {
        let descriptor = &manifest.descriptor;
        let version = Version::Digest(descriptor.digest.clone());
        registries.push_manifest(repository, &version, &descriptor.media_type, &manifest.bytes).await?;
    }
    let version = Version::Tag(tag.to_owned());
    Ok(registries.push_manifest(repository, &version, &artifact.root.descriptor.media_type, &artifact.root.bytes).await?)
}

/// Sends what is about an artifact of the repository, such as a signature.
///
/// # Errors
/// When the registry does not take it.
pub async fn push_beside(registries: &Registries, repository: &Repository, beside: &Beside) -> Result<(), SourceError> {
    match beside {
        Beside::Referrer { subject, artifact } => push_referrer(registries, repository, subject, artifact).await,
        Beside::Tagged { tag, artifact } => push(registries, (repository, tag), artifact, &silent()).await.map(drop),
    }
}

fn silent() -> Progress {
    Arc::new(|_: &str, _, _| {})
}

/// Sends a manifest that refers to another one in the repository, such as a signature.
///
/// # Errors
/// When the registry does not take it.
pub async fn push_referrer(
    registries: &Registries,
    repository: &Repository,
    subject: &Digest,
    referrer: &Artifact,
) -> Result<(), SourceError> {
    blobs(registries, repository, referrer, &silent()).await?;
    let root = &referrer.root.descriptor;
    // A list of referrers says what each is, as its manifest does: readers look for signatures by that.
    let (artifact_type, annotations) = match Document::read(&referrer.root.bytes) {
        Ok(Document::Manifest(manifest)) => (manifest.artifact_type, manifest.annotations),
        Ok(Document::Index(_)) | Err(_) => (root.artifact_type.clone(), root.annotations.clone()),
    };
    let (media_type, digest, size) = (root.media_type.clone(), root.digest.clone(), root.size);
    let descriptor = windlass_registry::Descriptor { media_type, digest, size, artifact_type, annotations };
    Ok(registries.push_referrer(repository, subject, &descriptor, &referrer.root.bytes).await?)
}

async fn blobs(
    registries: &Registries,
    repository: &Repository,
    artifact: &Artifact,
    progress: &Progress,
) -> Result<(), SourceError> {
    for part in &artifact.blobs {
        let Descriptor { digest, size, .. } = &part.descriptor;
        let blob = Blob { digest: digest.clone(), size: *size };
        let (told, what, size) = (Arc::clone(progress), repository.to_string(), *size);
        let progress = Arc::new(move |sent| told(&what, sent, size));
        registries.push_blob(repository, &blob, &Content::Bytes(part.bytes.clone()), progress).await?;
    }
    Ok(())
}
