//! Image references as users and container engines write them.

use std::fmt;
use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::text::{LONGEST_NAME as LONGEST_SHOWN, shortened};

/// A reference to an image, such as `gcr.io/my-project/my-app:1` or `docker:dind`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct ImageReference {
    registry: Option<String>,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
    /// Variables in it are still to be given: the repository holds all of the text.
    open: bool,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidImage {
    /// Nothing was given.
    #[error("an image reference is empty")]
    Empty,
    /// A part does not follow the grammar of the distribution specification.
    #[error(
        "`{}` is not an image reference: its {part} `{}` is not valid",
        shortened(.text, LONGEST_SHOWN),
        shortened(.value, LONGEST_SHOWN)
    )]
    Part {
        /// The whole reference.
        text: String,
        /// Which part is wrong: registry, repository, tag or digest.
        part: &'static str,
        /// That part.
        value: String,
    },
}

impl ImageReference {
    /// Reads a reference.
    ///
    /// # Errors
    /// When a part does not follow the grammar of the distribution specification (an empty tag, capitals in the repository, …).
    pub fn parse(text: &str) -> Result<Self, InvalidImage> {
        if text.is_empty() {
            return Err(InvalidImage::Empty);
        }
        let wrong = |part, value: &str| InvalidImage::Part { text: text.into(), part, value: value.into() };
        let (rest, digest) = match text.split_once('@') {
            Some((rest, d)) => (rest, Some(Digest::parse(d).map_err(|_| wrong("digest", d))?)),
            None => (text, None),
        };
        let (registry, rest) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
            _ => (None, rest),
        };
        let (repository, tag) = match rest.split_once(':') {
            Some((repository, tag)) => (repository, Some(tag)),
            None => (rest, None),
        };
        if registry.is_some_and(|r| !valid_registry(r)) {
            return Err(wrong("registry", registry.unwrap_or_default()));
        }
        let name = registry.map_or(0, |registry| registry.len() + 1) + repository.len();
        if name > LONGEST_NAME || !repository.split('/').all(valid_component) {
            return Err(wrong("repository", repository));
        }
        if tag.is_some_and(|t| !is_tag(t)) {
            return Err(wrong("tag", tag.unwrap_or_default()));
        }
        let (registry, tag) = (registry.map(str::to_owned), tag.map(str::to_owned));
        Ok(Self { registry, repository: repository.to_owned(), tag, digest, open: false })
    }

    /// A reference with variables that are still to be given. It can be shown, and names no image.
    pub fn open(text: impl Into<String>) -> Self {
        Self { registry: None, repository: text.into(), tag: None, digest: None, open: true }
    }

    /// The registry host that serves the image; Docker Hub when none is written, empty while nobody can know.
    pub fn registry(&self) -> &str {
        if self.open {
            return "";
        }
        self.registry.as_deref().unwrap_or("docker.io")
    }

    /// The repository in that registry, with Docker Hub's implied `library/`.
    pub fn repository(&self) -> String {
        if self.registry() == "docker.io" && !self.repository.contains('/') {
            format!("library/{}", self.repository)
        } else {
            self.repository.clone()
        }
    }

    /// The tag, when one is written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, when one is written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The reference written out in full, as containerd and Podman store it: `docker.io/library/docker:dind`.
    pub fn canonical(&self) -> String {
        if self.open {
            return self.repository.clone();
        }
        let mut text = format!("{}/{}", self.registry(), self.repository());
        match (&self.tag, &self.digest) {
            (None, None) => text.push_str(":latest"),
            (tag, digest) => {
                if let Some(tag) = tag {
                    text.push(':');
                    text.push_str(tag);
                }
                if let Some(digest) = digest {
                    text.push('@');
                    text.push_str(digest.as_str());
                }
            }
        }
        text
    }
}

fn valid_registry(text: &str) -> bool {
    let port = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok() && (rest.is_empty() || rest.strip_prefix(':').is_some_and(port));
    }
    let (host, own_port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        inner && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(label) && own_port.is_none_or(port)
}

/// Characters of a name with its registry, by the specification.
const LONGEST_NAME: usize = 255;

/// Words of lower-case letters and digits with one separator between each two: `.`, `_`, `__`, or any number of `-`.
fn valid_component(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separator = |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|c| c == b'-');
    let bare = text.trim_matches(|c| !word(c)).len() == text.len();
    bare && !text.is_empty() && text.split(word).filter(|between| !between.is_empty()).all(separator)
}

/// Whether a text can be a tag, by the distribution specification.
pub fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.chars().next().is_some_and(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(registry) = &self.registry {
            write!(f, "{registry}/")?;
        }
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl From<ImageReference> for String {
    fn from(image: ImageReference) -> Self {
        image.to_string()
    }
}

impl<'de> Deserialize<'de> for ImageReference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_and_written_out_in_full() {
        for (text, canonical) in [
            ("docker", "docker.io/library/docker:latest"),
            ("docker:dind", "docker.io/library/docker:dind"),
            ("corp/app", "docker.io/corp/app:latest"),
            ("gcr.io/my-project/my-app:1", "gcr.io/my-project/my-app:1"),
            ("localhost:5000/app:v1", "localhost:5000/app:v1"),
            ("[fd00::7]:5000/app:v1", "[fd00::7]:5000/app:v1"),
            ("Registry.Corp/a--b/c__d.e_f", "Registry.Corp/a--b/c__d.e_f:latest"),
        ] {
            let image = ImageReference::parse(text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(image.canonical(), canonical);
            assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn an_open_reference_is_shown_as_it_is_written() {
        let image = ImageReference::open("$REGISTRY/app@${DIGEST}");
        assert_eq!(image.to_string(), "$REGISTRY/app@${DIGEST}");
        assert_eq!(image.canonical(), image.to_string());
        assert_eq!(image.registry(), "");
    }

    #[test]
    fn broken_references_name_the_part() {
        let long = format!("gcr.io/{}", "a".repeat(249));
        for (text, part) in [
            ("gcr.io/a:", "tag"),
            ("Docker", "repository"),
            ("a@sha256:12", "digest"),
            ("a//b", "repository"),
            ("a..b", "repository"),
            ("gcr.io/p/a._b", "repository"),
            ("a___b", "repository"),
            ("a-", "repository"),
            ("_a", "repository"),
            ("a/b.", "repository"),
            (&long, "repository"),
            ("gcr..io/a", "registry"),
            ("-gcr.io/a", "registry"),
            ("gcr.io:/a", "registry"),
            ("a:b:5/c", "registry"),
            ("[::g]:5/c", "registry"),
        ] {
            match ImageReference::parse(text) {
                Err(InvalidImage::Part { part: found, .. }) => assert_eq!(found, part, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
