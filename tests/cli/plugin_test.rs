//! `plugin test`, as an author meets it.

use std::path::Path;
use std::sync::OnceLock;

use super::says;
use crate::support::{Outcome, Project, plugins};

/// A project, and the component, which is built once for all tests.
fn careless() -> (Project, String) {
    static BUILT: OnceLock<String> = OnceLock::new();
    let component = BUILT.get_or_init(|| plugins::fixture("careless").display().to_string());
    (Project::new(&[]), component.clone())
}

const GOOD: &str =
    "name: greets\nwith: {name: world}\ncontainers: {main: {commands: [{run: echo hello}]}}\nexpect: {log: [hello world]}\n";

fn tested(project: &Project, arguments: &[&str]) -> Outcome {
    project.windlass(&[&["plugin", "test"], arguments].concat())
}

#[test]
fn all_is_well_and_a_line_for_each_test_says_so() {
    let (project, component) = careless();
    project.write("cases/first.yaml", GOOD);
    let outcome = tested(&project, &[&component, "--cases", "cases"]).exits(0);
    says(
        &outcome.stdout,
        &[
            "running 12 tests of careless 0.1.0 (seed 1)\ntest greets ... ok\n",
            "test requirements are pure ... ok\n",
            "test a refusal of environment is answered ... ok\n",
            "\ntest result: ok. 12 passed; 0 failed; 0 ignored; 0 filtered out\n",
        ],
    );
    let listed = tested(&project, &[&component, "--cases", "cases", "--list"]).exits(0);
    assert_eq!(listed.stdout.lines().count(), 12, "{}", listed.stdout);
    assert!(listed.stdout.starts_with("greets\nrequirements answer every request\n"), "{}", listed.stdout);
    let one = tested(&project, &[&component, "--cases", "cases", "--case", "greets", "--seed", "7"]).exits(0);
    says(&one.stdout, &["running 1 test of careless 0.1.0 (seed 7)", "1 passed; 0 failed; 0 ignored; 11 filtered out"]);
}

#[test]
fn what_failed_is_told_at_the_end() {
    let (project, component) = careless();
    project.write("cases/first.yaml", &format!("{GOOD}secrets: {{TOKEN: hunter22}}\nenvironment: {{GREETING: hunter22}}\n"));
    let outcome = tested(&project, &[&component, "--cases", "cases", "--case", "greets"]).exits(1);
    says(
        &outcome.stdout,
        &[
            "test greets ... FAILED\n",
            "\nfailures:\n\n---- greets ----\n",
            "log: expected a line with \"hello world\", got \n    info: HIDDEN-BY-WINDLASS world\n",
            "- run: [echo, HIDDEN-BY-WINDLASS]\n",
            "\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 11 filtered out\n",
        ],
    );
    assert!(!outcome.everything().contains("hunter22"), "{}", outcome.everything());
}

#[test]
fn bad_input_is_told_with_what_to_do() {
    let (project, component) = careless();
    let refused = |arguments: &[&str], parts: &[&str]| says(&tested(&project, arguments).exits(2).stderr, parts);
    project.write("cases/first.yaml", "name: a\nexpect:\n  resutl: ok\n");
    refused(&[&component, "--cases", "cases"], &["cases/first.yaml:3:3: ", "did you mean `result`?", "help: "]);
    refused(&[&component, "--cases", "none"], &["none is no directory"]);
    refused(&[&component, "--case", "what"], &["no test has \"what\" in its name", "--list"]);
    refused(&["none.wasm"], &["none.wasm cannot be read: No such file"]);
    project.write("text.wasm", "no component");
    refused(&["text.wasm"], &["text.wasm is not a plugin that this windlass can load: it is not WebAssembly"]);
    refused(&[], &["has no target/NAME.wasm", "windlass plugin build"]);
}

#[test]
fn a_project_that_was_changed_is_built_first() {
    let (project, component) = careless();
    project.write("p/src/lib.rs", "// new\n");
    project.write("p/tests/first.yaml", GOOD);
    std::fs::create_dir_all(project.path().join("p/target")).expect("a directory");
    std::fs::copy(&component, project.path().join("p/target/careless.wasm")).expect("it is copied");
    let touch = |name: &str, seconds: u64| {
        let file = std::fs::File::options().write(true).open(project.path().join(Path::new(name))).expect("it is there");
        file.set_modified(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).expect("a time");
    };
    touch("p/src/lib.rs", 2000);
    touch("p/target/careless.wasm", 1000);
    let outcome = tested(&project, &["p"]).exits(2);
    says(&outcome.stderr, &["p/target/careless.wasm is older than p/src/lib.rs; run `windlass plugin build p`"]);
    touch("p/src/lib.rs", 500);
    says(&tested(&project, &["p"]).exits(0).stdout, &["test greets ... ok"]);
}

/// The plan is made as any other: what is not granted is refused with the lines that grant it.
#[test]
fn a_plugin_is_tried_as_any_step() {
    let (project, component) = careless();
    std::fs::copy(&component, project.path().join("careless.wasm")).expect("it is copied");
    let arguments = ["plugin", "run", "./careless.wasm", "--with", "name=world", "--dry-run"];
    let refused = project.windlass(&arguments).exits(4);
    says(&refused.stderr, &["plugins:", "./careless.wasm: [{containers: [main]}, environment]"]);
    project.write("windlass.yaml", "plugins: {./careless.wasm: [{containers: [main]}, environment]}\n");
    let plan = project.windlass(&arguments).exits(0);
    says(&plan.stdout, &["careless", "busybox:stable"]);
    for (with, said) in [("name", "KEY=VALUE"), ("{name}", "not JSON"), ("nmae=x", "did you mean `name`")] {
        let outcome = project.windlass(&["plugin", "run", "./careless.wasm", "--with", with, "--dry-run"]);
        assert_ne!(outcome.code, 0, "{with}");
        says(&outcome.stderr, &[said]);
    }
}
