//! What `plugin inspect` and `plugin diff` look at: one plugin, or a whole bundle.

use std::path::Path;

use serde::Serialize;
use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::digest::Digest;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Vouching;
use windlass_plugin_source::{Look, is_in_layout};

use super::place::{failed, reference};
use crate::args::{Global, PluginFiles};
use crate::failure::Failure;
use crate::plugins::Plugins;

/// One plugin, or a bundle.
pub(super) enum Subject {
    /// One plugin.
    Plugin(Box<PluginInfo>),
    /// A bundle.
    Bundle(Box<Bundle>),
}

/// A bundle with its plugins, none of which is run.
#[derive(Debug, Serialize)]
pub(super) struct Bundle {
    /// Where it was found, as it was named.
    pub(super) bundle: String,
    /// What it calls itself.
    pub(super) name: Option<String>,
    /// The version that it says it is.
    pub(super) version: Option<String>,
    /// The digest of its index.
    pub(super) digest: Digest,
    /// What the signers of the settings have to do with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) signers: Vec<Vouching>,
    /// Its plugins, by name.
    pub(super) plugins: Vec<PluginInfo>,
    /// Its settings as they are written.
    pub(super) settings: Option<String>,
}

/// Finds what each of the words names.
///
/// # Errors
/// When one of them is neither a plugin nor a bundle, or cannot be loaded.
pub(super) async fn find<const N: usize>(
    global: &Global,
    words: [&str; N],
    given: &PluginFiles,
) -> Result<[Subject; N], Failure> {
    // A bundle is found by a name; one that no settings name has what was written for a name.
    let written = words.iter().filter_map(|word| Some(((*word).to_owned(), place(word)?))).collect();
    let plugins = Plugins::of_here(global, given, written).await?;
    let mut found = Vec::new();
    for word in words {
        found.push(one(&plugins, word).await?);
    }
    found.try_into().map_err(|_| Failure::Bug)
}

/// Where a bundle lies that no settings name: a registry, or a path.
fn place(word: &str) -> Option<PluginReference> {
    match PluginReference::parse(word) {
        Ok(reference @ (PluginReference::Registry(_) | PluginReference::File(_))) => Some(reference),
        _ => is_in_layout(Path::new(word)).then(|| PluginReference::file(word)),
    }
}

async fn one(plugins: &Plugins, word: &str) -> Result<Subject, Failure> {
    let carried = plugins.names().iter().any(|name| name == word);
    if !carried
        && plugins.bundles().iter().any(|name| name == word)
        && let Some(look) = plugins.source().look(word).await.map_err(failed)?
    {
        return Ok(Subject::Bundle(Box::new(whole(plugins, word, look).await?)));
    }
    let reference = place(word).map_or_else(|| reference(word), Ok)?;
    Ok(Subject::Plugin(Box::new(plugins.inspect(&reference, Path::new(".")).await?)))
}

async fn whole(plugins: &Plugins, word: &str, look: Look) -> Result<Bundle, Failure> {
    let mut infos = Vec::new();
    for plugin in look.plugins {
        let reference = PluginReference::Member { bundle: word.to_owned(), plugin };
        infos.push(plugins.inspect(&reference, Path::new(".")).await?);
    }
    Ok(Bundle {
        bundle: word.to_owned(),
        name: look.title,
        version: look.version,
        digest: look.digest,
        signers: look.signers,
        plugins: infos,
        settings: look.settings,
    })
}
