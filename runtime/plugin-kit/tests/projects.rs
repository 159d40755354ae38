//! What is refused before anything is written or built.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use support::{Project, words};
use tempfile::TempDir;
use windlass_plugin_kit::{KINDS, Language, NewPlugin, Tools, new};

fn refused(directory: &Path, name: &str, kind: &str, language: &str, powers: &[&str]) -> String {
    let powers: Vec<String> = powers.iter().map(|power| (*power).to_owned()).collect();
    let error = new(&NewPlugin { directory, name, kind, language, powers: &powers }).expect_err("it is refused");
    words(&error)
}

#[test]
fn a_word_that_is_unknown_is_told_the_nearest_one() {
    let parent = TempDir::new().expect("a directory");
    let directory = parent.path().join("plugin");
    for (kind, language, powers, said) in [
        ("step", "rust", "container", "there is no power `container`; did you mean `containers`?"),
        ("step", "rust", "teleport", "there is no power `teleport`; there are: pod, containers, registries"),
        ("step", "rust", "a\nb", "there is no power `a b`"),
        ("stepp", "rust", "pod", "there is no kind `stepp`; did you mean `step`?"),
        ("step", "pyton", "pod", "there is no language `pyton`; did you mean `python`?"),
        (
            "config",
            "go",
            "containers",
            "`containers` cannot be asked for: a config plugin can have only environment, http, workspace-read",
        ),
        ("step", "cobol", "pod", "there is no language `cobol`; there are: rust, javascript, go, python"),
    ] {
        let error = refused(&directory, "scan", kind, language, &[powers]);
        assert!(error.starts_with(said), "{error}");
    }
    let error = refused(&directory, "../scan", "step", "go", &[]);
    assert_eq!(error, "`../scan` cannot be a plugin's name: it is a path; give the name alone, and the path as the directory");
    assert_eq!(fs::read_dir(parent.path()).expect("it is there").count(), 0, "nothing is written");
}

#[test]
fn nothing_is_overwritten() {
    let directory = TempDir::new().expect("a directory");
    let file = directory.path().join("notes.txt");
    fs::write(&file, "mine").expect("a file");
    let error = refused(directory.path(), "scan", "step", "go", &[]);
    assert_eq!(error, format!("{} is not empty; name a directory that is empty or is not there yet", directory.path().display()));
    let error = refused(&file, "scan", "step", "go", &[]);
    assert_eq!(error, format!("{} is not a directory; name one that is empty or is not there yet", file.display()));
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
    assert_eq!(fs::read_dir(directory.path()).expect("it is there").count(), 1);
}

#[test]
fn a_project_is_there_whole() {
    let parent = TempDir::new().expect("a directory");
    for (language, expected) in [
        ("rust", "Cargo.toml src/lib.rs Cargo.lock vendor/windlass/plugins/sdk/src/lib.rs vendor/windlass/wit/host.wit"),
        ("go", "go.mod plugin.go windlass-plugin.yaml wit/world.wit bindings/wit_exports.go bindings/windlass/windlass.go"),
        ("js", "src/plugin.mjs windlass-plugin.yaml wit/world.wit wit/deps/windlass-plugin/host.wit"),
        ("py", "src/plugin.py windlass-plugin.yaml wit/world.wit wit/deps/windlass-plugin/worlds.wit"),
    ] {
        let directory = parent.path().join(format!("deep/{language}"));
        let powers = ["workspace-read".to_owned(), "workspace-read".to_owned()];
        let wanted = NewPlugin { directory: &directory, name: "scan", kind: "step", language, powers: &powers };
        let created = new(&wanted).unwrap_or_else(|e| panic!("{e}"));
        for name in expected.split(' ').chain(["README.md", ".gitignore"]) {
            assert!(created.files.contains(&name.into()) && directory.join(name).is_file(), "{language}: {name}");
        }
        if language != "rust" {
            let world = fs::read_to_string(directory.join("wit/world.wit")).expect("a world");
            let imports: Vec<&str> = world.lines().filter(|line| line.contains("import")).map(str::trim).collect();
            assert_eq!(imports, ["import windlass:plugin/host@0.1.0;", "import windlass:plugin/workspace-read@0.1.0;"]);
            assert!(world.contains("  export windlass:plugin/step-plugin@0.1.0;"), "{world}");
        }
    }
    let left = fs::read_dir(parent.path().join("deep")).expect("it is there").count();
    assert_eq!(left, 4, "nothing else is left beside them");
}

