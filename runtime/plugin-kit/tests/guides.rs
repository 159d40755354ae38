//! What the guides show is what a reader gets: their commands write a project, and the files that they show whole build and pass their test.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::fs;
use std::path::Path;

use support::{Project, failures};
use windlass_model::plugin::Power;
use windlass_plugin_kit::Language;

fn guide(language: Language) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../plugins/guides/{}.md", language.as_str()));
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files that a guide shows whole: `` `PATH`, whole: `` and a block of code.
fn whole_files(guide: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = guide;
    while let Some((before, after)) = rest.split_once("`, whole:\n\n```") {
        let path = before.rsplit_once('`').map(|(_, path)| path).expect("a path");
        let (_, code) = after.split_once('\n').expect("a block");
        let (code, after) = code.split_once("```\n").expect("the end of the block");
        found.push((path, code));
        rest = after;
    }
    found
}

/// As its reader does: the project of its commands, with the files that it shows.
fn of_guide(language: Language) -> Project {
    let guide = guide(language);
    let wanted = format!("windlass plugin new scan --lang {} --kind step --powers workspace-read\n", language.as_str());
    assert!(guide.contains(&wanted), "{language}: the guide begins with {wanted}");
    let project = Project::named("scan", language.as_str(), "step", &[Power::WorkspaceRead]);
    let files = whole_files(&guide);
    assert!(files.len() > 1, "{language}: the guide shows whole files");
    for (name, text) in files {
        let path = project.path().join(name);
        assert!(path.is_file(), "{language}: {name} is no file of a new project");
        fs::write(&path, text).expect("it is written");
    }
    project
}

/// A part of a file is one that the reader has to complete by guess.
#[test]
fn each_guide_shows_whole_files_of_a_new_project() {
    for language in Language::ALL {
        let project = of_guide(language);
        assert_eq!(
            windlass_plugin_test::read(&project.path().join("tests")).unwrap_or_else(|e| panic!("{language}: {e}")).len(),
            1
        );
        let guide = guide(language);
        let shown = whole_files(&guide).len();
        let code = ["```go\n", "```js\n", "```python\n", "```rust\n", "```yaml\n"].map(|begin| guide.matches(begin).count());
        assert_eq!(code.iter().sum::<usize>(), shown, "{language}: each block of code is a whole file, with its path before it");
    }
}

/// The first page shows what `windlass plugin new hello --lang rust --kind step --powers workspace-read` writes.
#[test]
fn the_first_page_shows_the_first_case_as_it_is_written() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/README.md")).expect("the page");
    assert!(page.contains("windlass plugin new hello --lang rust --kind step --powers workspace-read\n"));
    let (_, after) = page.split_once("`tests/first.yaml` is the first case").expect("its case");
    let (_, shown) = after.split_once("```yaml\n").expect("a block");
    let (shown, _) = shown.split_once("```\n").expect("its end");
    let project = Project::named("hello", "rust", "step", &[Power::WorkspaceRead]);
    let written = project.read("tests/first.yaml");
    let lines: Vec<&str> =
        written.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()).collect();
    assert_eq!(lines, shown.lines().collect::<Vec<_>>());
}

#[test]
#[ignore = "needs what tests/setup/packages.sh plugins installs, and the registries of packages"]
fn what_a_guide_shows_builds_and_passes_its_test() {
    for language in Language::ALL {
        let project = of_guide(language);
        let built = project.built();
        assert_eq!((built.name.as_str(), built.warnings.as_str(), built.unused.as_slice()), ("scan", "", &[][..]), "{language}");
        assert_eq!(failures(&built.component, &project.path().join("tests")), [""; 0], "{language}");
    }
}
