//! Every example runs as it stands, on a real Kubernetes node and on a real container engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::{Project, World, matrix, on, registry};

fn pushes(example: &str, repository: &str) {
    on(&[World::Kube, World::Engine], |world| {
        pushed(&Project::example(example).with_registry(world), world, repository);
    });
}

fn pushed(project: &Project, world: World, repository: &str) {
    let head = project.commit();
    let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(0);
    let digest = registry::digest(repository, &head).expect("the registry serves the image");
    assert!(outcome.stdout.contains(&digest), "{digest}: {}", outcome.stdout);
    assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn docker_in_docker() {
    pushes("docker-in-docker", "my-project/hello");
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn docker_in_docker_tls() {
    pushes("docker-in-docker-tls", "my-project/hello-tls");
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn shared_socket() {
    pushes("shared-socket", "my-project/hello-socket");
}

/// A builder brings nothing that trusts the registry, so the settings name its authority.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn no_daemon() {
    on(&[World::Kube, World::Engine], |world| {
        let project = Project::example("no-daemon");
        project.platform(&matrix::settings(world));
        pushed(&project, world, "my-project/hello-no-daemon");
    });
}
