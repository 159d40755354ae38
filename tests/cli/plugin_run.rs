//! `windlass plugin run --file`: what a config plugin makes of a file, without an engine. Steps are tried in `tests/plugin_run.rs`.

use super::support::plugins::fixture;
use super::{PLAIN, Project, says};

fn project(plugin: &str) -> Project {
    let project = Project::new(&[(".cirrus.yml", PLAIN), ("ci/services.txt", "api\nweb\n")]);
    std::fs::copy(fixture(plugin), project.path().join("make.wasm")).expect("it is copied");
    project
}

const TRY: [&str; 5] = ["plugin", "run", "./make.wasm", "--file", "ci/services.txt"];

#[test]
fn the_tasks_that_a_plugin_makes_are_printed() {
    let project = project("plain-generator");
    let tried = project.windlass(&[&TRY[..], &["--with", "image=alpine:3"]].concat()).exits(0);
    let api = "api_task:\n  container: {image: \"alpine:3\"}\n  say_script: echo api\n";
    assert_eq!(tried.stdout, format!("{api}{}", api.replace("api", "web")));
    says(&tried.stderr, &["note: ./make.wasm: 2 tasks from ci/services.txt"]);
    let wrong = project.windlass(&[&TRY[..], &["--with", "imgae=alpine:3"]].concat()).exits(2);
    says(&wrong.stderr, &["plain-generator 0.1.0 cannot do this: imgae: ", "image"]);
    assert_eq!(wrong.stdout, "");
    for (file, said) in [("nope.txt", "there is no nope.txt"), ("../outside", "`../outside` is not a file below")] {
        says(&project.windlass(&["plugin", "run", "./make.wasm", "--file", file]).exits(2).stderr, &[said]);
    }
}

/// As in any other run: the file's words are not enough, and the grant is the one that a plan would want.
#[test]
fn it_has_what_it_is_granted_and_no_more() {
    let project = project("generator");
    let refused = project.windlass(&TRY).exits(4);
    says(&refused.stderr, &["./make.wasm: [environment, workspace-read, http]"]);
    assert_eq!(refused.stdout, "");
    project.platform("plugins: {./make.wasm: [environment, http, workspace-read]}\n");
    let tried = project.windlass(&[&TRY[..], &["--with", "variables=[\"MODE\"]", "-e", "MODE=fast"]].concat()).exits(0);
    says(&tried.stdout, &["env: {MODE: \"fast\", }", "say_script: echo web\n"]);
}

#[test]
fn a_step_makes_no_tasks_and_what_makes_tasks_is_no_step() {
    let project = project("plain-generator");
    let step = project.windlass(&["plugin", "run", "shell", "--file", "ci/services.txt"]).exits(2);
    says(&step.stderr, &["is a step plugin, and tasks are made by a config plugin"]);
    let config = project.windlass(&["plugin", "run", "./make.wasm", "--dry-run"]).exits(2);
    says(&config.stderr, &["it is a config plugin, which makes tasks from a file"]);
    let both = project.windlass(&[&TRY[..], &["--dry-run"]].concat()).exits(2);
    says(&both.stderr, &["cannot be used with"]);
}
