//! A cache in a registry: one image per step of the Dockerfile, under a tag that is the step's key.

use windlass_plugin_sdk::BuildRequest;
use windlass_plugin_sdk::builder::cache_repository;

use crate::flags::Flags;

/// The flags for a request's cache. Without one, nothing of a build is kept but its result.
///
/// A cache that is only read from an image is none for Buildah: it becomes the cache next to that image, which is read and written.
pub(crate) fn flags(request: &BuildRequest, known: &Flags) -> Vec<String> {
    let (to, from) = (request.cache.to.as_deref(), request.cache.from.as_slice());
    if to.is_none() && from.is_empty() {
        return Vec::new();
    }
    // Buildah before 1.28 keeps steps in the container only.
    let mut flags = vec!["--layers".to_owned()];
    if !known.knows("--cache-to") || !known.knows("--cache-from") {
        return flags;
    }
    let to = to.or(from.first().map(String::as_str)).map(cache_repository);
    let mut read: Vec<String> = from.iter().map(|reference| cache_repository(reference)).collect();
    if read.is_empty() {
        read.extend(to.clone());
    }
    read.dedup();
    flags.extend(to.map(|repository| format!("--cache-to={repository}")));
    if !request.no_cache {
        flags.extend(read.into_iter().map(|repository| format!("--cache-from={repository}")));
    }
    flags
}

#[cfg(test)]
mod tests {
    use windlass_plugin_sdk::Cache;

    use super::*;

    fn request(to: Option<&str>, from: &[&str]) -> BuildRequest {
        let cache = Cache { to: to.map(str::to_owned), from: from.iter().map(|s| (*s).to_owned()).collect(), mode: None };
        BuildRequest { cache, ..BuildRequest::default() }
    }

    fn shown(to: Option<&str>, from: &[&str]) -> String {
        flags(&request(to, from), &Flags::with_help("--cache-from strings\n--cache-to strings\n")).join(" ")
    }

    #[test]
    fn a_cache_is_read_where_it_is_written_unless_the_request_says_otherwise() {
        assert_eq!(shown(None, &[]), "");
        assert_eq!(shown(Some("g.io/p/c:x"), &[]), "--layers --cache-to=g.io/p/c/cache --cache-from=g.io/p/c/cache");
        assert_eq!(shown(None, &["g.io/p/app:green"]), "--layers --cache-to=g.io/p/app/cache --cache-from=g.io/p/app/cache");
        assert_eq!(shown(Some("g.io/p/a"), &["g.io/p/b"]), "--layers --cache-to=g.io/p/a/cache --cache-from=g.io/p/b/cache");
    }

    #[test]
    fn an_old_buildah_keeps_layers_in_its_container() {
        assert_eq!(flags(&request(Some("g.io/p/c"), &[]), &Flags::with_help("--layers\n")), ["--layers"]);
    }
}
