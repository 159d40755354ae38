//! One plugin as an image manifest, in the layout of the CNCF's guide: a configuration, and one layer, which is the component.
//!
//! The manifest is made of nothing but the component and what the component's own manifest section says, so that whoever has the bare
//! `.wasm` can make it again and verify a signature over its digest. Only a time of making ([`Options::created`]) that is not the epoch
//! breaks that.

mod read;
mod world;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use windlass_model::digest::Digest;
use windlass_model::plugin::PluginKind;
use windlass_model::text;

use crate::blob::{Artifact, Blob, MAX_COMPONENT, Platform};
use crate::document::Manifest;
use crate::media;
use crate::name::{self, InvalidName};
pub use read::{ComponentManifest, ManifestError, check_content};
pub use world::{World, WorldError};

/// What a plugin says of itself in its component.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// One sentence.
    pub description: &'a str,
    /// Which kind of plugin it is.
    pub kind: PluginKind,
}

/// Which media types are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Those of the guide.
    #[default]
    Standard,
    /// Those of a container image, for registries that take no others. The content is the same, and the digest is another. skopeo compresses
    /// what it takes for a layer of an image, and is to be told `--preserve-digests`; oras and crane copy it as it is.
    Compat,
}

/// How a manifest is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Which media types it has.
    pub form: Form,
    /// When it says that it was made, in seconds since 1970: `SOURCE_DATE_EPOCH`, or 0.
    pub created: i64,
}

/// A plugin that is ready to be pushed, written or put into a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its manifest, configuration and component.
    pub artifact: Artifact,
}

/// Why a component cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Its name would not do as one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// It is too large.
    #[error("the component has {}, and at most {} are taken", text::size(*.0), text::size(MAX_COMPONENT))]
    TooLarge(u64),
    /// It is none.
    #[error(transparent)]
    Content(#[from] ManifestError),
    /// What it imports and exports cannot be read.
    #[error(transparent)]
    World(#[from] WorldError),
    /// No such time.
    #[error("{0} is not a time: SOURCE_DATE_EPOCH counts seconds since 1970, up to the year 9999")]
    Created(i64),
}

/// `application/vnd.wasm.config.v0+json`, and at once a configuration of a container image: registries that know that type look for
/// `rootfs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    created: String,
    architecture: &'static str,
    os: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rootfs: Option<RootFs<'a>>,
    layer_digests: [&'a Digest; 1],
    component: World,
}

#[derive(Serialize)]
struct RootFs<'a> {
    r#type: &'static str,
    diff_ids: [&'a Digest; 1],
}

/// What a component runs on. The guide asks for `wasip2` also where nothing of WASI is imported.
pub(crate) fn platform() -> Platform {
    Platform { architecture: "wasm".to_owned(), os: "wasip2".to_owned() }
}

impl Component {
    /// Packs a component.
    ///
    /// # Errors
    /// When the bytes are no component, are too large, or the name cannot be one.
    pub fn pack(bytes: impl Into<Bytes>, about: &About<'_>, options: &Options) -> Result<Self, PackError> {
        let bytes = bytes.into();
        name::check(about.name)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > MAX_COMPONENT {
            return Err(PackError::TooLarge(length));
        }
        check_content(&bytes)?;
        let world = World::of(&bytes)?;
        let created = jiff::Timestamp::from_second(options.created).map_err(|_| PackError::Created(options.created))?;
        let compat = options.form == Form::Compat;
        let (config_type, layer_type) =
            if compat { (media::IMAGE_CONFIG, media::IMAGE_LAYER) } else { (media::WASM_CONFIG, media::WASM) };
        let mut layer = Blob::new(layer_type, bytes);
        layer.descriptor.annotations = [(media::TITLE.to_owned(), format!("{}.wasm", about.name))].into();
        let digest = &layer.descriptor.digest;
        let config = Config {
            created: created.to_string(),
            architecture: "wasm",
            os: "wasip2",
            rootfs: compat.then_some(RootFs { r#type: "layers", diff_ids: [digest] }),
            layer_digests: [digest],
            component: world,
        };
        let config = Blob::json(config_type, &config);
        let mut manifest = Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]);
        manifest.annotations = annotations(about);
        let artifact = Artifact { root: manifest.blob(), manifests: Vec::new(), blobs: vec![config, layer] };
        Ok(Self { name: about.name.to_owned(), artifact })
    }
}

fn annotations(about: &About<'_>) -> BTreeMap<String, String> {
    let kind = about.kind.to_string();
    [
        (media::TITLE, about.name),
        (media::VERSION, about.version),
        (media::DESCRIPTION, about.description),
        (media::PLUGIN_KIND, kind.as_str()),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .collect()
}

#[cfg(test)]
mod tests;
