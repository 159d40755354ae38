//! The settings document of a bundle: a manifest with one layer, a `windlass.yaml`.

use windlass_model::text;

use super::PackError;
use crate::blob::{Artifact, Blob, BlobError, Descriptor};
use crate::component::Form;
use crate::document::{Document, DocumentError, Manifest};
use crate::media;

/// The most bytes of settings.
pub const MAX_SETTINGS: u64 = 1 << 20;

/// The manifest of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The text.
    pub layer: Descriptor,
}

/// Why the settings of a bundle cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Their manifest is none.
    #[error("its settings: {0}")]
    Document(DocumentError),
    /// Their manifest is not one of settings.
    #[error("its settings are an artifact with {0} layers, and settings have one; pack the bundle again")]
    Layers(usize),
    /// What came is not what the manifest says, or too much.
    #[error("its settings: {0}")]
    Blob(BlobError),
    /// Not text.
    #[error("its settings are not text in UTF-8")]
    NotText,
}

pub(super) fn pack(settings: &str, form: Form) -> Result<Artifact, PackError> {
    let length = u64::try_from(settings.len()).unwrap_or(u64::MAX);
    if length > MAX_SETTINGS {
        return Err(PackError::Settings(length));
    }
    let (config_type, layer_type) = match form {
        Form::Standard => (media::EMPTY, media::SETTINGS),
        Form::Compat => (media::IMAGE_CONFIG, media::IMAGE_LAYER),
    };
    let config = Blob::new(config_type, "{}");
    let mut layer = Blob::new(layer_type, settings.to_owned());
    layer.descriptor.annotations = [(media::TITLE.to_owned(), "windlass.yaml".to_owned())].into();
    let mut manifest = Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]);
    manifest.artifact_type = (form == Form::Standard).then(|| media::SETTINGS.to_owned());
    Ok(Artifact { root: manifest.blob(), manifests: Vec::new(), blobs: vec![config, layer] })
}

impl Settings {
    /// Reads the manifest that a bundle names as that of its settings.
    ///
    /// # Errors
    /// When it is no manifest, or not one with a single layer of a size that settings may have.
    pub fn read(bytes: &[u8]) -> Result<Self, SettingsError> {
        let layers = match Document::read(bytes).map_err(SettingsError::Document)? {
            Document::Manifest(manifest) => manifest.layers,
            Document::Index(_) => return Err(SettingsError::Layers(0)),
        };
        let layer = match <[Descriptor; 1]>::try_from(layers) {
            Ok([layer]) => layer,
            Err(layers) => return Err(SettingsError::Layers(layers.len())),
        };
        layer.within(MAX_SETTINGS).map_err(SettingsError::Blob)?;
        Ok(Self { layer })
    }

    /// The text, of what came for the layer.
    ///
    /// # Errors
    /// When it is another content, or no text.
    pub fn text<'a>(&self, layer: &'a [u8]) -> Result<&'a str, SettingsError> {
        self.layer.check(layer).map_err(SettingsError::Blob)?;
        std::str::from_utf8(layer).map_err(|_| SettingsError::NotText)
    }
}

/// For people: how much there is of them.
impl std::fmt::Display for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "settings ({})", text::size(self.layer.size))
    }
}
