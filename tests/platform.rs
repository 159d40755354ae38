//! What windlass.yaml says of registries reaches the daemon that builds and pushes, on a real Kubernetes node and on a real engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::world::variable;
use support::{Project, World, on, registry};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// The example with a daemon next door, its registry written with the port: no image has a certificate for `gcr.io:443`.
fn example_with_port() -> Project {
    let project = Project::example("docker-in-docker");
    let tasks = std::fs::read_to_string(project.path().join(".cirrus.yml")).expect("the example");
    project
        .write(".cirrus.yml", &tasks.replace("gcr.io", "gcr.io:443").replace("my-project/hello", "my-project/hello-authority"));
    project
}

fn windlass_yaml(project: &Project, world: World, registries: &str) {
    let address = world.registry_address();
    let text = format!("host_aliases:\n  - ip: {address}\n    hostnames: [gcr.io]\nregistries:\n{registries}");
    project.write("windlass.yaml", &text);
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_registry_whose_authority_only_windlass_yaml_names_is_trusted_by_the_daemon() {
    on(BOTH, |world| {
        let project = example_with_port();
        let authority = variable("REGISTRY_CA").expect("tests/run.sh sets it");
        windlass_yaml(&project, world, &format!("  gcr.io:443: {{ca_file: {authority}}}\n"));
        project.write("message.txt", &format!("{world:?} {}", std::process::id()));
        let head = project.commit();
        let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(0);
        let digest = registry::digest("my-project/hello-authority", &head).expect("the registry serves the image");
        assert!(outcome.stdout.contains(&digest), "{digest}: {}", outcome.stdout);
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn without_it_the_daemon_refuses_the_registry() {
    on(&[World::Kube], |world| {
        let project = example_with_port();
        windlass_yaml(&project, world, "  other.corp: {insecure: true}\n");
        let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(1);
        assert!(outcome.stdout.contains("certificate signed by unknown authority"), "{}", outcome.everything());
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn the_daemon_that_docker_build_brings_uses_mirrors_and_insecure_registries() {
    on(BOTH, |world| {
        let plain = variable("REGISTRY_PLAIN_FROM_PODS").expect("tests/run.sh sets it");
        let tasks = format!(
            "\
image_task:
  gke_container: {{image: 'docker:latest', cluster_name: cirrus-ci-cluster, namespace: cirrus-ci, cpu: 1, memory: 1Gb}}
  build_step:
    uses: docker-build
    with: {{image: 'docker:dind', memory: 2Gb, tags: ['{plain}/windlass/mirrored:$CIRRUS_CHANGE_IN_REPO']}}
  push_step:
    uses: docker-push
"
        );
        // Docker Hub itself is out of reach: only the mirror has this image.
        let project = Project::new(&[(".cirrus.yml", &tasks), ("Dockerfile", "FROM busybox:latest\nCOPY Dockerfile /\n")]);
        windlass_yaml(&project, world, &format!("  '{plain}': {{insecure: true}}\n  docker.io: {{mirrors: ['{plain}']}}\n"));
        let head = project.commit();
        let outcome = project.run(world, None, &[]).exits(0);
        let there = variable("REGISTRY_PLAIN").expect("tests/run.sh sets it");
        let digest = registry::digest_at(&there, "windlass/mirrored", &head).expect("the registry serves the image");
        assert!(outcome.stdout.contains(&digest), "{digest}: {}", outcome.stdout);
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    });
}
