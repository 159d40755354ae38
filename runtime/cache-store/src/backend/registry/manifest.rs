//! The manifest of a record.

use serde_json::{Value, json};
use windlass_model::digest::Digest;
use windlass_mover_client::protocol::Blob;
use windlass_registry::Blob as RegistryBlob;

use super::names::tag;
use crate::names::{Class, RecordName};

/// Its media type.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// What kind of artifact it is, and what it is made of.
struct Kind {
    artifact: &'static str,
    entry: &'static str,
    part: &'static str,
}

const CACHE: Kind = Kind {
    artifact: "application/vnd.windlass.cache.v1",
    entry: "application/vnd.windlass.cache.entry.v1",
    part: "application/vnd.windlass.cache.part.v1",
};
const COLLECTED: Kind = Kind {
    artifact: "application/vnd.windlass.artifacts.v1",
    entry: "application/vnd.windlass.artifacts.entry.v1",
    part: "application/vnd.windlass.artifacts.part.v1",
};

impl Kind {
    fn of(class: Class) -> &'static Self {
        match class {
            Class::Key | Class::Name | Class::Http => &CACHE,
            Class::Artifact => &COLLECTED,
        }
    }
}

/// When the entry was needed last, in milliseconds since 1970.
const USED: &str = "dev.windlass.cache.used";
/// The tag: no two records have one manifest, since it is by its digest that a registry removes one.
const PLACE: &str = "dev.windlass.cache.place";

/// Writes one.
pub(super) fn write(name: &RecordName, entry: &RegistryBlob, blobs: &[Blob], used: u64) -> Vec<u8> {
    let kind = Kind::of(name.class);
    let mut parts: Vec<&Blob> = Vec::new();
    for blob in blobs {
        if !parts.contains(&blob) {
            parts.push(blob);
        }
    }
    let part = |blob: &&Blob| json!({ "mediaType": kind.part, "digest": format!("sha256:{}", blob.digest), "size": blob.size });
    let document = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": kind.artifact,
        "config": { "mediaType": kind.entry, "digest": entry.digest, "size": entry.size },
        "layers": parts.iter().map(part).collect::<Vec<_>>(),
        "annotations": { USED: used.to_string(), PLACE: tag(name) },
    });
    document.to_string().into_bytes()
}

/// One that was read.
pub(super) struct Written {
    document: Value,
    config: RegistryBlob,
}

impl Written {
    /// Reads one; nothing when it is another kind of manifest.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(bytes).ok()?;
        let config = document.get("config")?;
        let kind = config.get("mediaType")?.as_str()?;
        let is_ours = [&CACHE, &COLLECTED].iter().any(|known| known.entry == kind);
        let digest = Digest::parse(config.get("digest")?.as_str()?).ok()?;
        let config = RegistryBlob { digest, size: config.get("size")?.as_u64()? };
        is_ours.then_some(Self { document, config })
    }

    /// The sealed entry.
    pub(super) fn config(&self) -> &RegistryBlob {
        &self.config
    }

    /// When it was needed last.
    pub(super) fn used(&self) -> u64 {
        let used = self.document.get("annotations").and_then(|all| all.get(USED)?.as_str());
        used.and_then(|used| used.parse().ok()).unwrap_or(0)
    }

    /// The same, needed at another time.
    pub(super) fn with_used(mut self, used: u64) -> Vec<u8> {
        if let Some(annotation) = self.document.get_mut("annotations").and_then(|all| all.get_mut(USED)) {
            *annotation = Value::String(used.to_string());
        }
        self.document.to_string().into_bytes()
    }
}