/// Each tool that is missing is named with what installs it.
#[test]
fn without_a_tool_the_error_says_what_to_install() {
    let empty = TempDir::new().expect("a directory");
    let tools = Tools { path: OsString::from(empty.path()), cache: empty.path().join("cache") };
    for (language, said) in [
        ("rust", "`cargo` is not in PATH, and it builds the plugin; install Rust"),
        ("go", "`go` is not in PATH, and it compiles the plugin; install Go 1.24 or later"),
        ("javascript", "`node` is not in PATH, and it runs componentize-qjs; install Node.js 18 or later"),
        ("python", "`python3` is not in PATH, and it runs componentize-py; install Python 3.9 or later"),
    ] {
        let project = Project::new(language, "step", &[]);
        let error = words(&project.build_with(&tools).expect_err("nothing is installed"));
        assert!(error.starts_with(said), "{error}");
        assert!(!project.path().join("target/vault-scan.wasm").exists());
    }
}

/// A list in quotes has blanks.
#[test]
fn powers_may_have_blanks_around_them() {
    let directory = TempDir::new().expect("a directory");
    let powers = ["containers".to_owned(), " http".to_owned(), String::new()];
    let wanted = NewPlugin { directory: directory.path(), name: "scan", kind: "step", language: "go", powers: &powers };
    new(&wanted).unwrap_or_else(|e| panic!("{e}"));
    let world = fs::read_to_string(directory.path().join("wit/world.wit")).expect("a world");
    assert!(world.contains("/containers@") && world.contains("/http@"), "{world}");
}

/// A program that fails, in the place of a package manager: what it says is shown, and nothing half installed is taken for a tool.
#[cfg(unix)]
#[test]
fn a_tool_that_cannot_be_installed_leaves_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = TempDir::new().expect("a directory");
    for (program, script) in
        [("node", "exit 0"), ("npm", "echo 'E404 not found' >&2; exit 1"), ("python3", "echo 'No module named pip' >&2; exit 1")]
    {
        let path = directory.path().join(program);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    }
    let cache = directory.path().join("cache");
    let tools = Tools { path: OsString::from(directory.path()), cache: cache.clone() };
    for (language, program, said) in [("javascript", "npm", "E404 not found"), ("python", "python3", "No module named pip")] {
        let project = Project::new(language, "step", &[]);
        let error = project.build_with(&tools).expect_err("it cannot be installed");
        assert!(words(&error).starts_with(&format!("{program} failed")), "{}", words(&error));
        assert!(error.compiler().is_some_and(|lines| lines.contains(said)), "{:?}", error.compiler());
        assert!(
            project.said.borrow().iter().any(|line| line.starts_with("installing componentize-")),
            "{:?}",
            project.said.borrow()
        );
        assert_eq!(fs::read_dir(&cache).expect("it is there").count(), 0, "{language}");
    }
}

#[test]
fn a_project_that_is_none_is_refused() {
    let directory = TempDir::new().expect("a directory");
    let tools = Tools { path: OsString::new(), cache: directory.path().join("cache") };
    let builder = windlass_plugin_kit::Builder { tools: &tools, say: &|_| {} };
    let error = words(&builder.build(directory.path()).expect_err("it is empty"));
    assert!(
        error.ends_with("has neither windlass-plugin.yaml nor Cargo.toml; `windlass plugin new` writes a project"),
        "{error}"
    );
    let error = words(&builder.build(&directory.path().join("none")).expect_err("it is not there"));
    assert!(error.contains("none cannot be read"), "{error}");

    let project = Project::new("go", "step", &[]);
    project.replace("windlass-plugin.yaml", "powers: {}", "powers: {container: why}");
    let error = words(&project.build_with(&tools).expect_err("no such power"));
    assert!(error.contains("windlass-plugin.yaml: ") && error.contains("did you mean `containers`?"), "{error}");

    let project = Project::new("python", "step", &[]);
    fs::remove_dir_all(project.path().join("wit/deps")).expect("it was there");
    let error = words(&project.build_with(&tools).expect_err("no WIT"));
    assert!(error.contains("host.wit cannot be read"), "{error}");

    for (language, entry) in [("python", "src/plugin.py"), ("javascript", "src/plugin.mjs")] {
        let project = Project::new(language, "step", &[]);
        fs::remove_file(project.path().join(entry)).expect("it was there");
        let error = words(&project.build_with(&tools).expect_err("no source"));
        assert!(error.contains(&format!("{entry}: there is no such file")), "{error}");
    }
}

/// The first case is one, whatever the plugin is and may do.
#[test]
fn a_new_project_has_a_case_that_can_be_read() {
    for language in Language::ALL {
        for (word, kind) in KINDS {
            for power in [None].into_iter().chain(kind.powers().iter().copied().map(Some)) {
                let project = Project::new(language.as_str(), word, power.as_slice());
                let cases = windlass_plugin_test::read(&project.path().join("tests"));
                let cases = cases.unwrap_or_else(|e| panic!("{language} {kind} {power:?}: {e}"));
                assert_eq!(cases.len(), 1);
            }
        }
    }
}
