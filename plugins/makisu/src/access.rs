//! How Makisu reaches registries: a configuration of its own form, which it reads from a file.

use serde_json::{Value, json};
use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{Error, log};

/// Docker Hub's name in Makisu.
const DOCKER_HUB: &str = "index.docker.io";

/// What the command line needs to know of it.
#[derive(Debug)]
pub(crate) struct Access {
    /// The configuration's file.
    pub(crate) file: String,
    /// Whether certificates of registries are mounted in the container.
    pub(crate) has_certificates: bool,
}

impl Access {
    /// Writes the configuration, and each secret, which nobody here sees, to a file in memory beside it.
    pub(crate) fn write(place: &Workplace, registries: &[Registry]) -> Result<Self, Error> {
        for (i, registry) in registries.iter().enumerate() {
            if let Some(credentials) = &registry.credentials {
                place.container.write_file(&password_file(&place.private, i), 0o600, &credentials.secret)?;
            }
            if !registry.mirrors.is_empty() {
                log::warning(format!(
                    "makisu does not support mirrors: images of {} come from the registry itself",
                    registry.host
                ));
            }
        }
        let file = config_file(&place.private);
        // JSON is YAML.
        place.container.write_file(&file, 0o600, config(&place.private, registries).to_string().as_str())?;
        Ok(Self { file, has_certificates: registries.iter().any(|registry| registry.certificate.is_some()) })
    }
}

/// Removes what [`Access::write`] wrote for at most so many registries.
pub(crate) fn remove(place: &Workplace, registries: usize) -> Result<(), Error> {
    (0..registries).try_for_each(|i| place.container.remove_file(&password_file(&place.private, i)))?;
    place.container.remove_file(&config_file(&place.private))
}

fn config_file(directory: &str) -> String {
    format!("{directory}/makisu-registries.yaml")
}

fn password_file(directory: &str, number: usize) -> String {
    format!("{directory}/makisu-password-{number}")
}

/// By registry, then by a regular expression for repositories.
fn config(directory: &str, registries: &[Registry]) -> Value {
    let entries = registries.iter().enumerate().map(|(i, registry)| {
        // Google's and Amazon's registries take no layer in parts.
        let settings = json!({"push_chunk": -1, "security": security(registry, &password_file(directory, i))});
        (host(&registry.host).to_owned(), json!({".*": settings}))
    });
    Value::Object(entries.collect())
}

/// A registry's host as Makisu calls it.
pub(crate) fn host(host: &str) -> &str {
    if host == "docker.io" { DOCKER_HUB } else { host }
}

fn security(registry: &Registry, password_file: &str) -> Value {
    let mut security = json!({});
    if registry.insecure {
        // It asks with TLS first, and without when the registry answers so.
        security["tls"] = json!({"ca": {"disabled": true}});
    } else if let Some(certificate) = &registry.certificate {
        security["tls"] = json!({"ca": {"cert": {"path": certificate}}});
    }
    if let Some(credentials) = &registry.credentials {
        security["basic"] = json!({"username": credentials.username, "password_file": password_file});
    } else if registry.host == "docker.io" {
        // Docker Hub wants a token of everybody, and gives one to nobody in particular.
        security["basic"] = json!({});
    }
    security
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(host: &str) -> Registry {
        Registry { host: host.into(), insecure: false, certificate: None, mirrors: vec![], credentials: None }
    }

    #[test]
    fn each_registry_is_configured_for_all_its_repositories() {
        let corp = Registry { certificate: Some("/etc/docker/certs.d/corp.io/ca.crt".into()), ..registry("corp.io") };
        let plain = Registry { insecure: true, ..registry("r:5000") };
        let expected = json!({
            "corp.io": {".*": {"push_chunk": -1, "security": {"tls": {"ca": {"cert": {"path": "/etc/docker/certs.d/corp.io/ca.crt"}}}}}},
            "r:5000": {".*": {"push_chunk": -1, "security": {"tls": {"ca": {"disabled": true}}}}},
            "index.docker.io": {".*": {"push_chunk": -1, "security": {"basic": {}}}},
        });
        assert_eq!(config("/d", &[corp, plain, registry("docker.io")]), expected);
    }
}
