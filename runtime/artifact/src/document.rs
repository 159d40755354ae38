//! The two documents that refer to content: an image manifest and an image index.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use windlass_model::text::{self, shortened};

use crate::blob::{Blob, Descriptor, MAX_DOCUMENT, or_default};
use crate::media;

/// An image manifest: one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// What the artifact is, where its configuration does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The content.
    pub layers: Vec<Descriptor>,
    /// Of a signature: the manifest that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
}

/// An image index: several manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// What the whole is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The manifests.
    #[serde(deserialize_with = "or_default")]
    pub manifests: Vec<Descriptor>,
    /// What it says of itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// One artifact.
    Manifest(Box<Manifest>),
    /// Several.
    Index(Index),
}

/// Why bytes are neither a manifest nor an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// More than is ever read.
    #[error("it has {}, and a manifest has at most {}", text::size(*.0), text::size(MAX_DOCUMENT))]
    TooLarge(u64),
    /// Not JSON, or not the members that it takes.
    #[error("it is no OCI manifest: {}", shortened(.0, 200))]
    Syntax(String),
    /// A manifest and an index at once, which each reader would take for something else.
    #[error("it is a manifest and an index at once (`layers` and `manifests`), so that it means something else to each reader")]
    Both,
    /// It says of itself that it is something else.
    #[error("it says that it is `{}`; windlass takes OCI manifests and indexes", shortened(.0, 100))]
    Type(String),
    /// A form of the document that is not known.
    #[error("it is a manifest of form {0}, and only form 2 is known")]
    Version(u64),
}

/// What tells the two apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    schema_version: Option<u64>,
    media_type: Option<String>,
    layers: Option<IgnoredAny>,
    manifests: Option<IgnoredAny>,
}

impl Document {
    /// Reads either.
    ///
    /// # Errors
    /// When the bytes are too many, or are neither.
    pub fn read(bytes: &[u8]) -> Result<Self, DocumentError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > MAX_DOCUMENT {
            return Err(DocumentError::TooLarge(length));
        }
        let syntax = |error: serde_json::Error| DocumentError::Syntax(error.to_string());
        let shape: Shape = serde_json::from_slice(bytes).map_err(syntax)?;
        match shape.schema_version {
            Some(2) => {}
            other => return Err(DocumentError::Version(other.unwrap_or_default())),
        }
        let is_index = match (&shape.layers, &shape.manifests) {
            (Some(_), Some(_)) => return Err(DocumentError::Both),
            (_, manifests) => manifests.is_some(),
        };
        let expected = if is_index { media::INDEX } else { media::MANIFEST };
        match shape.media_type {
            Some(other) if other != expected => return Err(DocumentError::Type(other)),
            _ => {}
        }
        if is_index {
            serde_json::from_slice(bytes).map(Self::Index).map_err(syntax)
        } else {
            serde_json::from_slice(bytes).map(|manifest| Self::Manifest(Box::new(manifest))).map_err(syntax)
        }
    }
}

impl Manifest {
    pub(crate) fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media::MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
        }
    }

    pub(crate) fn blob(&self) -> Blob {
        Blob::json(media::MANIFEST, self)
    }
}

impl Index {
    pub(crate) fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            annotations: BTreeMap::new(),
        }
    }

    pub(crate) fn blob(&self) -> Blob {
        Blob::json(media::INDEX, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> DocumentError {
        match Document::read(text.as_bytes()) {
            Err(error) => error,
            Ok(document) => panic!("it was read: {document:?}"),
        }
    }

    #[test]
    fn what_is_no_manifest_is_told_in_its_own_words() {
        assert!(matches!(why("<html>"), DocumentError::Syntax(_)));
        assert!(matches!(why("[]"), DocumentError::Syntax(_)));
        assert!(matches!(why(r#"{"schemaVersion":2}"#), DocumentError::Syntax(_)), "no config");
        assert_eq!(why(r#"{"schemaVersion":1,"fsLayers":[]}"#), DocumentError::Version(1));
        assert_eq!(why("{}"), DocumentError::Version(0));
        assert_eq!(why(r#"{"schemaVersion":2,"layers":[],"manifests":[]}"#), DocumentError::Both);
        let docker = "application/vnd.docker.distribution.manifest.v2+json";
        assert_eq!(
            why(&format!(r#"{{"schemaVersion":2,"mediaType":"{docker}","layers":[]}}"#)),
            DocumentError::Type(docker.into())
        );
        let index = media::INDEX;
        assert_eq!(
            why(&format!(r#"{{"schemaVersion":2,"mediaType":"{index}","layers":[]}}"#)),
            DocumentError::Type(index.into())
        );
        let deep = format!(r#"{{"schemaVersion":2,"layers":{}"#, "[".repeat(1_000_000));
        assert!(matches!(why(&deep), DocumentError::Syntax(_)));
        let large = vec![b' '; usize::try_from(MAX_DOCUMENT).unwrap_or_default() + 1];
        assert_eq!(Document::read(&large), Err(DocumentError::TooLarge(MAX_DOCUMENT + 1)));
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let config = Descriptor::of(media::EMPTY, b"{}");
        let manifest = Manifest::new(config.clone(), vec![config]);
        assert_eq!(Document::read(&manifest.blob().bytes), Ok(Document::Manifest(Box::new(manifest.clone()))));
        let index = Index::new(vec![manifest.blob().descriptor]);
        assert_eq!(Document::read(&index.blob().bytes), Ok(Document::Index(index)));
    }
}
