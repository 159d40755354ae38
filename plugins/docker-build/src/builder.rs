//! Who builds: the daemon's classic builder or BuildKit.

use windlass_plugin_sdk::containers::Container;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::cache;

/// Who builds, as far as the request depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builder {
    /// Whoever docker takes: what is said to it is the same.
    Either,
    /// The daemon's own.
    Classic,
    /// BuildKit.
    BuildKit {
        /// `DOCKER_BUILDKIT` asks for it; docker takes the other by itself.
        asked: bool,
    },
}

/// The version from which the docker command needs buildx for BuildKit, and takes it by itself; before, BuildKit's client was part of it.
const BUILDX_NEEDED: u32 = 23;

impl Builder {
    /// Finds out who builds, or that nobody here can. The docker command is asked no more than it has to be: each question starts it once
    /// more, which takes some tens of milliseconds of processor time.
    pub(crate) fn choose(container: &Container, request: &BuildRequest) -> Result<Self, Error> {
        if buildkit_field(request).is_none() && !cache::is_used(request) {
            return Ok(Self::Either);
        }
        let (_, version) = container.command(["docker", "--version"]).output(4096)?;
        let version = String::from_utf8_lossy(&version).into_owned();
        let major = major(&version).ok_or_else(|| failed(format!("`docker --version` answered `{}`", version.trim())))?;
        Self::of(major, buildkit_field(request), || {
            let (buildx, _) = container.command(["docker", "buildx", "version"]).output(4096)?;
            Ok(buildx.success())
        })
    }

    /// Who builds with docker of that major version, for a request with a field that needs BuildKit or without one.
    fn of(major: u32, field: Option<&str>, has_buildx: impl FnOnce() -> Result<bool, Error>) -> Result<Self, Error> {
        if major < BUILDX_NEEDED {
            return Ok(match field {
                Some(_) => Self::BuildKit { asked: true },
                None => Self::Classic,
            });
        }
        match (field, has_buildx()?) {
            (_, true) => Ok(Self::BuildKit { asked: false }),
            (None, false) => Ok(Self::Classic),
            (Some(field), false) => Err(unsupported(
                field,
                format!(
                    "it needs BuildKit, and docker {major} in this container has no buildx; use an image that has it, such as docker:29-cli"
                ),
            )),
        }
    }
}

/// Whether the request says something that only BuildKit understands.
pub(crate) fn buildkit_field(request: &BuildRequest) -> Option<&'static str> {
    if !request.secrets.is_empty() {
        Some("secrets")
    } else if request.cache.to.is_some() && !cache::is_in_image(request) {
        Some("cache.to")
    } else if request.source_date_epoch.is_some() {
        Some("source_date_epoch")
    } else {
        None
    }
}

/// Reads `Docker version 20.10.24+dfsg1, build 297e128`.
fn major(text: &str) -> Option<u32> {
    text.split_once("version ")?.1.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_docker_and_debian_write_them() {
        assert_eq!(major("Docker version 20.10.24+dfsg1, build 297e128\n"), Some(20));
        assert_eq!(major("Docker version 29.0.1, build abcdef"), Some(29));
        assert_eq!(major("podman"), None);
    }

    #[test]
    fn buildkit_builds_where_docker_takes_it_or_the_request_needs_it() {
        let of = |major, field, buildx| Builder::of(major, field, || Ok(buildx)).ok();
        assert_eq!(of(20, None, true), Some(Builder::Classic));
        assert_eq!(of(20, Some("secrets"), false), Some(Builder::BuildKit { asked: true }));
        assert_eq!(of(29, None, true), Some(Builder::BuildKit { asked: false }));
        assert_eq!(of(29, None, false), Some(Builder::Classic));
        assert_eq!(of(29, Some("secrets"), true), Some(Builder::BuildKit { asked: false }));
        assert_eq!(of(29, Some("secrets"), false), None);
    }

    #[test]
    fn an_old_docker_is_not_asked_for_buildx() {
        let asked = || -> Result<bool, Error> { panic!("it was asked") };
        assert_eq!(Builder::of(20, None, asked).ok(), Some(Builder::Classic));
    }
}
