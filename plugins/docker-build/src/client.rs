//! What the docker command of a container can do.

use windlass_plugin_sdk::containers::Container;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::arguments::buildkit_field;

/// A docker command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its major version.
    pub(crate) major: u32,
    /// Whether it has the buildx component.
    pub(crate) buildx: bool,
}

/// The version from which the docker command needs buildx for BuildKit; before, BuildKit's client was part of it.
const BUILDX_NEEDED: u32 = 23;

impl Client {
    pub(crate) fn ask(container: &Container) -> Result<Self, Error> {
        let (_, version) = container.command(["docker", "--version"]).output(4096)?;
        let version = String::from_utf8_lossy(&version).into_owned();
        let major = major(&version).ok_or_else(|| failed(format!("`docker --version` answered `{}`", version.trim())))?;
        let (buildx, _) = container.command(["docker", "buildx", "version"]).output(4096)?;
        Ok(Self { major, buildx: buildx.success() })
    }

    /// Refuses what needs BuildKit when there is none.
    pub(crate) fn check(&self, request: &BuildRequest) -> Result<(), Error> {
        match buildkit_field(request) {
            Some(field) if !self.has_buildkit() => Err(unsupported(
                field,
                format!(
                    "it needs BuildKit, and docker {} in this container has no buildx; use an image that has it, such as docker:29-cli",
                    self.major
                ),
            )),
            _ => Ok(()),
        }
    }

    fn has_buildkit(&self) -> bool {
        self.buildx || self.major < BUILDX_NEEDED
    }

    /// Whether BuildKit will build this request: where docker takes it by default, and where the request needs it.
    pub(crate) fn uses_buildkit(&self, request: &BuildRequest) -> bool {
        let by_default = self.buildx && self.major >= BUILDX_NEEDED;
        by_default || (buildkit_field(request).is_some() && self.has_buildkit())
    }

    /// The value of `DOCKER_BUILDKIT` when docker has to be told.
    pub(crate) fn buildkit_variable(&self, request: &BuildRequest) -> Option<&'static str> {
        (self.major < BUILDX_NEEDED && self.uses_buildkit(request)).then_some("1")
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
}
