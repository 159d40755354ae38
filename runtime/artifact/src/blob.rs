//! Content by its digest.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use windlass_model::digest::Digest;
use windlass_model::text;

/// The most bytes of a component. Python components, the largest kind, have 20 MB.
pub const MAX_COMPONENT: u64 = 128 << 20;
/// The most bytes of a manifest, an index or a configuration, which is also what registries allow.
pub const MAX_DOCUMENT: u64 = 4 << 20;

/// What a document says of content that it refers to. Its members are in the order in which programs in Go write them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Its digest, which is its only name.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// What else is said of it. Nothing in it is to be trusted more than the document that says it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    /// Of an entry of an index: what it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Of a manifest: what the artifact is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

/// What an entry of an index runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `wasm`.
    pub architecture: String,
    /// `wasip2`.
    pub os: String,
}

/// Content is not what a document says of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// It has another length.
    #[error("{digest} has {found} bytes, and {expected} are expected; it was changed or cut on the way")]
    Size {
        /// Which content.
        digest: Digest,
        /// The length that the document says.
        expected: u64,
        /// The length that came.
        found: u64,
    },
    /// It has another digest.
    #[error(
        "what came as {expected} is {found}; it was changed on the way, or the place that it comes from is not to be trusted"
    )]
    Digest {
        /// The digest that the document says.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// It is more than is ever taken.
    #[error("{digest} has {}, and at most {} are taken", text::size(*.size), text::size(*.most))]
    TooLarge {
        /// Which content.
        digest: Digest,
        /// Its length, as the document says it.
        size: u64,
        /// The bound.
        most: u64,
    },
}

impl Descriptor {
    /// Of content that is at hand.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
        }
    }

    /// An annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(String::as_str)
    }

    /// Whether it may be fetched at all.
    ///
    /// # Errors
    /// When the document says that it has more than `most` bytes.
    pub fn within(&self, most: u64) -> Result<(), BlobError> {
        let size = self.size;
        if size > most { Err(BlobError::TooLarge { digest: self.digest.clone(), size, most }) } else { Ok(()) }
    }

    /// Whether these bytes are the content.
    ///
    /// # Errors
    /// When their length or their digest is another.
    pub fn check(&self, bytes: &[u8]) -> Result<(), BlobError> {
        let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if found != self.size {
            return Err(BlobError::Size { digest: self.digest.clone(), expected: self.size, found });
        }
        let found = Digest::of(bytes);
        if found != self.digest {
            return Err(BlobError::Digest { expected: self.digest.clone(), found });
        }
        Ok(())
    }
}

/// Content, with what documents say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// What is said of it.
    pub descriptor: Descriptor,
    /// The content.
    pub bytes: Bytes,
}

impl Blob {
    /// Describes content.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { descriptor: Descriptor::of(media_type, &bytes), bytes }
    }

    /// Describes a document, written without white space and as programs in Go write it, member by member and escape by escape: tools of
    /// registries read an index, write it anew and so change its digest, were it written in any other way.
    pub(crate) fn json(media_type: &str, document: &impl Serialize) -> Self {
        // Serialising plain data with text keys cannot fail.
        let mut text = serde_json::to_string(document).unwrap_or_default();
        // In JSON they stand in strings alone.
        for c in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
            if text.contains(c) {
                text = text.replace(c, &format!("\\u{:04x}", u32::from(c)));
            }
        }
        Self::new(media_type, text)
    }
}

/// A manifest or an index with everything that it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The document by whose digest the whole is known.
    pub root: Blob,
    /// Of an index: the manifests in it.
    pub manifests: Vec<Blob>,
    /// Configurations and layers.
    pub blobs: Vec<Blob>,
}

impl Artifact {
    /// The digest by which the whole is known: the one that is signed, locked and pulled.
    pub fn digest(&self) -> &Digest {
        &self.root.descriptor.digest
    }

    /// All of it, each after what it refers to: in the order in which a registry takes it.
    pub fn parts(&self) -> impl Iterator<Item = &Blob> {
        self.blobs.iter().chain(&self.manifests).chain([&self.root])
    }
}

/// `null` for nothing, as some writers have it.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_is_another_is_told_by_length_or_digest() {
        let blob = Blob::new("text/plain", "content");
        assert_eq!(blob.descriptor.check(b"content"), Ok(()));
        assert!(matches!(blob.descriptor.check(b"conten"), Err(BlobError::Size { expected: 7, found: 6, .. })));
        assert!(matches!(blob.descriptor.check(b"CONTENT"), Err(BlobError::Digest { .. })));
        assert_eq!(blob.descriptor.within(7), Ok(()));
        assert!(matches!(blob.descriptor.within(6), Err(BlobError::TooLarge { size: 7, most: 6, .. })));
    }

    #[test]
    fn annotations_may_be_null() -> Result<(), serde_json::Error> {
        let digest = Digest::of(b"");
        let text = format!(r#"{{"mediaType":"a","digest":"{digest}","size":0,"annotations":null,"data":"aGk="}}"#);
        assert_eq!(serde_json::from_str::<Descriptor>(&text)?, Descriptor::of("a", b""));
        assert!(serde_json::from_str::<Descriptor>(&text.replace("sha256:", "sha256:../")).is_err());
        Ok(())
    }
}
