//! The archives that `docker save` writes, and builders that follow it: turned into OCI layouts.

mod contents;
mod layer;
mod plain;

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use crate::digest::Digest;
use crate::document::{Descriptor, MAX_MANIFEST, NewManifest, OCI_CONFIG, OCI_MANIFEST};
use crate::error::Error;
use crate::layout::NewLayout;
use contents::Contents;
use plain::Plain;

/// One entry of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: String,
    layers: Vec<String>,
}

/// An image's configuration, as far as layers are checked against it.
#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Vec<Digest>,
}

/// Makes the layout, and returns the digest of its manifest. The configuration keeps its bytes; a layer keeps them if it is
/// compressed, in spite of its name `layer.tar`.
pub(crate) fn convert(archive: &Path, directory: &Path) -> Result<Digest, Error> {
    let plain = Plain::of(archive)?;
    let contents = Contents::of(plain.path())?;
    let image = only_image(&contents)?;
    let bytes = contents.read(&image.config, MAX_MANIFEST)?;
    let config: Config = serde_json::from_slice(&bytes)
        .map_err(|problem| contents.broken(format!("{} is not an image's configuration: {problem}", image.config)))?;
    let diff_ids = config.rootfs.diff_ids;
    if diff_ids.len() != image.layers.len() {
        return Err(contents.broken(format!(
            "it has {} layers where its configuration names {}",
            image.layers.len(),
            diff_ids.len()
        )));
    }
    let layout = NewLayout::create(directory)?;
    let mut done: HashMap<(u64, u64), (Descriptor, Digest)> = HashMap::new();
    let mut layers = Vec::new();
    for (name, wanted) in image.layers.iter().zip(&diff_ids) {
        let place = contents.place(name)?;
        let (descriptor, diff_id) = match done.get(&place) {
            Some(known) => known.clone(),
            None => layer::convert(&contents, name, &layout)?,
        };
        if diff_id != *wanted {
            return Err(contents.broken(format!("layer {name} is {diff_id} where the configuration names {wanted}")));
        }
        layers.push(descriptor.clone());
        done.insert(place, (descriptor, diff_id));
    }
    let config = layout.document(&bytes, OCI_CONFIG)?;
    let manifest = NewManifest { schema_version: 2, media_type: OCI_MANIFEST, config, layers };
    let manifest = serde_json::to_vec(&manifest).map_err(|problem| contents.broken(problem.to_string()))?;
    let manifest = layout.document(&manifest, OCI_MANIFEST)?;
    layout.finish(manifest)
}

fn only_image(contents: &Contents) -> Result<Image, Error> {
    let bytes = contents.read("manifest.json", MAX_MANIFEST)?;
    let mut images: Vec<Image> = serde_json::from_slice(&bytes)
        .map_err(|problem| contents.broken(format!("its manifest.json is not a list of images: {problem}")))?;
    match (images.pop(), images.len()) {
        (Some(image), 0) => Ok(image),
        (Some(_), others) => Err(contents.broken(format!("it holds {} images; save one at a time", others + 1))),
        (None, _) => Err(contents.broken("it holds no image".to_owned())),
    }
}

#[cfg(test)]
mod tests;
