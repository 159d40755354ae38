//! `windlass build`: one image in a registry, without a task file and without privilege, with the logins of `docker login`.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::Command;

use support::world::registry_password_file;
use support::{Outcome, Project, World, matrix, on, registry};

/// A project with a Dockerfile, the registries of the tests in the user's settings, and the login of `docker login gcr.io`.
fn project(world: World) -> Project {
    let project = Project::new(&[("web/message.txt", "from one command\n")]);
    project.write("web/docker/Dockerfile", "FROM scratch\nARG WHO\nLABEL who=$WHO\nCOPY message.txt /\n");
    project.platform(&matrix::settings(world));
    let key = std::fs::read_to_string(registry_password_file()).expect("the key");
    let login = base64(&format!("_json_key:{}", key.trim_end_matches('\n')));
    let configuration = serde_json::json!({"auths": {"gcr.io": {"auth": login}}});
    std::fs::create_dir_all(project.state().join("docker")).expect("a directory");
    std::fs::write(project.state().join("docker/config.json"), configuration.to_string()).expect("the file is written");
    project
}

fn base64(text: &str) -> String {
    let script = "printf %s \"$1\" | base64 --wrap=0";
    let output = Command::new("sh").args(["-c", script, "sh", text]).output().expect("base64 runs");
    String::from_utf8(output.stdout).expect("base64 is text")
}

fn built(project: &Project, world: World, arguments: &[&str]) -> Outcome {
    let mut command = project.command(&["build", "--output=json", "--pull-policy=never"]);
    command.args(arguments).envs(world.environment()).env("DOCKER_CONFIG", project.state().join("docker"));
    match world {
        World::Kube => command.args(["--namespace=windlass-baseline"]),
        World::Engine => &mut command,
    };
    Outcome::new(&command.output().expect("windlass runs"))
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn one_command_puts_an_image_into_a_registry_with_the_logins_that_are_there() {
    on(&[World::Kube, World::Engine], |world| {
        let project = project(world);
        let tag = format!("{world:?}").to_lowercase();
        let image = format!("gcr.io/my-project/one-image:{tag}");
        let arguments =
            ["-t", &image, "-f", "web/docker/Dockerfile", "--build-arg", "WHO=$me", "--image", "busybox:latest", "web"];
        let outcome = built(&project, world, &arguments).exits(0);
        let digest = registry::digest("my-project/one-image", &tag).expect("the registry serves the image");
        assert!(outcome.stdout.contains(&digest), "{digest}: {}", outcome.stdout);
        let key = std::fs::read_to_string(registry_password_file()).expect("the key");
        assert!(!outcome.everything().contains(key.trim()), "the password is nowhere in the output");
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}

/// The first two commands of a project: files are written, and they do what they say.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_init_writes_builds_and_pushes_as_it_stands() {
    on(&[World::Kube, World::Engine], |world| {
        let project = project(world);
        project.commit();
        let tag = format!("init-{world:?}").to_lowercase();
        let image = format!("gcr.io/my-project/one-image:{tag}");
        let place: &[&str] = match world {
            World::Kube => &["--namespace=windlass-baseline"],
            World::Engine => &["--on=engine"],
        };
        let in_project = |arguments: &[&str]| {
            let mut command = project.command(arguments);
            command.envs(world.environment()).env("DOCKER_CONFIG", project.state().join("docker"));
            command
        };
        let init = [&["init", "--image", &image], place].concat();
        let written = Outcome::new(&in_project(&init).output().expect("windlass runs")).exits(0);
        // The tests' machine has another tag of the image that pushes.
        let tasks = std::fs::read_to_string(project.path().join(".cirrus.yml")).expect("the tasks");
        project.write(".cirrus.yml", &tasks.replace("busybox:stable", "busybox:latest"));
        let key = std::fs::read_to_string(registry_password_file()).expect("the key");
        let mut run = in_project(&["run", "--output=json", "--pull-policy=never", "--trust-project"]);
        run.env("REGISTRY_PASSWORD", key.trim_end_matches('\n'));
        let outcome = Outcome::new(&run.output().expect("windlass runs")).exits(0);
        let digest = registry::digest("my-project/one-image", &tag).expect("the registry serves the image");
        assert!(outcome.stdout.contains(&digest), "{digest}: {}", outcome.stdout);
        let all = format!("{}{}", written.everything(), outcome.everything());
        assert!(!all.contains(key.trim()), "the password is nowhere in the output");
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_login_that_the_registry_rejects_fails_the_run_and_pushes_nothing() {
    let project = project(World::Engine);
    let configuration = serde_json::json!({"auths": {"gcr.io": {"auth": base64("_json_key:not the key")}}});
    std::fs::write(project.state().join("docker/config.json"), configuration.to_string()).expect("the file is written");
    let arguments =
        ["-t", "gcr.io/my-project/one-image:wrong", "-f", "web/docker/Dockerfile", "--image", "busybox:latest", "web"];
    let outcome = built(&project, World::Engine, &arguments).exits(1);
    assert!(outcome.everything().contains("refuses the credentials"), "{}", outcome.everything());
    assert!(registry::digest("my-project/one-image", "wrong").is_none());
}
