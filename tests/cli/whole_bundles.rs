//! Whole bundles, looked at and compared without a registry.

use super::support::kind::with_manifest;
use super::{Project, says};

/// A plugin that windlass carries, as bytes.
fn carried(name: &str) -> &'static [u8] {
    windlass_assets::PLUGINS.iter().find(|(known, _)| *known == name).expect("a plugin").1
}

/// A directory with two releases of a bundle: `old` of shell and registry-login, `new` of another shell and of docker-push.
fn releases() -> Project {
    let project = Project::new(&[("old.yaml", "pull_policy: never\nvariables: {A: b}\n"), ("new.yaml", "variables: {A: c}\n")]);
    let write = |name: &str, bytes: &[u8]| {
        let path = project.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
        std::fs::write(path, bytes).expect("a file");
    };
    write("1/shell.wasm", carried("shell"));
    write("1/registry-login.wasm", carried("registry-login"));
    write("2/shell.wasm", &with_manifest(carried("shell"), "Runs the lines", "Runs all lines"));
    write("2/docker-push.wasm", carried("docker-push"));
    for (from, settings, tag, out) in [("1", "old.yaml", "1.0.0", "old"), ("2", "new.yaml", "2.0.0", "new.tar")] {
        project
            .windlass(&["plugin", "pack", from, "--settings", settings, "--name", "corp", "--tag", tag, "--out", out])
            .exits(0);
    }
    project
}

#[test]
fn a_bundle_is_inspected_as_a_whole() {
    let project = releases();
    project.platform(&format!("bundles: {{corp: {}/old}}\n", project.path().display()));
    for name in ["./old", "old/", "corp"] {
        let shown = project.windlass(&["plugin", "inspect", name]).exits(0).stdout;
        says(
            &shown,
            &["corp", "1.0.0", "sha256:", "registry-login", "login", "shell", "containers (main)", "pull_policy: never"],
        );
    }
    let json = project.windlass(&["plugin", "inspect", "./new.tar", "--output=json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["name"], &json["version"], &json["settings"]),
        (&"corp".into(), &"2.0.0".into(), &"variables: {A: c}\n".into())
    );
    let names: Vec<&str> = json["plugins"].as_array().expect("plugins").iter().filter_map(|info| info["name"].as_str()).collect();
    assert_eq!(names, ["docker-push", "shell"]);
    // One of them, as before.
    says(&project.windlass(&["plugin", "inspect", "corp/shell"]).exits(0).stdout, &["asks for containers", "limited to", "main"]);
}

#[test]
fn two_bundles_are_compared_plugin_by_plugin_and_setting_by_setting() {
    let project = releases();
    let shown = project.windlass(&["plugin", "diff", "./old", "./new.tar"]).exits(0).stdout;
    says(
        &shown,
        &[
            "corp 1.0.0 → corp 2.0.0",
            "docker-push",
            "new: a push plugin that asks for",
            "registry-login is gone",
            "may do nothing that the old one may not",
            "settings: pull_policy is gone, and was \"never\"",
            "settings: variables.A is \"c\", and was \"b\"",
        ],
    );
    let json = project.windlass(&["plugin", "diff", "./old", "./new.tar", "--output=json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let first = |key: &str| json[key][0].clone();
    assert_eq!((&first("added")["name"], &first("removed")), (&"docker-push".into(), &"registry-login".into()), "{json}");
    assert_eq!(
        (&first("changed")["new"]["name"], &first("changed")["needs_approval"]),
        (&"shell".into(), &false.into()),
        "{json}"
    );
    assert_eq!(json["settings"].as_array().map(Vec::len), Some(2));
    says(&project.windlass(&["plugin", "diff", "./old", "./old"]).exits(0).stdout, &["the same bundle"]);
    let unlike = project.windlass(&["plugin", "diff", "./old", "./2/shell.wasm"]).exits(2).stderr;
    says(&unlike, &["./2/shell.wasm is one plugin, and ./old is a bundle"]);
    let same = project.windlass(&["plugin", "diff", "./1/shell.wasm", "./old/shell", "--output=json"]).exits(0).stdout;
    assert!(same.contains("\"powers\": []"), "{same}");
}

/// A settings document is somebody else's text.
#[test]
fn a_bundle_cannot_write_on_a_terminal() {
    let project = Project::new(&[("old.yaml", "variables: {A: \"b\u{202e}\"} # \u{202e}\n")]);
    std::fs::write(project.path().join("shell.wasm"), carried("shell")).expect("a file");
    project.windlass(&["plugin", "pack", "shell.wasm", "--settings", "old.yaml", "--name", "corp", "--out", "b"]).exits(0);
    let shown = project.windlass(&["plugin", "inspect", "./b"]).exits(0).stdout;
    assert!(shown.contains("variables") && !shown.contains('\u{202e}'), "{shown:?}");
}

/// What no registry could ever be told is refused when it is packed.
#[test]
fn a_tag_is_one_that_registries_take() {
    let project = releases();
    let refused = project.windlass(&["plugin", "pack", "1", "--tag", "1.0 x", "--out", "b"]).exits(2).stderr;
    says(&refused, &["--tag `1.0 x` is no tag of a registry", "write a version such as 1.4.0"]);
    assert!(!project.path().join("b").exists());
}

/// Whoever packs a project whose source has changed would ship another plugin than the one that is read.
#[test]
fn a_component_older_than_its_source_is_not_packed_with_its_project() {
    let project = Project::new(&[("scan/windlass-plugin.yaml", "name: shell\n"), ("scan/src/plugin.py", "x = 1\n")]);
    let component = project.path().join("scan/target/shell.wasm");
    std::fs::create_dir_all(component.parent().expect("target")).expect("a directory");
    std::fs::write(&component, carried("shell")).expect("a file");
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    std::fs::File::options().append(true).open(&component).and_then(|file| file.set_modified(hour_ago)).expect("a time");
    let refused = project.windlass(&["plugin", "pack", "scan", "--out", "b"]).exits(2).stderr;
    says(&refused, &["is older than", "windlass plugin build", "or name the component itself"]);
    project.windlass(&["plugin", "pack", "scan/target/shell.wasm", "--out", "b"]).exits(0);
}
