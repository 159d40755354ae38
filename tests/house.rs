//! The house rules that no compiler checks: which crate may use which, and that nothing built is committed.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// What each crate of the workspace may depend on within it. A missing crate may use nothing.
const ARROWS: &[(&str, &[&str])] = &[
    ("windlass", &["windlass-cli"]),
    (
        "windlass-cli",
        &[
            "windlass-assets",
            "windlass-config",
            "windlass-container-engine",
            "windlass-engine",
            "windlass-kube",
            "windlass-model",
            "windlass-plugin-host",
            "windlass-report",
        ],
    ),
    ("windlass-engine", &["windlass-model", "windlass-agent-client"]),
    ("windlass-kube", &["windlass-engine", "windlass-model"]),
    ("windlass-container-engine", &["windlass-engine", "windlass-model", "windlass-agent-protocol"]),
    ("windlass-plugin-host", &["windlass-engine", "windlass-model"]),
    ("windlass-config", &["windlass-model", "windlass-recogniser"]),
    ("windlass-report", &["windlass-model"]),
    ("windlass-agent-client", &["windlass-agent-protocol"]),
    ("windlass-agent", &["windlass-agent-protocol"]),
    ("windlass-contract", &["windlass-agent-client", "windlass-engine", "windlass-model"]),
    ("windlass-plugin-shell", &["windlass-plugin-sdk"]),
    ("windlass-plugin-registry-login", &["windlass-plugin-sdk"]),
    ("windlass-plugin-docker-build", &["windlass-plugin-sdk"]),
    ("windlass-plugin-docker-push", &["windlass-plugin-sdk"]),
    ("windlass-plugin-image-lookup", &["windlass-oci-embedded", "windlass-plugin-sdk"]),
    ("windlass-plugin-oci-push", &["windlass-oci-embedded", "windlass-plugin-sdk"]),
    ("windlass-oci-embedded", &["windlass-plugin-sdk"]),
    ("windlass-plugin-kaniko", &["windlass-plugin-sdk"]),
    ("windlass-plugin-makisu", &["windlass-oci-embedded", "windlass-plugin-sdk"]),
    ("windlass-plugin-buildah", &["windlass-plugin-sdk"]),
    ("windlass-plugin-buildkit", &["windlass-plugin-sdk"]),
    ("windlass-plugin-misbehaving", &["windlass-plugin-sdk"]),
];

/// Crates from outside that only one crate of the house may name.
const KEEPERS: &[(&str, &str)] = &[
    ("kube", "windlass-kube"),
    ("k8s-openapi", "windlass-kube"),
    ("wasmtime", "windlass-plugin-host"),
    ("bollard", "windlass-container-engine"),
    ("granit-parser", "windlass-config"),
    ("wit-bindgen", "windlass-plugin-sdk"),
    ("clap", "windlass-cli"),
];

/// The dependencies of each crate of the workspace; those of tests and build scripts are not arrows.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let names = |package: &Value| {
        let normal = package["dependencies"].as_array().expect("dependencies").iter().filter(|d| d["kind"].is_null());
        normal.map(|d| d["name"].as_str().expect("a name").to_owned()).collect()
    };
    packages.iter().map(|p| (p["name"].as_str().expect("a name").to_owned(), names(p))).collect()
}

#[test]
fn arrows_between_crates_point_one_way() {
    for (package, uses) in dependencies() {
        let allowed = ARROWS.iter().find(|(name, _)| *name == package).map_or(&[][..], |(_, allowed)| allowed);
        for used in uses.iter().filter(|u| u.starts_with("windlass")) {
            assert!(allowed.contains(&used.as_str()), "{package} must not depend on {used}");
        }
    }
}

#[test]
fn heavy_dependencies_have_one_keeper_each() {
    for (package, uses) in dependencies() {
        for (dependency, keeper) in KEEPERS {
            assert!(
                package == *keeper || !uses.iter().any(|u| u == dependency),
                "only {keeper} may name {dependency}: {package}"
            );
        }
    }
}

#[test]
fn there_is_one_tls_provider() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges=normal", "--prefix=none", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("aws-lc-rs "), "aws-lc-rs is the provider: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!tree.lines().any(|l| l.starts_with("ring ")), "ring is a second provider: rustls panics when both are there");
}

/// What a plugin says that it honours is compiled by the SDK and judged by the host, which share no code.
#[test]
fn plugins_and_their_host_know_the_same_fields_of_a_build() {
    assert_eq!(windlass_plugin_sdk::manifest::BUILD_FIELDS, windlass_plugin_host::BUILD_FIELDS);
}

#[test]
fn nothing_built_is_committed() {
    let output = Command::new("git").args(["ls-files"]).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("git runs");
    let built = [".wasm", ".cwasm", ".so", ".a", ".o", ".tar", ".gz"];
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let found: Vec<&str> = files.lines().filter(|f| built.iter().any(|ending| f.ends_with(ending))).collect();
    assert!(found.is_empty(), "built files in the repository: {found:?}");
}
