//! Where Docker and Podman keep their logins.

use std::ffi::OsString;
use std::path::PathBuf;

/// The files in the order in which they are looked into: first what the user names, then what each program uses by itself.
pub(super) fn files(variable: &impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let place = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = place("HOME");
    let configuration = place("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    let files = [
        place("REGISTRY_AUTH_FILE"),
        place("DOCKER_CONFIG").map(|directory| directory.join("config.json")),
        place("XDG_RUNTIME_DIR").map(|directory| directory.join("containers/auth.json")),
        configuration.map(|directory| directory.join("containers/auth.json")),
        // With `DOCKER_CONFIG`, Docker does not look there.
        home.filter(|_| place("DOCKER_CONFIG").is_none()).map(|home| home.join(".docker/config.json")),
    ];
    files.into_iter().flatten().collect()
}
