//! What windlass.yaml says of registries reaches the daemon that builds and pushes, and what it says of pods reaches them, on a real Kubernetes
//! node and on a real engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::world::{required, variable};
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

/// A task in the namespace that enforces Pod Security `restricted`, in an image; `more` are lines of its container.
fn in_restricted(image: &str, more: &str) -> Project {
    let namespace = required("NAMESPACE_RESTRICTED");
    Project::new(&[(
        ".cirrus.yml",
        &format!(
            "t_task:\n  kubernetes_container:\n    image: {image}\n    cluster_name: test\n    namespace: {namespace}\n    cpu: 0.1\n    \
             memory: 64Mb\n{more}  env: {{TEXT: written}}\n  note_file: {{path: note, variable_name: TEXT}}\n  \
             a_background_script: sleep 600\n  test_script:\n    - id -u\n    - cat note && test -d .git\n    \
             - echo \"SEEN=yes\" >> \"$CIRRUS_ENV\"\n  seen_script: test \"$SEEN\" = yes && echo everything-works\n  always:\n    \
             tidy_script: echo tidied\n"
        ),
    )])
}

const RESTRICTED: &str =
    "runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}";

/// End to end where Pod Security is `restricted`: the agent, the working copy, files, scripts, a sidecar, and the end. The image runs as another
/// user than root by itself, or the settings say which.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_plain_task_runs_where_pod_security_is_restricted() {
    let sidecar = "    additional_containers:\n      - {name: beside, image: \"busybox:latest\", cpu: 0.1, memory: 32Mb, port: 8080, \
                   command: [sh, -c, 'mkdir /tmp/w; exec httpd -f -p 8080 -h /tmp/w']}\n";
    for (image, more, user) in
        [(required("IMAGE_NONROOT"), "", ""), ("busybox:latest".into(), sidecar, ", runAsUser: 4711, fsGroup: 4711")]
    {
        let project = in_restricted(&image, more);
        let refused = project.run(World::Kube, None, &[]).exits(3);
        assert!(refused.everything().contains("pods: {securityContext: {runAsNonRoot: true"), "{}", refused.everything());
        project.platform(&format!("pods: {{labels: {{team: build}}, securityContext: {{{RESTRICTED}{user}}}}}\n"));
        let outcome = project.run(World::Kube, None, &[]).exits(0);
        for text in ["everything-works", "written", "tidied"] {
            assert!(outcome.stdout.contains(text), "{text}: {}", outcome.stdout);
        }
        assert!(user.is_empty() || outcome.stdout.contains("4711"), "{}", outcome.stdout);
        assert_eq!(World::Kube.standing(&outcome.run()), [""; 0]);
    }
}

/// An image that runs as root is red within seconds, with what to do.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn an_image_that_runs_as_root_is_told_what_to_do() {
    let project = in_restricted("busybox:latest", "");
    project.platform(&format!("pods: {{securityContext: {{{RESTRICTED}}}}}\n"));
    let outcome = project.run(World::Kube, None, &[]).exits(1);
    assert!(outcome.stdout.contains("runAsUser"), "{}", outcome.everything());
}
