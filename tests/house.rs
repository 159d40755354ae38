//! The house rules that no compiler checks: which crate may use which, and that nothing built is committed.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[path = "house/names.rs"]
mod names;

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

/// What each crate of the workspace may depend on within it. A missing crate may use nothing.
const ARROWS: &[(&str, &[&str])] = &[
    ("windlass", &["windlass-cli"]),
    (
        "windlass-cli",
        &[
            "windlass-artifact",
            "windlass-artifact-store",
            "windlass-assets",
            "windlass-cache-store",
            "windlass-config",
            "windlass-container-engine",
            "windlass-engine",
            "windlass-files",
            "windlass-http",
            "windlass-kube",
            "windlass-model",
            "windlass-plugin-host",
            "windlass-plugin-kit",
            "windlass-plugin-source",
            "windlass-plugin-store",
            "windlass-plugin-test",
            "windlass-recogniser",
            "windlass-redact",
            "windlass-registry",
            "windlass-report",
            "windlass-working-copy",
        ],
    ),
    ("windlass-assets", &["windlass-model"]),
    ("windlass-plugin-kit", &["windlass-model", "windlass-plugin-host"]),
    (
        "windlass-plugin-test",
        &[
            "windlass-engine",
            "windlass-files",
            "windlass-model",
            "windlass-plugin-host",
            "windlass-redact",
            "windlass-working-copy",
        ],
    ),
    ("windlass-working-copy", &["windlass-files", "windlass-model"]),
    (
        "windlass-engine",
        &[
            "windlass-agent-client",
            "windlass-annotations",
            "windlass-artifact-store",
            "windlass-cache-store",
            "windlass-model",
            "windlass-mover-client",
            "windlass-redact",
            "windlass-working-copy",
        ],
    ),
    ("windlass-annotations", &["windlass-model"]),
    ("windlass-artifact-store", &["windlass-cache-store", "windlass-files", "windlass-model"]),
    ("windlass-cache-store", &["windlass-files", "windlass-model", "windlass-mover-client", "windlass-registry"]),
    ("windlass-kube", &["windlass-engine", "windlass-model"]),
    ("windlass-http", &["windlass-engine", "windlass-model"]),
    ("windlass-container-engine", &["windlass-engine", "windlass-files", "windlass-model", "windlass-working-copy"]),
    ("windlass-plugin-host", &["windlass-engine", "windlass-files", "windlass-model", "windlass-working-copy"]),
    ("windlass-artifact", &["windlass-files", "windlass-model"]),
    ("windlass-plugin-store", &["windlass-artifact", "windlass-files", "windlass-model"]),
    ("windlass-plugin-source", &["windlass-artifact", "windlass-model", "windlass-plugin-store", "windlass-registry"]),
    ("windlass-config", &["windlass-annotations", "windlass-model", "windlass-recogniser"]),
    ("windlass-report", &["windlass-model", "windlass-redact"]),
    ("windlass-registry", &["windlass-files", "windlass-model", "windlass-redact"]),
    ("windlass-agent-client", &["windlass-agent-protocol"]),
    ("windlass-agent", &["windlass-agent-protocol", "windlass-redact"]),
    ("windlass-mover", &["windlass-agent-protocol", "windlass-mover-http", "windlass-mover-protocol", "windlass-redact"]),
    ("windlass-mover-client", &["windlass-agent-protocol", "windlass-mover-protocol"]),
    ("windlass-mover-http", &["windlass-mover-protocol"]),
    ("windlass-contract", &["windlass-agent-client", "windlass-engine", "windlass-model", "windlass-redact"]),
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
    ("windlass-plugin-careless", &["windlass-plugin-sdk"]),
    ("windlass-plugin-generator", &["windlass-plugin-sdk"]),
    ("windlass-plugin-plain-generator", &["windlass-plugin-sdk"]),
];

