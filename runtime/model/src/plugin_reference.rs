//! How a step, an option or a setting names a plugin.

mod registry;

use std::fmt;

use serde::{Serialize, Serializer};

pub use registry::{RegistryReference, Version};

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PluginReference {
    /// One that windlass carries, by name.
    BuiltIn(String),
    /// On disk, relative to the file that names it: a component, an OCI layout, or a plugin in one. [`PluginReference::file`] makes one.
    File(String),
    /// In a registry: `oci://REGISTRY/REPOSITORY[:TAG|:RANGE][@DIGEST]`.
    Registry(Box<RegistryReference>),
    /// One of a bundle that the settings give a name: `BUNDLE/PLUGIN`.
    Member {
        /// The bundle's name under `bundles`.
        bundle: String,
        /// The plugin's name in it.
        plugin: String,
    },
}

/// Why a text names no plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPlugin {
    /// Nothing was given.
    #[error("the name of a plugin is empty")]
    Empty,
    /// The image reference behind `oci://` is none.
    #[error("`oci://{text}` names no plugin: {problem}")]
    Reference {
        /// What stands behind `oci://`.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl PluginReference {
    /// Reads what stands behind `uses:`: `oci://…`; `BUNDLE/PLUGIN`; a path, which begins with `.` or `/`, ends in `.wasm` or `.tar`, or
    /// has more than one `/`; or else a built-in's name.
    ///
    /// # Errors
    /// When it is empty, or what stands behind `oci://` follows no grammar.
    pub fn parse(text: &str) -> Result<Self, InvalidPlugin> {
        if text.is_empty() {
            return Err(InvalidPlugin::Empty);
        }
        if let Some(reference) = text.strip_prefix("oci://") {
            return RegistryReference::parse(reference).map(Box::new).map(Self::Registry);
        }
        let path = text.starts_with(['.', '/']) || text.ends_with(".wasm") || text.ends_with(".tar");
        match text.split_once('/') {
            None if !path => Ok(Self::BuiltIn(text.to_owned())),
            Some((bundle, plugin)) if !path && is_name(bundle) && is_name(plugin) => {
                Ok(Self::Member { bundle: bundle.to_owned(), plugin: plugin.to_owned() })
            }
            _ => Ok(Self::file(text)),
        }
    }

    /// A plugin on disk, by the one path that names it: `./plugins/../evil.wasm` is `./evil.wasm`, so that nobody takes it for one below
    /// `./plugins`.
    pub fn file(path: &str) -> Self {
        Self::File(crate::path::normal(path))
    }

    /// Where it lies, whatever its version.
    pub fn place(&self) -> String {
        match self {
            Self::Registry(reference) => format!("oci://{}", reference.name()),
            Self::BuiltIn(_) | Self::File(_) | Self::Member { .. } => self.to_string(),
        }
    }

    /// The same, were it made without [`PluginReference::file`].
    #[must_use]
    pub fn normal(&self) -> Self {
        match self {
            Self::File(path) => Self::file(path),
            Self::BuiltIn(_) | Self::Registry(_) | Self::Member { .. } => self.clone(),
        }
    }
}

/// Whether a text can name a bundle, or a plugin in one: 1 to 64 letters, digits, `-`, `_` and `.`, the first a letter or digit. No path can
/// be written with these alone.
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain)
}

/// As it stands behind `uses:`.
impl fmt::Display for PluginReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(text) | Self::File(text) => f.write_str(text),
            Self::Registry(reference) => write!(f, "oci://{reference}"),
            Self::Member { bundle, plugin } => write!(f, "{bundle}/{plugin}"),
        }
    }
}

/// With its kind, as plans show it: `{"built_in": "shell"}`, `{"member": "corp/scan"}`.
impl Serialize for PluginReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let variant = |at, name, value: &str| serializer.serialize_newtype_variant("PluginReference", at, name, value);
        match self {
            Self::BuiltIn(name) => variant(0, "built_in", name),
            Self::File(path) => variant(1, "file", path),
            Self::Registry(reference) => variant(2, "registry", &reference.to_string()),
            Self::Member { .. } => variant(3, "member", &self.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_named_in_four_ways() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let member = |bundle: &str, plugin: &str| PluginReference::Member { bundle: bundle.into(), plugin: plugin.into() };
        for (text, expected) in [
            ("shell", PluginReference::BuiltIn("shell".into())),
            ("corp/scan", member("corp", "scan")),
            ("corp/scan.sh", member("corp", "scan.sh")),
            ("scan.wasm", PluginReference::file("scan.wasm")),
            ("plugins/scan.wasm", PluginReference::file("plugins/scan.wasm")),
            ("./bundle/scan", PluginReference::file("./bundle/scan")),
            ("bundle.tar", PluginReference::file("bundle.tar")),
            ("../corp", PluginReference::file("../corp")),
            ("a/b/c", PluginReference::file("a/b/c")),
            ("corp/", PluginReference::file("corp/")),
            ("corp/sc an", PluginReference::file("corp/sc an")),
        ] {
            assert_eq!(PluginReference::parse(text), Ok(expected), "{text}");
        }
        for text in ["ghcr.io/acme/notify:1.4.0", "r.corp/a:^3", "localhost:5000/a", &format!("r.corp/a:1@{digest}")] {
            let text = format!("oci://{text}");
            let read = PluginReference::parse(&text).unwrap_or_else(|error| panic!("{error}"));
            assert!(matches!(read, PluginReference::Registry(_)), "{text}");
            assert_eq!(read.to_string(), text);
        }
        assert_eq!(PluginReference::parse(""), Err(InvalidPlugin::Empty));
    }
}
