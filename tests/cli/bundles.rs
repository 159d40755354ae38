//! Names of bundles in settings.

use super::Project;

/// Where bundles could be named by bundles, two could name each other.
#[test]
fn a_bundle_is_not_named_by_another() {
    for place in ["b/scan", "a/scan", "shell"] {
        let project = Project::new(&[(".cirrus.yml", "x_task:\n  container: {image: busybox}\n  x_step: {uses: a/scan}\n")]);
        project.platform(&format!("bundles: {{a: {place}, b: a/scan}}\n"));
        let refused = project.windlass(&["plan", "--on=engine"]).exits(2);
        assert!(refused.stderr.contains(&format!("`{place}` is neither a path nor in a registry")), "{}", refused.stderr);
        assert!(!project.path().join("windlass.lock").exists());
    }
}

const USES: &str = "x_task:\n  container: {image: busybox}\n  x_step: {uses: corp/scan}\n";

/// What was meant for a registry and is read as a path is told where it stands, with what to write.
#[test]
fn a_place_in_a_registry_without_its_scheme_is_told_where_it_stands() {
    let project = Project::new(&[(".cirrus.yml", USES), ("windlass.yaml", "bundles:\n  corp: registry.corp/ci/windlass:^3\n")]);
    for command in [&["check"][..], &["plan", "--on=engine"]] {
        let refused = project.windlass(command).exits(2).stderr;
        for part in ["windlass.yaml:2:9", "looks like a place in a registry", "write `oci://registry.corp/ci/windlass:^3`"] {
            assert!(refused.contains(part), "no `{part}` in {refused}");
        }
        assert!(!refused.contains("No such file"), "{refused}");
    }
}

/// A path that leads nowhere: once, and where it is written.
#[test]
fn a_bundle_that_is_not_there_is_told_once_and_where_it_is_named() {
    let project = Project::new(&[(".cirrus.yml", USES), ("windlass.yaml", "bundles:\n  corp: ./nothing\n")]);
    let refused = project.windlass(&["plan", "--on=engine"]).exits(2).stderr;
    assert!(refused.contains("windlass.yaml:2:3") && refused.contains("the bundle corp cannot be read"), "{refused}");
    assert!(!refused.contains("No such file or directory (os error 2): No such file"), "{refused}");
    assert!(refused.contains("or the path of an OCI layout: `./bundle.tar`"), "{refused}");
}
