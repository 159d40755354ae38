//! Reading back what the registry serves.

use std::process::Command;

use super::world::variable;

/// The manifest digest that the registry serves for `REPOSITORY:TAG`, asked of it directly.
pub fn digest(repository: &str, tag: &str) -> Option<String> {
    digest_at(&variable("REGISTRY_READBACK").expect("tests/run.sh sets it"), repository, tag)
}

/// The same of a registry that answers on this machine, without TLS or password.
pub fn digest_at(registry: &str, repository: &str, tag: &str) -> Option<String> {
    let url = format!("http://{registry}/v2/{repository}/manifests/{tag}");
    let kinds = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, \
                 application/vnd.oci.image.index.v1+json";
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--head", "--header", &format!("Accept: {kinds}"), &url])
        .output()
        .expect("curl runs");
    let head = String::from_utf8_lossy(&output.stdout).into_owned();
    let found = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("docker-content-digest").then(|| value.trim().to_owned())
    });
    if head.starts_with("HTTP/1.1 200") { found } else { None }
}
