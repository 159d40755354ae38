//! How registries are reached, as Podman reads it: `containers-registries.conf(5)`.

use windlass_plugin_sdk::registries::Registry;

/// The file's text. Authorities of registries are not in it: windlass mounts them where Podman looks by itself.
pub(crate) fn text(registries: &[Registry]) -> String {
    // The name `busybox` means Docker Hub's in every other builder.
    let mut text = "unqualified-search-registries = [\"docker.io\"]\n".to_owned();
    let insecure = |host: &str| registries.iter().any(|registry| registry.insecure && registry.host == host);
    for registry in registries.iter().filter(|registry| registry.insecure || !registry.mirrors.is_empty()) {
        text += &format!("\n[[registry]]\n{}", location(&registry.host, registry.insecure));
        for mirror in &registry.mirrors {
            let host = mirror.split('/').next().unwrap_or(mirror);
            text += &format!("\n[[registry.mirror]]\n{}", location(mirror, insecure(host)));
        }
    }
    text
}

fn location(place: &str, insecure: bool) -> String {
    format!("location = {place:?}\ninsecure = {insecure}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_and_insecure_registries_are_told() {
        let registry = |host: &str, insecure, mirrors: &[&str]| Registry {
            host: host.into(),
            insecure,
            certificate: None,
            mirrors: mirrors.iter().map(|mirror| (*mirror).to_owned()).collect(),
            credentials: None,
        };
        let known =
            [registry("gcr.io", false, &[]), registry("docker.io", false, &["m:5000/hub"]), registry("m:5000", true, &[])];
        let expected = r#"unqualified-search-registries = ["docker.io"]

[[registry]]
location = "docker.io"
insecure = false

[[registry.mirror]]
location = "m:5000/hub"
insecure = true

[[registry]]
location = "m:5000"
insecure = true
"#;
        assert_eq!(text(&known), expected);
    }
}
