//! Several plugins and the settings of an organisation as one artifact: an image index.
//!
//! Each plugin in it is the manifest that it also is alone ([`crate::component`]), so that it has one digest in every bundle, and tools
//! pull it by that. Who signs the index's digest has signed all of it. A bundle asks and never grants: what its settings say of powers is
//! for whoever trusts its signer to take or to leave.

mod read;
mod settings;

use std::collections::BTreeSet;

use windlass_model::text;

use crate::blob::Artifact;
use crate::component::{Component, Form, platform};
use crate::document::Index;
use crate::media;
pub use read::{Bundle, BundleError, Member};
pub use settings::{MAX_SETTINGS, Settings, SettingsError};

/// The most plugins of one bundle.
pub const MAX_MEMBERS: usize = 256;

/// The form of bundle that is written, and the only one that is read.
const FORM: &str = "v1";
/// The role of the entry that holds the settings.
const SETTINGS_ROLE: &str = "settings";

/// Why plugins cannot be packed into one bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Nothing to pack.
    #[error("a bundle without a plugin is of no use; name at least one")]
    Empty,
    /// Two of one name.
    #[error("two plugins are called `{0}`; each plugin of a bundle needs a name of its own, which its manifest gives it")]
    Twice(String),
    /// More than one bundle holds.
    #[error("{0} plugins are too many for one bundle, which holds at most {MAX_MEMBERS}")]
    TooMany(usize),
    /// The settings are too large.
    #[error("the settings have {}, and at most {} are taken", text::size(*.0), text::size(MAX_SETTINGS))]
    Settings(u64),
}

/// What a bundle says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// What it is called.
    pub title: Option<&'a str>,
    /// Its version.
    pub version: Option<&'a str>,
    /// One sentence.
    pub description: Option<&'a str>,
}

/// Packs plugins, and settings if there are some, into a bundle. The order of the plugins does not matter: they are sorted by name, and the
/// same plugins give the same digest.
///
/// # Errors
/// When two plugins have one name, or there are none or too many of them.
pub fn pack(
    plugins: impl IntoIterator<Item = Component>,
    settings: Option<&str>,
    about: &About<'_>,
    form: Form,
) -> Result<Artifact, PackError> {
    let mut plugins: Vec<Component> = plugins.into_iter().collect();
    match plugins.len() {
        0 => return Err(PackError::Empty),
        count if count > MAX_MEMBERS => return Err(PackError::TooMany(count)),
        _ => plugins.sort_by(|one, other| one.name.cmp(&other.name)),
    }
    let (mut entries, mut manifests, mut blobs) = (Vec::new(), Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for plugin in plugins {
        if !names.insert(plugin.name.clone()) {
            return Err(PackError::Twice(plugin.name));
        }
        let mut entry = plugin.artifact.root.descriptor.clone();
        entry.platform = Some(platform());
        entry.annotations.insert(media::PLUGIN_NAME.to_owned(), plugin.name);
        entries.push(entry);
        manifests.push(plugin.artifact.root);
        blobs.extend(plugin.artifact.blobs);
    }
    if let Some(text) = settings {
        let packed = settings::pack(text, form)?;
        let mut entry = packed.root.descriptor.clone();
        entry.annotations.insert(media::ROLE.to_owned(), SETTINGS_ROLE.to_owned());
        entries.push(entry);
        manifests.push(packed.root);
        blobs.extend(packed.blobs);
    }
    let mut index = Index::new(entries);
    let said = [
        (media::BUNDLE_FORM, Some(FORM)),
        (media::TITLE, about.title),
        (media::VERSION, about.version),
        (media::DESCRIPTION, about.description),
    ];
    index.annotations = said.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.to_owned()))).collect();
    Ok(Artifact { root: index.blob(), manifests, blobs })
}

#[cfg(test)]
mod tests;
