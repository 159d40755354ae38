//! What a layout holds about one of its artifacts: signatures, in both of the ways in which they are kept.

use std::collections::BTreeSet;

use windlass_model::digest::Digest;

use super::{Layout, LayoutError};
use crate::blob::{Artifact, Descriptor};
use crate::document::{Document, Manifest};
use crate::media;
use crate::signature::{self, MAX_SIGNATURE, Signature};

/// The most referrers that are looked at; more than anybody writes, and less than keeps anybody waiting.
const MOST: usize = 1000;

/// Something about an artifact, beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// It says itself what it is about.
    Referrer {
        /// What that is.
        subject: Digest,
        /// All of it.
        artifact: Artifact,
    },
    /// Its tag says what it is about.
    Tagged {
        /// The tag.
        tag: String,
        /// All of it.
        artifact: Artifact,
    },
}

/// The tag under which registries without an API for it list what refers to an artifact (OCI distribution specification 1.1).
pub fn referrers_tag(digest: &Digest) -> String {
    digest.as_str().replace(':', "-")
}

impl Layout {
    /// The entries that are artifacts of their own: all but what refers to another artifact, and the lists of such, and but the parts of
    /// another one that have no name: some programs list those, too.
    pub(super) fn artifacts(&self) -> Result<Vec<Descriptor>, LayoutError> {
        let (mut artifacts, mut parts) = (Vec::new(), BTreeSet::new());
        for entry in self.entries() {
            let name = entry.annotation(media::REF_NAME).unwrap_or_default();
            if is_list(name) || self.manifest(entry)?.is_some_and(|manifest| manifest.subject.is_some()) {
                continue;
            }
            if entry.media_type == media::INDEX
                && let Document::Index(index) = self.parsed(entry)?
            {
                parts.extend(index.manifests.into_iter().map(|part| part.digest));
            }
            artifacts.push(entry.clone());
        }
        artifacts.retain(|entry| entry.annotation(media::REF_NAME).is_some() || !parts.contains(&entry.digest));
        Ok(artifacts)
    }

    /// What refers to an artifact, as its manifest has it: of one type, or of any. None is no proof that there was none: who could change the
    /// layout could leave signatures out.
    ///
    /// # Errors
    /// When a manifest in the layout is missing, was changed or cannot be read.
    pub fn referrers(&self, digest: &Digest, artifact_type: Option<&str>) -> Result<Vec<Descriptor>, LayoutError> {
        let tag = referrers_tag(digest);
        let mut candidates = Vec::new();
        for entry in self.entries() {
            if entry.annotation(media::REF_NAME) != Some(&tag) {
                candidates.push(entry.clone());
                continue;
            }
            // A copy of the list that a registry without the API has.
            if let Document::Index(index) = self.parsed(entry)? {
                candidates.extend(index.manifests);
            }
        }
        let mut found: Vec<Descriptor> = Vec::new();
        for candidate in candidates.into_iter().take(MOST) {
            let Some(manifest) = self.manifest(&candidate)? else { continue };
            let about = manifest.subject.as_ref().is_some_and(|subject| subject.digest == *digest);
            // An artifact that does not say what it is, is what its configuration is.
            let own = manifest.artifact_type.unwrap_or_else(|| manifest.config.media_type.clone());
            let wanted = artifact_type.is_none_or(|wanted| wanted == own);
            if about && wanted && found.iter().all(|other| other.digest != candidate.digest) {
                found.push(Descriptor { artifact_type: Some(own), ..candidate });
            }
        }
        Ok(found)
    }

    /// All that is here about an artifact and its parts, whole, to be copied: what refers to one of them, and signatures that name one by their
    /// tag, as cosign wrote them before version 3.
    ///
    /// # Errors
    /// As [`Layout::referrers`].
    pub fn beside(&self, artifact: &Artifact) -> Result<Vec<Beside>, LayoutError> {
        let parts = artifact.manifests.iter().map(|manifest| &manifest.descriptor.digest);
        let mut found = Vec::new();
        for subject in [artifact.digest()].into_iter().chain(parts) {
            for referrer in self.referrers(subject, None)? {
                found.push(Beside::Referrer { subject: subject.clone(), artifact: self.artifact(&referrer)? });
            }
            let tag = signature::older_tag(subject);
            for entry in self.entries().iter().filter(|entry| entry.annotation(media::REF_NAME) == Some(&tag)) {
                found.push(Beside::Tagged { tag: tag.clone(), artifact: self.artifact(entry)? });
            }
        }
        Ok(found)
    }

    /// The signatures of an artifact, in both forms. None of them is verified.
    ///
    /// # Errors
    /// As [`Layout::referrers`].
    pub fn signatures(&self, digest: &Digest) -> Result<Vec<Signature>, LayoutError> {
        let mut manifests = self.referrers(digest, Some(media::SIGSTORE_BUNDLE))?;
        let older = signature::older_tag(digest);
        manifests.extend(self.entries().iter().filter(|entry| entry.annotation(media::REF_NAME) == Some(&older)).cloned());
        let mut found = Vec::new();
        for manifest in manifests {
            let path = self.path.join(super::blob_name(&manifest.digest));
            let document = |source| LayoutError::Document { path, source };
            for layer in signature::layers(&self.document(&manifest)?).map_err(document)? {
                let bytes = self.blob(&layer.descriptor, MAX_SIGNATURE)?;
                let blob = |source| LayoutError::Blob { path: self.path.clone(), source };
                found.push(layer.signature(bytes).map_err(blob)?);
            }
        }
        Ok(found)
    }

    fn manifest(&self, entry: &Descriptor) -> Result<Option<Manifest>, LayoutError> {
        if entry.media_type != media::MANIFEST {
            return Ok(None);
        }
        match self.parsed(entry)? {
            Document::Manifest(manifest) => Ok(Some(*manifest)),
            Document::Index(_) => Ok(None),
        }
    }

    fn parsed(&self, entry: &Descriptor) -> Result<Document, LayoutError> {
        let bytes = self.document(entry)?;
        let path = self.path.join(super::blob_name(&entry.digest));
        Document::read(&bytes).map_err(|source| LayoutError::Document { path, source })
    }
}

/// Whether a name is one under which signatures are kept: `sha256-…`, or cosign's older `sha256-….sig`, `.att` and `.sbom`.
fn is_list(name: &str) -> bool {
    name.strip_prefix("sha256-").is_some_and(|rest| {
        let (hex, ending) = rest.split_at_checked(64).unwrap_or_default();
        hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) && matches!(ending, "" | ".sig" | ".att" | ".sbom")
    })
}
