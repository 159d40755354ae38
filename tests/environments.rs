//! A task that names a Dockerfile runs in an image that windlass builds of it: on a real Kubernetes node pushed to a registry with a
//! password, from which the node pulls it, and on a real engine by the engine itself. A second run finds it there.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use serde_json::Value;
use support::world::{registry_password_file, variable};
use support::{Outcome, Project, World, on};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// Two tasks of one environment, and what is in it.
fn project(world: World) -> Project {
    let base = match world {
        World::Kube => given("BASE_IMAGE"),
        World::Engine => given("IMAGE_BUSYBOX"),
    };
    let instance = "
  kubernetes_container:
    dockerfile: ci/Dockerfile
    docker_arguments: {GREETING: hello}
    namespace: windlass-baseline
";
    let tasks = format!(
        "one_task:{instance}  show_script: cat /greeting /message.txt\ntwo_task:{instance}  show_script: cat /greeting\n"
    );
    let project = Project::new(&[
        (".cirrus.yml", &tasks),
        ("ci/Dockerfile", &format!("FROM {base}\nARG GREETING\nCOPY ci/message.txt /\nRUN echo \"$GREETING\" >/greeting\n")),
    ]);
    // Nobody else's run has built it.
    project.write("ci/message.txt", &format!("{world:?} {} {}\n", std::process::id(), unique()));
    let registry = given("REGISTRY_ADDRESS");
    let (ca, key) = (given("REGISTRY_CA"), registry_password_file());
    project.write(
        "windlass.yaml",
        &format!(
            "host_aliases: [{{ip: {registry}, hostnames: [gcr.io]}}]
registries: {{gcr.io: {{ca_file: {ca}}}}}
secrets: {{REGISTRY_KEY: {{file: {}}}}}
environments:
  registry: gcr.io/my-project/environments
  username: _json_key
  password: REGISTRY_KEY
",
            key.display()
        ),
    );
    project.commit();
    project
}

/// A variable that tests/cluster/env.sh prints.
fn given(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("WINDLASS_TEST_{name} is not set; tests/run.sh sets it"))
}

fn unique() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos())
}

/// What a task's step wrote.
fn output(outcome: &Outcome, task: &str, step: &str) -> String {
    let events = outcome.events();
    let of_step = |event: &&Value| event["event"] == "output" && event["task"] == task && event["step"] == step;
    events.iter().filter(of_step).filter_map(|event| event["data"].as_str()).collect()
}

/// How a step of the task that builds the environment ended, once for each such task.
fn steps(outcome: &Outcome, step: &str) -> Vec<String> {
    let of_environment = |event: &&Value| {
        let task = event["task"].as_str().unwrap_or_default();
        event["event"] == "step_finished" && task.starts_with("environment ") && event["step"] == step
    };
    outcome
        .events()
        .iter()
        .filter(of_environment)
        .filter_map(|event| event["outcome"]["result"].as_str().map(str::to_owned))
        .collect()
}

/// The lines of an engine's build.
fn told(outcome: &Outcome, words: &str) -> usize {
    let says = |event: &&Value| event["event"] == "pod_notice" && event["message"].as_str().is_some_and(|m| m.contains(words));
    outcome.events().iter().filter(says).count()
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn tasks_run_in_the_image_of_their_dockerfile_which_is_built_once() {
    on(BOTH, |world| {
        let project = project(world);
        let message = std::fs::read_to_string(project.path().join("ci/message.txt")).expect("it was written");
        let first = project.run(world, None, &["--jobs=2"]).exits(0);
        assert!(output(&first, "one", "show").contains(&format!("hello\n{message}")), "{}", first.stdout);
        assert!(output(&first, "two", "show").contains("hello\n"), "{}", first.stdout);
        assert_eq!(world.standing(&first.run()), [""; 0], "nothing of the run is left");
        let key = std::fs::read_to_string(registry_password_file()).expect("the key");
        assert!(!first.everything().contains(key.trim()), "the key is nowhere in the output");

        let second = project.run(world, None, &[]).exits(0);
        assert!(output(&second, "one", "show").contains(&message), "{}", second.stdout);
        match world {
            World::Kube => {
                assert_eq!((steps(&first, "build"), steps(&first, "push")), (vec!["passed".into()], vec!["passed".into()]));
                assert_eq!((steps(&second, "lookup"), steps(&second, "build")), (vec!["passed".into()], vec!["skipped".into()]));
            }
            World::Engine => {
                assert_eq!((told(&first, "building image"), told(&first, "already exists")), (1, 1));
                assert_eq!((told(&second, "building image"), told(&second, "already exists")), (0, 2));
            }
        }

        // What the Dockerfile does not copy is no reason to build again; what it copies is one.
        project.write("README", "other");
        assert_eq!(image(&project, world), image(&project, world));
        let before = image(&project, world);
        project.write("ci/message.txt", "changed\n");
        assert_ne!(image(&project, world), before);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_dockerfile_that_fails_fails_the_tasks_with_its_own_exit_code() {
    on(BOTH, |world| {
        let project = project(world);
        let dockerfile = std::fs::read_to_string(project.path().join("ci/Dockerfile")).expect("it was written");
        project.write("ci/Dockerfile", &format!("{dockerfile}RUN echo before; exit 7\n"));
        let outcome = project.run(world, None, &[]).exits(1);
        assert!(outcome.stdout.contains("\"exit_code\":7"), "{}", outcome.stdout);
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}

/// The image that the first task is to start from.
fn image(project: &Project, world: World) -> String {
    let mut command = project.command(&["plan", "--trust-project", "--output=json"]);
    let outcome = Outcome::new(&command.args(world.flags()).envs(world.environment()).output().expect("windlass runs")).exits(0);
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let tasks = plan["tasks"].as_array().expect("tasks");
    let one = tasks.iter().find(|task| task["name"] == "one").expect("the task is planned");
    one["pod"]["containers"][0]["image"].as_str().expect("an image").to_owned()
}
