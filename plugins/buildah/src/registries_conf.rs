//! How Buildah is told of registries: containers-registries.conf(5). Certificates it finds by itself, below /etc/docker/certs.d.

use std::fmt::Write as _;

use serde_json::json;
use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::registries::Registry;

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "CONTAINERS_REGISTRIES_CONF";

/// The file.
pub(crate) fn file(place: &Workplace) -> String {
    format!("{}/registries.conf", place.private)
}

/// Writes it.
pub(crate) fn write(place: &Workplace, registries: &[Registry]) -> Result<(), Error> {
    place.container.write_file(&file(place), 0o600, text(registries).as_str())
}

fn text(registries: &[Registry]) -> String {
    // What a Dockerfile calls `busybox` is Docker Hub's, as everywhere else. "Enforcing" would ask a person when a name is not known.
    let mut text = "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n".to_owned();
    let insecure = |host: &str| registries.iter().any(|registry| registry.insecure && registry.host == host);
    for registry in registries.iter().filter(|registry| registry.insecure || !registry.mirrors.is_empty()) {
        entry(&mut text, "registry", &registry.host, registry.insecure);
        for mirror in &registry.mirrors {
            let host = mirror.split('/').next().unwrap_or(mirror);
            entry(&mut text, "registry.mirror", mirror, insecure(host));
        }
    }
    text
}

/// JSON's strings are TOML's.
fn entry(text: &mut String, table: &str, location: &str, insecure: bool) {
    let location = json!(location);
    // Writing to a string cannot fail.
    let _ = write!(text, "\n[[{table}]]\nlocation = {location}\ninsecure = {insecure}\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_an_ordinary_registry_is_said() {
        let registry = |host: &str, insecure: bool, mirrors: &[&str]| Registry {
            host: host.into(),
            insecure,
            certificate: None,
            mirrors: mirrors.iter().map(|m| (*m).to_owned()).collect(),
            credentials: None,
        };
        let known =
            [registry("gcr.io", false, &[]), registry("r:5000", true, &[]), registry("docker.io", false, &["r:5000/hub"])];
        let expected = "unqualified-search-registries = [\"docker.io\"]\nshort-name-mode = \"permissive\"\n\
            \n[[registry]]\nlocation = \"r:5000\"\ninsecure = true\n\
            \n[[registry]]\nlocation = \"docker.io\"\ninsecure = false\n\
            \n[[registry.mirror]]\nlocation = \"r:5000/hub\"\ninsecure = true\n";
        assert_eq!(text(&known), expected);
    }
}
