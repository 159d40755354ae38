//! Tasks that a plugin made run as those of the task file do, on a real Kubernetes node and on a real container engine; and a plugin of a real
//! registry makes them as the lock says.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::collections::BTreeSet;

use support::world::variable;
use support::{Outcome, Project, World, on, plugins};
use tempfile::TempDir;

/// The image that both worlds have.
const IMAGE: &str = "docker.io/library/busybox:latest";

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn tasks_that_were_made_run_with_those_of_the_file() {
    on(&[World::Kube, World::Engine], |world| {
        let own =
            format!("own_task:\n  depends_on: [one]\n  container: {{image: \"{IMAGE}\"}}\n  say_script: echo own of $WHO\n");
        let settings = format!(
            "generate: [{{file: names.txt, uses: ./make.wasm, with: {{image: \"{IMAGE}\", variables: [WHO]}}}}]\n\
             plugins: {{./make.wasm: [environment, http, workspace-read]}}\nvariables: {{WHO: everybody}}\n"
        );
        let project = Project::new(&[(".cirrus.yml", &own), ("names.txt", "one\ntwo\n"), ("windlass.yaml", &settings)]);
        std::fs::copy(plugins::fixture("generator"), project.path().join("make.wasm")).expect("it is copied");
        project.commit();
        let outcome = project.run(world, None, &["--pull-policy=if-not-present"]).exits(0);
        let events = outcome.events();
        let ended = events.iter().filter(|event| event["event"] == "task_finished" && event["outcome"]["result"] == "passed");
        let passed: BTreeSet<String> = ended.map(|event| event["task"].to_string()).collect();
        assert_eq!(passed.len(), 3, "{passed:?}: {}", outcome.stdout);
        for said in ["own of everybody", "one", "two"] {
            assert!(outcome.stdout.contains(said), "{said}: {}", outcome.stdout);
        }
        assert!(outcome.stderr.contains("2 lines of names.txt"), "{}", outcome.stderr);
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}

/// A tag that moves and a newer release make no other tasks until somebody says so: the plugin is one of the lock, like those of steps.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_plugin_of_a_registry_makes_the_tasks_that_the_lock_says() {
    let (registry, cache) = (variable("REGISTRY_PLAIN").expect("tests/run.sh sets it"), TempDir::new().expect("a directory"));
    let unique = cache.path().file_name().expect("a name").to_string_lossy().to_lowercase().replace('.', "");
    let repository = format!("{registry}/teams/generate-{unique}");
    let settings = format!("generate: [{{file: names.txt, uses: \"oci://{repository}:^1\"}}]\n");
    let project = Project::new(&[("names.txt", "one\ntwo\n"), ("windlass.yaml", &settings)]);
    project.platform(&format!("registries: {{\"{registry}\": {{insecure: true}}}}\n"));
    let windlass = |cache: &TempDir, arguments: &[&str], ci: bool| {
        let mut command = project.command(arguments);
        command.env("XDG_CACHE_HOME", cache.path()).env_remove("CI");
        if ci {
            command.env("CI", "true");
        }
        Outcome::new(&command.output().expect("windlass runs"))
    };
    let ship = |name: &str, tag: &str| {
        let component = plugins::fixture(name);
        let component = component.to_str().expect("text");
        windlass(&cache, &["plugin", "push", component, &format!("{repository}:{tag}")], false).exits(0);
    };
    let lock = || std::fs::read_to_string(project.path().join("windlass.lock")).ok();
    let plan = &["plan", "--on=engine"][..];
    ship("plain-generator", "1.0.0");
    let in_ci = windlass(&cache, plan, true).exits(2).stderr;
    assert!(in_ci.contains("windlass.lock has no entry for") && in_ci.contains("windlass.yaml:1:"), "{in_ci}");
    assert!(lock().is_none(), "what fails writes nothing");
    let made = windlass(&cache, plan, false).exits(0);
    assert!(
        made.stdout.contains("names.txt  2 tasks") && made.stderr.contains("windlass.lock was written"),
        "{}",
        made.everything()
    );
    let first = lock().expect("a lock");
    assert!(first.contains(&format!("oci://{repository}:^1")), "{first}");

    // Another release asks for more: nothing of it runs, not even to find out which plugins are used.
    ship("generator", "1.1.0");
    windlass(&cache, plan, true).exits(0);
    let update = windlass(&cache, &["plugin", "update"], false).exits(2);
    assert!(update.stdout.contains("+ ") && !update.everything().contains("lines of names.txt"), "{}", update.everything());
    assert_eq!(lock().as_deref(), Some(first.as_str()), "a lock that is there is kept");

    // What is vendored serves a site without a registry.
    windlass(&cache, &["plugin", "vendor", "vendor"], false).exits(0);
    project.write("windlass.yaml", &format!("{settings}vendored: vendor\n"));
    let elsewhere = TempDir::new().expect("a directory");
    let offline = windlass(&elsewhere, &["plan", "--on=engine", "--offline", "--locked"], false).exits(0);
    assert!(offline.stdout.contains("names.txt  2 tasks"), "{}", offline.everything());

    windlass(&cache, &["plugin", "update", "--approve"], false).exits(0);
    let refused = windlass(&cache, plan, false).exits(4).stderr;
    assert!(refused.contains("asks for `environment`, which it was not granted"), "{refused}");
}
