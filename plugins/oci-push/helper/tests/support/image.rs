//! OCI layouts to push.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

pub(crate) const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A layout in a directory of its own.
pub(crate) struct Layout {
    directory: TempDir,
    /// Of the manifest that `index.json` names.
    pub(crate) digest: String,
    /// Of the layers, in the order they were given.
    pub(crate) layers: Vec<String>,
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Bytes that do not compress and differ by seed.
pub(crate) fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut block = Sha256::digest([seed]);
    let mut bytes = Vec::with_capacity(length + 32);
    while bytes.len() < length {
        bytes.extend(&block);
        block = Sha256::digest(block);
    }
    bytes.truncate(length);
    bytes
}

impl Layout {
    /// One image with these layers.
    pub(crate) fn of(media_type: &str, layers: &[&[u8]]) -> Self {
        let mut layout = Self { directory: tempfile::tempdir().unwrap(), digest: String::new(), layers: Vec::new() };
        fs::create_dir_all(layout.path().join("blobs/sha256")).unwrap();
        let manifest = layout.manifest(media_type, layers);
        layout.finish(manifest);
        layout
    }

    /// An index with an image for each layer.
    pub(crate) fn index(layers: &[&[u8]]) -> Self {
        let mut layout = Self::of(OCI, layers);
        let manifests: Vec<Value> = layers.iter().map(|layer| layout.manifest(OCI, &[layer])).collect();
        // Spaces and order as no serializer of ours would write them: the bytes must survive.
        let index = format!("{{\n  \"manifests\" : {},\n  \"schemaVersion\":2}}", serde_json::to_string(&manifests).unwrap());
        let descriptor = layout.blob(INDEX, index.as_bytes());
        layout.finish(descriptor);
        layout
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    pub(crate) fn blob_path(&self, digest: &str) -> PathBuf {
        self.path().join("blobs/sha256").join(digest.trim_start_matches("sha256:"))
    }

    fn manifest(&mut self, media_type: &str, layers: &[&[u8]]) -> Value {
        let config = self.blob("application/vnd.oci.image.config.v1+json", br#"{"architecture":"amd64","os":"linux"}"#);
        let layers: Vec<Value> =
            layers.iter().map(|layer| self.blob("application/vnd.oci.image.layer.v1.tar+gzip", layer)).collect();
        self.layers.extend(layers.iter().map(|layer| layer["digest"].as_str().unwrap().to_owned()));
        let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers});
        self.blob(media_type, manifest.to_string().as_bytes())
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = digest(bytes);
        fs::write(self.blob_path(&digest), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    }

    fn finish(&mut self, manifest: Value) {
        self.digest = manifest["digest"].as_str().unwrap().to_owned();
        fs::write(self.path().join("index.json"), json!({"schemaVersion": 2, "manifests": [manifest]}).to_string()).unwrap();
        fs::write(self.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        // What containerd leaves behind is no part of the image.
        fs::create_dir_all(self.path().join("ingest")).unwrap();
        fs::write(self.path().join("ingest/data"), "unfinished").unwrap();
    }
}
