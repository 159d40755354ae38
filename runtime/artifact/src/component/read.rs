//! Reading what others have pushed: a manifest is taken for a plugin by the content of its layer, and not by what it says of itself.
//!
//! `wkg` and windlass write the types of the guide, `oras` writes whatever it was told, registries with a list of allowed types hold
//! those of container images. What all have in common is one layer that is a component.

use std::collections::BTreeMap;

use windlass_model::digest::Digest;
use windlass_model::text::shortened;

use crate::blob::{BlobError, Descriptor, MAX_COMPONENT, MAX_DOCUMENT};
use crate::document::{Document, DocumentError};
use crate::media;

/// The manifest of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentManifest {
    /// Its digest.
    pub digest: Digest,
    /// Its configuration. Nothing in it is of use: what counts stands in the component.
    pub config: Descriptor,
    /// The component.
    pub layer: Descriptor,
    /// What the manifest says of itself.
    pub annotations: BTreeMap<String, String>,
}

/// Why an artifact is not taken for a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is no manifest.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It is several.
    #[error("it is an index of {0} manifests (a bundle, or an image for several platforms), and one plugin is needed")]
    Index(usize),
    /// It is a signature or another statement about something.
    #[error("it is about another artifact ({0}), as signatures are, and no plugin")]
    Referrer(Digest),
    /// It is an image of several layers, or an artifact of several files.
    #[error("it has {0} layers, and a plugin has one, its component; a container image is no plugin")]
    Layers(usize),
    /// Its layer says that it is compressed.
    #[error("its layer is compressed (`{}`), and components are taken only as they are; push the `.wasm` itself", shortened(.0, 100))]
    CompressedType(String),
    /// The content is compressed.
    #[error("it is compressed ({0}), and components are taken only as they are; push the `.wasm` itself")]
    Compressed(&'static str),
    /// The content is a WebAssembly module.
    #[error(
        "it is a core module and not a component; link it with wasm-component-ld, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The content is an archive.
    #[error("it is a tar archive, as the layers of container images are, and not a component")]
    Archive,
    /// The content is something else.
    #[error("it is not a WebAssembly component")]
    NotWasm,
    /// Something is larger than is ever taken, or not what the manifest says.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl ComponentManifest {
    /// Reads a manifest. Its bytes are known to be what was asked for: whoever fetched them has checked their digest.
    ///
    /// # Errors
    /// When it is no manifest, or not of one plugin.
    pub fn read(bytes: &[u8]) -> Result<Self, ManifestError> {
        let manifest = match Document::read(bytes)? {
            Document::Manifest(manifest) => manifest,
            Document::Index(index) => return Err(ManifestError::Index(index.manifests.len())),
        };
        if let Some(subject) = manifest.subject {
            return Err(ManifestError::Referrer(subject.digest));
        }
        let layer = match <[Descriptor; 1]>::try_from(manifest.layers) {
            Ok([layer]) => layer,
            Err(layers) => return Err(ManifestError::Layers(layers.len())),
        };
        if media::is_compressed(&layer.media_type) {
            return Err(ManifestError::CompressedType(layer.media_type));
        }
        layer.within(MAX_COMPONENT)?;
        manifest.config.within(MAX_DOCUMENT)?;
        Ok(Self { digest: Digest::of(bytes), config: manifest.config, layer, annotations: manifest.annotations })
    }

    /// Checks what came for the layer: that it is what the manifest says, and a component.
    ///
    /// # Errors
    /// When it is another content, or no component.
    pub fn check(&self, component: &[u8]) -> Result<(), ManifestError> {
        self.layer.check(component)?;
        check_content(component)
    }
}

/// Whether bytes are a component, by how they begin. Nothing is unpacked to find out.
///
/// # Errors
/// When they are something else; what, is told where it is known.
pub fn check_content(bytes: &[u8]) -> Result<(), ManifestError> {
    /// What compressed files begin with.
    const COMPRESSED: [(&[u8], &str); 5] =
        [(b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip")];
    if wasmparser::Parser::is_component(bytes) {
        return Ok(());
    }
    if let Some((_, way)) = COMPRESSED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ManifestError::Compressed(way));
    }
    if bytes.starts_with(b"\0asm") {
        return Err(ManifestError::CoreModule);
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Err(ManifestError::Archive);
    }
    Err(ManifestError::NotWasm)
}