/// Crates from outside that only one crate of the house may name.
const KEEPERS: &[(&str, &str)] = &[
    ("kube", "windlass-kube"),
    ("k8s-openapi", "windlass-kube"),
    ("wasmtime", "windlass-plugin-host"),
    ("bollard", "windlass-container-engine"),
    ("reqwest", "windlass-registry"),
    ("hyper", "windlass-http"),
    ("oci-client", "windlass-registry"),
    ("object_store", "windlass-cache-store"),
    ("granit-parser", "windlass-config"),
    ("quick-xml", "windlass-annotations"),
    ("wit-bindgen", "windlass-plugin-sdk"),
    ("wit-bindgen-go", "windlass-plugin-kit"),
    ("wit-component", "windlass-plugin-kit"),
    ("clap", "windlass-cli"),
    ("sigstore-verify", "windlass-artifact"),
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
    let built = [".wasm", ".cwasm", ".so", ".a", ".o", ".tar", ".gz", ".xz", ".zst"];
    // What others have, whatever becomes of the sources that it was built from.
    let kept = "tests/contract/components/";
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_built = |file: &&str| built.iter().any(|ending| file.ends_with(ending)) && !file.starts_with(kept);
    let found: Vec<&str> = files.lines().filter(is_built).collect();
    assert!(found.is_empty(), "built files in the repository: {found:?}");
}

/// The lines of the files of this repository whose path it wants, each with its file; what `\` continues is one line.
fn lines_of(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("git").args(["ls-files"]).current_dir(root).output().expect("git runs");
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = Vec::new();
    for file in files.lines().filter(|file| wanted(file)) {
        // One that was deleted and is not committed yet has no lines.
        let Ok(text) = std::fs::read_to_string(format!("{root}/{file}")) else { continue };
        let whole = text.replace("\\\n", " ");
        lines.extend(whole.lines().map(|line| (file.to_owned(), line.to_owned())));
    }
    lines
}

/// Without it, a version that nobody looked at gets into what is released.
#[test]
fn every_script_builds_what_the_lock_file_names() {
    const BUILD: [&str; 10] = ["bench", "build", "check", "clippy", "doc", "install", "metadata", "run", "test", "tree"];
    let is_script = |file: &str| file.ends_with(".sh") || file == "Makefile" || file == ".ci/run" || file.ends_with(".yml");
    let mut calls = 0;
    for (file, line) in lines_of(is_script) {
        let code = line.split(" #").next().unwrap_or_default();
        let said = code.trim_start().starts_with(['#', '"']) || code.contains("echo ");
        let builds = BUILD
            .iter()
            .any(|command| code.contains(&format!("cargo {command} ")) || code.ends_with(&format!("cargo {command}")));
        if builds && !said {
            calls += 1;
            assert!(code.contains("--locked"), "{file} builds without --locked: {line}");
        }
    }
    assert!(calls >= 10, "what is looked for is found: {calls}");
}

/// What a change under test compiled could become part of a release.
#[test]
fn a_change_under_test_compiles_where_no_release_is_built() {
    let lines: Vec<String> = lines_of(|file| file == ".ci/run").into_iter().map(|(_, line)| line).collect();
    let set = |variable: &str| lines.iter().find_map(|line| line.strip_prefix(&format!("export {variable}=")));
    for variable in ["CARGO_TARGET_DIR", "WINDLASS_BUILD_CACHE"] {
        let place = set(variable).unwrap_or_else(|| panic!(".ci/run sets no {variable}"));
        assert!(place.starts_with("\"$own") && !place.contains(":-"), "{variable} is not its own: {place}");
    }
    assert!(lines.iter().any(|line| line.starts_with("own=") && line.ends_with("/windlass/ci\"")), "{lines:?}");
    for (file, line) in lines_of(|file| file.ends_with("static.sh") || file == "plugins/build.sh") {
        assert!(
            !line.contains("${WINDLASS_CACHE") || line.contains("${WINDLASS_BUILD_CACHE:-"),
            "{file} compiles elsewhere: {line}"
        );
    }
}
