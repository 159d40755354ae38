//! The job that windlass exists for: a Cirrus task with a Docker daemon beside it logs in, builds and pushes, on a real
//! Kubernetes node and on a real container engine, from a file that needs no change.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::world::registry_password_file;
use support::{Project, World, on, registry};

const BOTH: &[World] = &[World::Kube, World::Engine];

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn the_image_is_served_under_the_commit_nothing_is_left_and_the_key_is_nowhere() {
    on(BOTH, |world| {
        let project = Project::example("docker-in-docker").with_registry(world);
        project.write("message.txt", &format!("{world:?} {}", std::process::id()));
        let head = project.commit();
        let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(0);
        let digest = registry::digest("my-project/hello", &head).expect("the registry serves the image");
        assert!(outcome.stdout.contains(&digest), "{digest} is what windlass printed: {}", outcome.stdout);
        let pushed =
            outcome.events().into_iter().find(|event| event["event"] == "image_pushed").expect("the script's push is told");
        assert_eq!(pushed["image"]["digest"], digest.as_str());
        assert_eq!(pushed["image"]["reference"], format!("gcr.io/my-project/hello:{head}"));
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
        let key = std::fs::read_to_string(registry_password_file()).expect("the key");
        assert!(!outcome.everything().contains(key.trim()), "the key is nowhere in the output");

        // The first run was green: the second knows its commit.
        project.write("message.txt", "second");
        let second = project.commit();
        let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(0);
        assert!(
            outcome.stdout.contains(&format!("my-project/hello:{head}")),
            "the last green commit is pulled: {}",
            outcome.stdout
        );
        assert!(registry::digest("my-project/hello", &second).is_some());
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_wrong_password_fails_the_task_and_the_last_screen_says_so() {
    on(BOTH, |world| {
        let project = Project::example("docker-in-docker").with_registry(world);
        // bcrypt compares 72 bytes, so a wrong key must differ before that.
        project.write("wrong.key", "this is not the key");
        let mut command = project.command(&["run", "--trust-project", "--output=plain", "--secret=REGISTRY_KEY=file:wrong.key"]);
        let output = command.args(world.flags()).envs(world.environment()).output().expect("windlass runs");
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{text}");
        let last: Vec<&str> = text.lines().rev().take(30).collect();
        assert!(last.iter().any(|l| l.contains("login")), "the last screen names the step: {text}");
        assert!(last.iter().any(|l| l.to_lowercase().contains("unauthorized")), "the last screen shows the cause: {text}");
    });
}
