//! How BuildKit is told of registries: the daemon by its configuration, the client by flags for the servers that hand out tokens.

use std::fmt::Write as _;

use serde_json::json;
use windlass_plugin_sdk::registries::Registry;

/// The daemon's configuration, which it reads when it starts. JSON's strings and lists of strings are TOML's.
pub(crate) fn text(registries: &[Registry]) -> String {
    let mut text = String::new();
    for registry in registries {
        let mut settings = Vec::new();
        if registry.insecure {
            // Together: TLS without a look at the certificate, and plain HTTP where that is what the registry speaks.
            settings.extend(["http = true".to_owned(), "insecure = true".to_owned()]);
        }
        settings.extend(registry.certificate.iter().map(|file| format!("ca = [{}]", json!(file))));
        if !registry.mirrors.is_empty() {
            settings.push(format!("mirrors = {}", json!(registry.mirrors)));
        }
        if !settings.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "[registry.{}]\n{}", json!(registry.host), settings.join("\n"));
        }
    }
    text
}

/// Flags of the client, which asks for tokens itself.
pub(crate) fn flags(registry: &Registry) -> Option<String> {
    let host = &registry.host;
    match &registry.certificate {
        _ if registry.insecure => Some(format!("--registry-auth-tlscontext=host={host},insecure=true")),
        Some(file) => Some(format!("--registry-auth-tlscontext=host={host},ca={file}")),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_an_ordinary_registry_is_said() {
        let registry =
            |host: &str| Registry { host: host.into(), insecure: false, certificate: None, mirrors: vec![], credentials: None };
        let known = [
            Registry { certificate: Some("/etc/docker/certs.d/gcr.io/ca.crt".into()), ..registry("gcr.io") },
            registry("ghcr.io"),
            Registry { insecure: true, ..registry("r:5000") },
            Registry { mirrors: vec!["a.corp".into(), "b.corp/hub".into()], ..registry("docker.io") },
        ];
        let expected = "[registry.\"gcr.io\"]\nca = [\"/etc/docker/certs.d/gcr.io/ca.crt\"]\n\
            [registry.\"r:5000\"]\nhttp = true\ninsecure = true\n\
            [registry.\"docker.io\"]\nmirrors = [\"a.corp\",\"b.corp/hub\"]\n";
        assert_eq!(text(&known), expected);
        let flags: Vec<String> = known.iter().filter_map(flags).collect();
        assert_eq!(
            flags,
            [
                "--registry-auth-tlscontext=host=gcr.io,ca=/etc/docker/certs.d/gcr.io/ca.crt",
                "--registry-auth-tlscontext=host=r:5000,insecure=true",
            ]
        );
    }
}
