//! Images, as builds leave them and pushes take them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use windlass_model::digest::Digest;
use windlass_model::pattern::Pattern;

/// An image: of an earlier step, or one that is expected.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Built {
    #[serde(with = "serde_yaml::with::singleton_map")]
    pub(crate) location: Location,
    #[serde(default)]
    pub(crate) references: Vec<String>,
    #[serde(default, deserialize_with = "digest")]
    pub(crate) digest: Option<Digest>,
}

/// Where it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Location {
    Daemon(Pattern),
    Layout(Pattern),
    Pushed,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daemon(reference) => write!(f, "{{daemon: {}}}", reference.0),
            Self::Layout(path) => write!(f, "{{layout: {}}}", path.0),
            Self::Pushed => f.write_str("pushed"),
        }
    }
}

/// What a registry serves now.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pushed {
    pub(crate) reference: String,
    #[serde(default, deserialize_with = "digest")]
    pub(crate) digest: Option<Digest>,
}

fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| Digest::parse(&text).map_err(D::Error::custom)).transpose()
}
