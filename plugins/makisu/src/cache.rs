//! Makisu's cache: layers in a registry, and in a server beside it which layer belongs to which step.
//!
//! Without that server nothing is found again: Makisu's own file of keys stays in the pod.

use windlass_plugin_sdk::builder::{registry, repository};
use windlass_plugin_sdk::{BuildRequest, Error, unsupported};

use crate::{Extra, access};

/// The tag of a cache that was given without one.
const TAG: &str = "cache";

/// A cache that is used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cache {
    /// As `cache.to` has it.
    reference: String,
    keys: KeyStore,
}

#[derive(Debug, PartialEq, Eq)]
enum KeyStore {
    /// Host and port.
    Redis(String),
    /// A URL that keys are added to.
    Http(String),
}

impl Cache {
    /// The cache of a request, if it has one.
    pub(crate) fn of(request: &BuildRequest, extra: &Extra) -> Result<Option<Self>, Error> {
        let keys = extra.key_store.as_deref().map(KeyStore::parse).transpose()?;
        match (request.cache.to.clone(), keys) {
            (Some(reference), Some(keys)) => Ok((!request.no_cache).then_some(Self { reference, keys })),
            (Some(_), None) => Err(unsupported(
                "cache.to",
                "makisu keeps layers in a registry, and their keys in a server beside it: name that with `key_store` \
                 (redis://HOST:PORT or http://…), or use kaniko, buildkit or buildah, which need none",
            )),
            (None, Some(_)) => Err(unsupported("key_store", "it serves a cache: say with `cache.to` where the layers are kept")),
            (None, None) => Ok(None),
        }
    }

    /// What makes Makisu use it. It keeps layers in the repository that it pushes to first, so it is given the cache's, and the image
    /// that it leaves there holds them.
    pub(crate) fn flags(&self) -> [String; 3] {
        let (registry, path) = (registry(&self.reference), self.path());
        let tag = self.reference.get(repository(&self.reference).len() + 1..).filter(|tag| !tag.is_empty()).unwrap_or(TAG);
        let keys = match &self.keys {
            KeyStore::Redis(address) => format!("--redis-cache-addr={address}"),
            KeyStore::Http(url) => format!("--http-cache-addr={url}"),
        };
        [format!("--tag={path}:{tag}"), format!("--push={}", access::host(registry)), keys]
    }

    /// The repository within its registry.
    fn path(&self) -> String {
        let repository = repository(&self.reference);
        let within =
            repository.strip_prefix(registry(&self.reference)).and_then(|rest| rest.strip_prefix('/')).unwrap_or(repository);
        let official = registry(&self.reference) == "docker.io" && !within.contains('/');
        if official { format!("library/{within}") } else { within.to_owned() }
    }
}

/// References of `cache.from` that Makisu cannot use: all but those of the repository that its layers go to.
pub(crate) fn unused<'a>(request: &'a BuildRequest, cache: Option<&Cache>) -> Vec<&'a str> {
    if request.no_cache {
        return Vec::new();
    }
    let used = |reference: &str| cache.is_some_and(|cache| repository(&cache.reference) == repository(reference));
    request.cache.from.iter().map(String::as_str).filter(|reference| !used(reference)).collect()
}

impl KeyStore {
    fn parse(url: &str) -> Result<Self, Error> {
        let url = url.trim_end_matches('/');
        match url.split_once("://") {
            Some(("redis", address)) if !address.is_empty() && !address.contains(['/', '@']) => {
                Ok(Self::Redis(address.to_owned()))
            }
            Some(("http" | "https", rest)) if !rest.is_empty() => Ok(Self::Http(url.to_owned())),
            _ => Err(unsupported(
                "key_store",
                format!("`{url}` is neither redis://HOST:PORT nor the http:// or https:// URL of a server"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(url: &str) -> KeyStore {
        KeyStore::parse(url).unwrap_or_else(|e| panic!("{url}: {e:?}"))
    }

    #[test]
    fn a_cache_is_a_repository_to_push_to_and_a_server_of_keys() {
        let flags = |reference: &str, url: &str| Cache { reference: reference.into(), keys: keys(url) }.flags().join(" ");
        assert_eq!(
            flags("gcr.io/my-project/my-app/cache", "redis://keys:6379"),
            "--tag=my-project/my-app/cache:cache --push=gcr.io --redis-cache-addr=keys:6379"
        );
        assert_eq!(
            flags("localhost:5000/app:layers", "http://keys/makisu/"),
            "--tag=app:layers --push=localhost:5000 --http-cache-addr=http://keys/makisu"
        );
        assert_eq!(flags("app", "https://keys"), "--tag=library/app:cache --push=index.docker.io --http-cache-addr=https://keys");
    }

    #[test]
    fn other_addresses_of_keys_are_refused() {
        for url in ["keys:6379", "redis://", "redis://user@keys", "ftp://keys", ""] {
            assert!(matches!(KeyStore::parse(url), Err(Error::Unsupported(u)) if u.field == "key_store"), "{url}");
        }
    }
}
