//! References to images: `HOST/NAME:TAG`, and what docker lets people leave out.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::digest::Digest;
use crate::error::Error;

/// The host part of references to Docker Hub, which they may leave out.
pub(crate) const DOCKER_HUB: &str = "docker.io";

/// A repository of a registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Repository {
    /// The host with its port, as references write it.
    pub(crate) host: String,
    /// The name within the registry.
    pub(crate) name: String,
}

/// What a reference points at within its repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Tag(String),
    Digest(Digest),
}

/// A whole reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// As it was given.
    pub(crate) text: String,
    pub(crate) repository: Repository,
    pub(crate) target: Target,
}

impl Repository {
    /// Where the registry is reached: Docker Hub's is not at the host of its references.
    pub(crate) fn address(&self) -> &str {
        if self.host == DOCKER_HUB { "registry-1.docker.io" } else { &self.host }
    }
}

/// Whether a host (with or without port) is this machine or pod itself, which docker reaches without TLS.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or(host) };
    bare == "localhost" || bare.starts_with("[::1]") || bare.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (host, name) = match text.split_once('/') {
            Some((host, name)) if host.contains(['.', ':']) || host == "localhost" => (host, name.to_owned()),
            Some(_) => (DOCKER_HUB, text.to_owned()),
            None => (DOCKER_HUB, format!("library/{text}")),
        };
        let (host, name) = match host {
            "index.docker.io" | "registry-1.docker.io" | DOCKER_HUB if !name.contains('/') => {
                (DOCKER_HUB, format!("library/{name}"))
            }
            "index.docker.io" | "registry-1.docker.io" => (DOCKER_HUB, name),
            host => (host, name),
        };
        if !is_host(host) || !is_name(&name) {
            return Err(Error::Usage(format!(
                "{text:?} is not a repository: write HOST/NAME, the name in lower case, such as registry.example.com/team/app"
            )));
        }
        Ok(Self { host: host.to_owned(), name })
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest = digest.parse().map_err(|problem| Error::Usage(format!("reference {text:?}: {problem}")))?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let name = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest.get(name..).and_then(|last| last.find(':')) {
            Some(colon) => rest.split_at(name + colon),
            None => (rest, ""),
        };
        let tag = tag.strip_prefix(':');
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(Error::Usage(format!(
                "reference {text:?}: the tag after ':' has letters, digits, '_', '.' and '-', begins with none of the last two, \
                 and is at most 128 long"
            )));
        }
        let repository = repository.parse().map_err(|_| {
            Error::Usage(format!(
                "{text:?} is not an image reference: write HOST/NAME:TAG, the name in lower case, such as \
                 registry.example.com/team/app:1.0"
            ))
        })?;
        let target = digest.map_or_else(|| Target::Tag(tag.unwrap_or("latest").to_owned()), Target::Digest);
        Ok(Self { text: text.to_owned(), repository, target })
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
}

fn is_name(text: &str) -> bool {
    text.len() <= 255
        && text.split('/').all(|part| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            part.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
                && part.bytes().next().is_some_and(plain)
                && part.bytes().last().is_some_and(plain)
        })
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => f.write_str(tag),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_lets_people_leave_out_is_filled_in() {
        for (text, host, name, target) in [
            ("busybox", "docker.io", "library/busybox", "latest"),
            ("docker.io/busybox:1", "docker.io", "library/busybox", "1"),
            ("index.docker.io/a/b", "docker.io", "a/b", "latest"),
            ("team/app:v1", "docker.io", "team/app", "v1"),
            ("localhost/app", "localhost", "app", "latest"),
            ("127.0.0.1:5000/a/b.c/d-e_f:T.1", "127.0.0.1:5000", "a/b.c/d-e_f", "T.1"),
            ("[::1]:5000/a:1", "[::1]:5000", "a", "1"),
        ] {
            let reference: Reference = text.parse().unwrap();
            let found = (reference.repository.host.as_str(), reference.repository.name.as_str(), reference.target.to_string());
            assert_eq!(found, (host, name, target.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_digest_wins_over_a_tag() {
        let digest = Digest::of(b"x");
        let reference: Reference = format!("gcr.io/p/a:1@{digest}").parse().unwrap();
        assert_eq!(reference.target, Target::Digest(digest));
        assert_eq!(reference.repository.name, "p/a");
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in
            ["", "App", "gcr.io/", "gcr.io//a", "a:", "a:-x", "a b", "gcr.io/a@sha256:1", "https://gcr.io/a", "gcr.io/a?b"]
        {
            assert_eq!(text.parse::<Reference>().map_err(|e| e.exit_code()), Err(2), "{text}");
        }
    }

    #[test]
    fn loopback_is_this_machine() {
        for host in ["localhost", "localhost:5000", "127.0.0.1", "127.9.9.9:1", "[::1]:80"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example.com", "128.0.0.1", "gcr.io", "127.0.0.1.example.com"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
