//! Where artifacts lie, and what they are called there.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;

/// The host part of references to Docker Hub, which they may leave out.
const DOCKER_HUB: &str = "docker.io";

/// Where Docker Hub's registry is reached.
const DOCKER_HUB_ADDRESS: &str = "registry-1.docker.io";

/// A repository of a registry. It is made from an image reference, so its parts are valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    registry: String,
    name: String,
}

impl Repository {
    /// The repository of a reference; nothing while variables of it are still to be given.
    pub fn of(image: &ImageReference) -> Option<Self> {
        let registry = image.registry();
        if registry.is_empty() {
            return None;
        }
        let name = image.repository();
        if canonical(registry) != DOCKER_HUB {
            return Some(Self { registry: registry.to_owned(), name });
        }
        let name = if name.contains('/') { name } else { format!("library/{name}") };
        Some(Self { registry: DOCKER_HUB.to_owned(), name })
    }

    /// The registry's host as references write it, with its port if it has one.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name in that registry.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

/// A host as settings and credentials are looked up for it: Docker Hub has several names.
pub(crate) fn canonical(host: &str) -> &str {
    if matches!(host, "index.docker.io" | DOCKER_HUB_ADDRESS) { DOCKER_HUB } else { host }
}

/// The host that is spoken to.
pub(crate) fn address(host: &str) -> &str {
    if canonical(host) == DOCKER_HUB { DOCKER_HUB_ADDRESS } else { host }
}

/// What names a manifest in its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// A tag, which can move.
    Tag(String),
    /// A digest, which cannot.
    Digest(Digest),
}

impl Version {
    /// As it stands in the path of a request.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Tag(tag) => tag,
            Self::Digest(digest) => digest.as_str(),
        }
    }

    /// As a person writes it behind the repository.
    pub(crate) fn of(&self, repository: &Repository) -> String {
        match self {
            Self::Tag(tag) => format!("{repository}:{tag}"),
            Self::Digest(digest) => format!("{repository}@{digest}"),
        }
    }
}

/// Bytes that a registry keeps under their digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Their digest.
    pub digest: Digest,
    /// How many they are.
    pub size: u64,
}

/// What an index says of one of its manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// The manifest's media type.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What kind of artifact it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// What else its author says of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
}

/// `null` where a map is expected: the specification allows to leave it out, and some write it so.
fn or_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_hub_has_one_name() -> Result<(), windlass_model::image::InvalidImage> {
        for (text, repository) in [
            ("busybox", "docker.io/library/busybox"),
            ("index.docker.io/busybox:1", "docker.io/library/busybox"),
            ("registry-1.docker.io/corp/app", "docker.io/corp/app"),
            ("registry.corp:5000/app", "registry.corp:5000/app"),
        ] {
            let found = Repository::of(&ImageReference::parse(text)?).map(|repository| repository.to_string());
            assert_eq!(found.as_deref(), Some(repository), "{text}");
        }
        assert_eq!(Repository::of(&ImageReference::open("$REGISTRY/app")), None);
        assert_eq!((address("docker.io"), address("registry.corp")), (DOCKER_HUB_ADDRESS, "registry.corp"));
        Ok(())
    }
}
