//! Where docker takes cached layers from, and where it leaves them.

use windlass_plugin_sdk::BuildRequest;
use windlass_plugin_sdk::builder::repository;
use windlass_plugin_sdk::containers::Container;
use windlass_plugin_sdk::{Error, log};

/// Whether the image itself is the cache of the next build: the cache's repository is one that it is tagged for, and no more than the
/// layers of the image are asked for. The classic builder leaves it so in any case, BuildKit when it is told.
pub(crate) fn is_in_image(request: &BuildRequest) -> bool {
    let tagged = |reference: &str| request.tags.iter().any(|tag| repository(tag) == repository(reference));
    let written = match &request.cache.to {
        Some(to) => tagged(to),
        None => request.cache.from.iter().any(|from| tagged(from)),
    };
    written && request.cache.mode.as_deref() != Some("max")
}

/// Whether the request says anything of a cache that the two builders of docker are told in different words.
pub(crate) fn is_used(request: &BuildRequest) -> bool {
    is_in_image(request) || named(request).next().is_some()
}

/// The references of `cache.from` that name something. A variable that is empty, such as the last green commit of a new branch, leaves
/// `repository:`.
pub(crate) fn named(request: &BuildRequest) -> impl Iterator<Item = &str> {
    request.cache.from.iter().map(String::as_str).filter(|reference| is_named(reference))
}

fn is_named(reference: &str) -> bool {
    !reference.is_empty() && !reference.ends_with([':', '@', '/'])
}

/// Says which references name nothing.
pub(crate) fn tell_what_is_left_out(request: &BuildRequest) {
    for reference in request.cache.from.iter().filter(|reference| !is_named(reference)) {
        log::info(format!("`{reference}` is not an image reference, so it is not used as a cache"));
    }
}

/// Brings the images of `cache.from` into the daemon: the classic builder takes layers only of images that are there. One that cannot be
/// had is no reason to fail.
pub(crate) fn pull(container: &Container, request: &BuildRequest) -> Result<(), Error> {
    for reference in named(request).filter(|_| !request.no_cache) {
        let exit = container.command(["docker", "pull", reference]).registry_credentials().run()?;
        if !exit.success() {
            log::info(format!("{reference} cannot be pulled, so the build goes on without it as a cache"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use windlass_plugin_sdk::Cache;

    use super::*;

    fn request(to: Option<&str>, from: &[&str], mode: Option<&str>) -> BuildRequest {
        let from = from.iter().map(|reference| (*reference).to_owned()).collect();
        let cache = Cache { to: to.map(str::to_owned), from, mode: mode.map(str::to_owned) };
        BuildRequest { tags: vec!["gcr.io/p/app:2".into()], cache, ..BuildRequest::default() }
    }

    #[test]
    fn a_cache_in_the_image_s_own_repository_is_the_image() {
        assert!(is_in_image(&request(Some("gcr.io/p/app:latest"), &[], None)));
        assert!(is_in_image(&request(None, &["gcr.io/p/app:1"], Some("min"))));
        assert!(!is_in_image(&request(Some("gcr.io/p/app:latest"), &[], Some("max"))));
        assert!(!is_in_image(&request(Some("gcr.io/p/cache"), &["gcr.io/p/app:1"], None)));
        assert!(!is_in_image(&request(None, &[], None)));
    }

    #[test]
    fn what_an_empty_variable_left_names_no_image() {
        let request = request(None, &["gcr.io/p/app:", "gcr.io/p/app:1", ""], None);
        assert_eq!(named(&request).collect::<Vec<_>>(), ["gcr.io/p/app:1"]);
    }
}
