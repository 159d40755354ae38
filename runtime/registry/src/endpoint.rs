//! The places where a repository is asked for: the mirrors that the settings name, and the registry itself.

use url::Url;
use windlass_model::pod::Registry;

use crate::error::Error;
use crate::repository::{Repository, canonical};

/// One of these places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Its host as settings and credentials name it.
    pub(crate) host: String,
    /// The repository's name there.
    pub(crate) name: String,
    /// The settings write `http://` before it.
    pub(crate) plain: bool,
}

impl Endpoint {
    /// The registry itself.
    pub(crate) fn of(repository: &Repository) -> Self {
        Self { host: repository.registry().to_owned(), name: repository.name().to_owned(), plain: false }
    }

    /// A mirror: a host, perhaps with the scheme before it and, behind it, the path under which it keeps the registry's
    /// repositories.
    fn mirror(text: &str, repository: &Repository) -> Option<Self> {
        let (plain, rest) = match text.split_once("://") {
            Some(("http", rest)) => (true, rest),
            Some(("https", rest)) => (false, rest),
            Some(_) => return None,
            None => (false, text),
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        let url = Url::parse(&format!("https://{rest}")).ok()?;
        let only_place =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if host.is_empty() || !only_place || path.split('/').any(|part| matches!(part, "." | "..")) {
            return None;
        }
        let name = if path.is_empty() { repository.name().to_owned() } else { format!("{path}/{}", repository.name()) };
        Some(Self { host: canonical(host).to_owned(), name, plain })
    }
}

/// The mirrors of a repository's registry, in the order in which they are asked.
pub(crate) fn mirrors(registries: &[Registry], repository: &Repository) -> Result<Vec<Endpoint>, Error> {
    let settings = registries.iter().find(|settings| canonical(&settings.host) == repository.registry());
    let texts = settings.into_iter().flat_map(|settings| &settings.mirrors);
    let endpoint = |text: &String| {
        let wrong = || Error::Mirror { registry: repository.registry().to_owned(), mirror: text.clone() };
        Endpoint::mirror(text, repository).ok_or_else(wrong)
    };
    texts.map(endpoint).collect()
}

#[cfg(test)]
mod tests {
    use windlass_model::image::ImageReference;

    use super::*;

    #[test]
    fn a_mirror_is_a_host_with_or_without_a_path() {
        let repository = Repository::of(&ImageReference::parse("corp/app").expect("a reference")).expect("a repository");
        let mirror = |text: &str| Endpoint::mirror(text, &repository).map(|e| (e.host, e.name, e.plain));
        let found = |host: &str, name: &str, plain| Some((host.to_owned(), name.to_owned(), plain));
        assert_eq!(mirror("mirror.corp"), found("mirror.corp", "corp/app", false));
        assert_eq!(mirror("mirror.corp:5000/hub/"), found("mirror.corp:5000", "hub/corp/app", false));
        assert_eq!(mirror("http://cache"), found("cache", "corp/app", true));
        assert_eq!(mirror("https://cache/a/b"), found("cache", "a/b/corp/app", false));
        for wrong in ["", "ftp://cache", "http://", "me:pw@cache", "cache/../x", "cache?x", "a b"] {
            assert_eq!(mirror(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_mirrors_of_the_hub_are_found_under_each_of_its_names() {
        let repository = Repository::of(&ImageReference::parse("corp/app").expect("a reference")).expect("a repository");
        for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
            let settings =
                Registry { host: host.into(), insecure: false, certificate: None, mirrors: vec!["a".into(), "b".into()] };
            let hosts: Vec<String> =
                mirrors(&[settings], &repository).expect("mirrors").into_iter().map(|endpoint| endpoint.host).collect();
            assert_eq!(hosts, ["a", "b"], "{host}");
        }
    }
}
