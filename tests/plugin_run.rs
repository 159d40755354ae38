//! `windlass plugin run`: one plugin in one step on a real engine, without a task file.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::{Outcome, Project, World, plugins};

/// The image that the engine of the tests has.
const IMAGE: &str = "docker.io/library/busybox:latest";

fn tried(project: &Project, arguments: &[&str]) -> Outcome {
    let mut command = project.command(&["plugin", "run", "--output=json", "--image", IMAGE, "--pull-policy=never"]);
    command.args(arguments).envs(World::Engine.environment()).env("WINDLASS_TRUST_PROJECT", "1");
    Outcome::new(&command.output().expect("windlass runs"))
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_plugin_runs_in_one_step_with_what_it_was_granted() {
    let project = Project::new(&[("windlass.yaml", "plugins: {./careless.wasm: [{containers: [main]}, environment]}\n")]);
    std::fs::copy(plugins::fixture("careless"), project.path().join("careless.wasm")).expect("it is copied");
    let outcome = tried(&project, &["./careless.wasm", "--with", "name=world", "-e", "GREETING=good morning"]).exits(0);
    let logged = outcome.events().into_iter().filter(|e| e["event"] == "plugin_log");
    let lines: Vec<String> = logged.map(|e| e["message"].to_string()).collect();
    assert_eq!(lines, ["\"good morning world\""]);
    assert_eq!(World::Engine.standing(&outcome.run()), [""; 0], "nothing of the run is left");

    // A built-in plugin needs no grant; what fails is the step's failure.
    let outcome = tried(&project, &["shell", "--with", "{\"lines\": [\"ls careless.wasm\", \"exit 7\"]}"]).exits(1);
    assert!(outcome.stdout.contains("careless.wasm"), "the working copy is there: {}", outcome.stdout);

    project.write("windlass.yaml", "{}\n");
    let refused = tried(&project, &["./careless.wasm", "--with", "name=world"]).exits(4);
    assert!(refused.stderr.contains("./careless.wasm: [{containers: [main]}, environment]"), "{}", refused.stderr);
}
