//! The container that Makisu gets.

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::builder::pod::{SHARED_VOLUME, unpacking_container};
use windlass_plugin_sdk::{BuildRequest, Error, Mount, Needs, containers, failed};

use crate::CONTAINER;

/// The last release.
const IMAGE: &str = "gcr.io/uber-container-tools/makisu:v0.4.2";

/// Where Makisu sees the working copy. Everything that windlass has in the container is kept out of the image by `--blacklist`, and Makisu
/// copies nothing from a path on that list, without an error; mounts, on the other hand, it keeps out of the image by itself.
const CONTEXT_MOUNT: &str = "/makisu-context";

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let mut container = unpacking_container(CONTAINER, IMAGE, request);
    container.mounts.push(Mount { volume: SHARED_VOLUME.into(), path: CONTEXT_MOUNT.into(), read_only: true });
    Needs { containers: vec![container], ..Needs::default() }
}

/// A path of the working copy as Makisu is to be told it.
pub(crate) fn seen_by_makisu(path: &str) -> Result<String, Error> {
    let shared = containers::shared_directory()?;
    in_mount(&shared, path).ok_or_else(|| failed(format!("{path} is not on the volume that the task's containers share")))
}

/// The shared directory lies at the volume's root.
fn in_mount(shared_directory: &str, path: &str) -> Option<String> {
    let (volume, _) = shared_directory.rsplit_once('/')?;
    let below = path.strip_prefix(volume)?;
    (below.is_empty() || below.starts_with('/')).then(|| format!("{CONTEXT_MOUNT}{below}"))
}

/// Context and Dockerfile as Makisu is to be told them.
pub(crate) fn sources(place: &Workplace) -> Result<(String, String), Error> {
    Ok((seen_by_makisu(&place.context)?, seen_by_makisu(&place.dockerfile)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_copy_is_told_by_the_mount_of_its_own() {
        let mount = |path: &str| in_mount("/windlass/shared/.windlass", path);
        assert_eq!(mount("/windlass/shared/cirrus-ci-build/app").as_deref(), Some("/makisu-context/cirrus-ci-build/app"));
        assert_eq!(mount("/windlass/shared").as_deref(), Some("/makisu-context"));
        assert_eq!(mount("/windlass/sharedness"), None);
        assert_eq!(mount("/tmp/elsewhere"), None);
    }
}
