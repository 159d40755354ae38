//! Which file of a project is read.

use std::fs;
use windlass_config::{NotFound, discover};

fn project(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for file in files {
        fs::write(directory.path().join(file), "").unwrap_or_else(|error| panic!("{error}"));
    }
    directory
}

#[test]
fn either_ending_is_found_and_starlark_is_reported() {
    for (files, found, not_read, starlark) in [
        (&[".cirrus.yml"][..], ".cirrus.yml", None, false),
        (&[".cirrus.yaml"], ".cirrus.yaml", None, false),
        (&[".cirrus.yml", ".cirrus.yaml"], ".cirrus.yml", Some(".cirrus.yaml"), false),
        (&[".cirrus.yml", ".cirrus.star"], ".cirrus.yml", None, true),
    ] {
        let project = project(files);
        let discovered = discover(project.path()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(discovered.path, project.path().join(found));
        assert_eq!(discovered.not_read, not_read.map(|name| project.path().join(name)));
        assert_eq!(discovered.starlark.is_some(), starlark);
    }
}

#[test]
fn a_project_without_a_file_says_so() {
    let empty = project(&[]);
    assert_eq!(discover(empty.path()), Err(NotFound::Nothing(empty.path().to_owned())));
    let starlark = project(&[".cirrus.star"]);
    assert_eq!(discover(starlark.path()), Err(NotFound::Starlark(starlark.path().join(".cirrus.star"))));
}
