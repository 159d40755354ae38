//! `oci://REGISTRY/REPOSITORY[:TAG|:RANGE][@DIGEST]`.

use std::fmt;
use std::hash::{Hash, Hasher};

use semver::VersionReq;

use super::InvalidPlugin;
use crate::digest::Digest;
use crate::image::ImageReference;

/// An artifact in a registry. It always names its registry: there is no hub for plugins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RegistryReference {
    /// Without a tag or a digest.
    name: ImageReference,
    version: Version,
    digest: Option<Digest>,
}

/// Which of the artifacts of a repository.
#[derive(Debug, Clone)]
pub enum Version {
    /// The one that this tag names.
    Tag(String),
    /// The newest release whose tag is a version in this range, which begins with one of `^~<>=*`.
    Range {
        /// As it was written.
        text: String,
        /// What it means.
        range: VersionReq,
    },
    /// No tag was written: `latest`, or the one of the digest.
    Unsaid,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Version {}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text().hash(state);
    }
}

impl Version {
    /// What stands behind the `:`; `None` when nothing does.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Tag(text) | Self::Range { text, .. } => Some(text),
            Self::Unsaid => None,
        }
    }
}

impl RegistryReference {
    /// Reads what stands behind `oci://`.
    ///
    /// # Errors
    /// When a part follows no grammar, or the registry is not written.
    pub fn parse(text: &str) -> Result<Self, InvalidPlugin> {
        let wrong = |problem: String| InvalidPlugin::Reference { text: text.to_owned(), problem };
        let (named, digest) = text.split_once('@').map_or((text, None), |(named, digest)| (named, Some(digest)));
        let (name, version) = split_range(named).map_or((named, None), |(name, range)| (name, Some(range)));
        let whole = digest.map_or_else(|| name.to_owned(), |digest| format!("{name}@{digest}"));
        let image = ImageReference::parse(&whole).map_err(|error| wrong(error.to_string()))?;
        if !image.to_string().starts_with(&format!("{}/", image.registry())) {
            return Err(wrong("write the registry's host first, as in `oci://registry.example/team/plugin:1.0.0`".into()));
        }
        let version = match version {
            Some(text) => {
                let range = text.parse().map_err(|error| wrong(format!("`{text}` is no range of versions: {error}")))?;
                Version::Range { text: text.to_owned(), range }
            }
            None => image.tag().map_or(Version::Unsaid, |tag| Version::Tag(tag.to_owned())),
        };
        let plain = format!("{}/{}", image.registry(), image.repository());
        let name = ImageReference::parse(&plain).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { name, version, digest: image.digest().cloned() })
    }

    /// The registry and the repository in it, without a tag or a digest.
    pub fn name(&self) -> &ImageReference {
        &self.name
    }

    /// Which of the repository's artifacts.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The manifest's digest, when it is written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}

/// The name and the range behind it; nothing where a tag or nothing stands. A tag cannot begin with what a range begins with.
fn split_range(named: &str) -> Option<(&str, &str)> {
    let at = named.find(":^").or_else(|| [":~", ":<", ":>", ":=", ":*"].iter().filter_map(|start| named.find(start)).min())?;
    Some((&named[..at], &named[at + 1..]))
}

impl fmt::Display for RegistryReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(text) = self.version.text() {
            write!(f, ":{text}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_tag_a_range_or_a_digest() {
        let read = |text: &str| RegistryReference::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let tagged = read("r.corp:5000/ci/windlass:3.2.0");
        assert_eq!((tagged.name().registry(), tagged.name().repository()), ("r.corp:5000", "ci/windlass".into()));
        assert_eq!(tagged.version(), &Version::Tag("3.2.0".into()));
        assert_eq!(read("r.corp/a").version(), &Version::Unsaid);
        for range in ["^3", "~1.2", ">=1.2, <2", "=1.0.0", "*", "<2.0.0"] {
            let read = read(&format!("r.corp:5000/ci/windlass:{range}"));
            assert!(matches!(read.version(), Version::Range { text, .. } if text == range), "{range}");
            assert_eq!(read.to_string(), format!("r.corp:5000/ci/windlass:{range}"));
        }
        let Version::Range { range, .. } = read("r.corp/a:^3").version().clone() else { panic!("it is a range") };
        assert!(range.matches(&semver::Version::new(3, 9, 0)) && !range.matches(&semver::Version::new(4, 0, 0)));
    }

    #[test]
    fn what_is_no_reference_says_why() {
        for (text, expected) in [
            ("acme/notify:1", "write the registry's host"),
            ("notify", "write the registry's host"),
            ("r.corp/A:1", "repository"),
            ("r.corp/a:", "tag"),
            ("r.corp/a:^x.y.z.w", "no range of versions"),
            ("r.corp/a@sha256:12", "digest"),
            ("r.corp/a/../b", "repository"),
            ("https://r.corp/a", "registry"),
        ] {
            let error = RegistryReference::parse(text).map_or_else(|error| error.to_string(), |read| panic!("{read:?}"));
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
