//! What cannot be done, and the exit code that says whose matter it is.

use super::{PLAIN, project, says};

#[test]
fn an_unknown_task_is_refused_with_those_there_are() {
    for command in ["plan", "run"] {
        says(&project(PLAIN).windlass(&[command, "lnit"]).exits(2).stderr, &["no task is called `lnit`", "`lint`"]);
    }
}

/// With `-e` forgotten, a variable's value was printed as the name of a task, on a terminal and into the log of a CI system.
#[test]
fn a_variable_in_place_of_a_task_is_not_repeated() {
    for command in ["plan", "run", "convert"] {
        let told = project(PLAIN).windlass(&[command, "TOKEN=hunter2"]).exits(2).stderr;
        says(&told, &["no task is called `TOKEN=…`"]);
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn an_engine_that_does_not_answer_is_the_engines_matter() {
    let project = project(PLAIN);
    let outcome = project.windlass(&["run"]).exits(3);
    let engine = format!("unix://{}", project.nowhere().display());
    says(&outcome.stderr, &["on the container engine of this machine: lint", &engine, "DOCKER_HOST", "help:"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_run_of_nothing_is_not_green() {
    let none = project("a_task:\n  container: {image: a}\n  only_if: 'false'\n  x_script: y\n");
    says(&none.windlass(&["run"]).exits(2).stderr, &["nothing to run", "windlass plan"]);
    let skipped = project("a_task:\n  container: {image: a}\n  skip: 'true'\n  x_script: y\n");
    says(&skipped.windlass(&["run"]).exits(2).stderr, &["every task is skipped"]);
}

/// What is wrong with the command line is no step's matter, nor a place in the file's.
#[test]
fn a_plugin_of_use_that_cannot_be_used_is_blamed_on_use() {
    let project = project("a_task:\n  container: {image: docker}\n  b_script: docker build -t b:1 .\n");
    project.write("not.wasm", "not a component");
    for command in ["plan", "run", "convert"] {
        for (given, code, told) in [
            ("build=kanico", 2, "error: --use build=kanico: plugin kanico was not found: "),
            ("build=oci-push", 2, "error: --use build=oci-push: it is a push plugin"),
            ("step=./nope.wasm", 2, "error: --use step=./nope.wasm: plugin ./nope.wasm was not found: "),
            ("push=./not.wasm", 4, "error: --use push=./not.wasm: ./not.wasm is not a plugin that this windlass can load"),
        ] {
            let outcome = project.windlass(&[command, "--use", given]).exits(code);
            says(&outcome.stderr, &[told]);
            assert!(!outcome.stderr.contains("clone") && !outcome.stderr.contains(".cirrus.yml:"), "{}", outcome.stderr);
        }
    }
    says(&project.windlass(&["plan", "--use", "build=kanico"]).exits(2).stderr, &["did you mean `kaniko`?"]);
}

#[test]
fn plugins_that_are_not_there_or_not_plugins_are_refused() {
    let project = project(PLAIN);
    project.write("not.wasm", "not a component");
    says(&project.windlass(&["plugin", "inspect", "shel"]).exits(2).stderr, &["shel", "shell"]);
    says(&project.windlass(&["plugin", "inspect", "./nope.wasm"]).exits(2).stderr, &["nope.wasm"]);
    says(&project.windlass(&["plan", "--plugin", "nope.wasm"]).exits(2).stderr, &["nope.wasm cannot be read", "No such file"]);
    says(&project.windlass(&["plan", "--plugin", "kaniko"]).exits(2).stderr, &["kaniko", "--use KIND=NAME"]);
    says(&project.windlass(&["plan", "--plugin", "not.wasm"]).exits(4).stderr, &["not.wasm"]);
    says(&project.windlass(&["plan", "--use", "biuld=x"]).exits(2).stderr, &["biuld", "login, build, push, step"]);
}

#[test]
fn a_plugin_from_outside_is_denied_with_the_lines_that_would_grant_it() {
    let project = project(PLAIN);
    let (_, shell) = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin");
    std::fs::write(project.path().join("other.wasm"), shell).expect("a file");
    let denied = project.windlass(&["plan", "--plugin", "other.wasm"]).exits(4);
    // It lies anywhere on the machine, and is no matter of the project's.
    let own = project.nowhere().with_file_name("config").join("windlass/windlass.yaml");
    let add = format!("add to {}", own.display());
    says(&denied.stderr, &["asks for `containers`, which it was not granted", &add, "other.wasm"]);
    let line = denied.stderr.lines().find(|line| line.contains("other.wasm: [")).expect("the lines to write");
    project.write("windlass.yaml", line.trim());
    project.windlass(&["plan", "--plugin", "other.wasm"]).exits(0);
}

#[test]
fn built_in_plugins_are_listed_and_described() {
    let project = project(PLAIN);
    says(&project.windlass(&["plugin", "ls"]).exits(0).stdout, &["NAME", "docker-build", "registry-login", "shell"]);
    let described = project.windlass(&["plugin", "inspect", "shell"]).exits(0).stdout;
    says(&described, &["kind", "step", "asks for containers", "\"lines\""]);
}

#[test]
fn doctor_ends_with_the_clusters_code_when_what_was_named_does_not_answer() {
    let project = project(PLAIN);
    let outcome = project.windlass(&["doctor", "--on", "engine"]).exits(3);
    let engine = format!("unix://{}", project.nowhere().display());
    says(&outcome.stdout, &["task file", "plugins can run here", &engine]);
    says(&outcome.stderr, &["of the tests failed"]);
    project.windlass(&["gc", "--on", "engine"]).exits(3);
    project.windlass(&["ls", "--on", "engine"]).exits(3);
}
