//! Every builder makes the same images from the same Dockerfiles, on a real node and on a real engine: pushed to a registry with TLS and a
//! password, pulled back by Podman, run, their output compared, and the digest the one that windlass printed. Kaniko and Makisu do it in a
//! namespace that enforces Pod Security `baseline`.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::builders::{self, Builder, Expected};
use support::{Project, World, matrix, on};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// Builds every Dockerfile of the matrix with one builder, in both worlds.
fn builds_everything(builder: &Builder) {
    on(BOTH, |world| {
        let project = matrix::project(builder, world);
        let head = project.commit();
        let outcome = project.run(world, Some("REGISTRY_KEY"), &["--jobs=2", "--secret=TOKEN=file:token"]).exits(0);
        assert_eq!(world.standing(&outcome.run()), [""; 0], "nothing of the run is left");
        for image in matrix::images(builder) {
            image.is_served_and_prints(builder, world, &head, &outcome);
        }
    });
}

/// Asserts that the Dockerfile with a build secret is refused before anything runs.
fn refuses_secrets(builder: &Builder) {
    let Expected::Refused(words) = builder.secret else { panic!("{} is to build it", builder.plugin) };
    let project = matrix::with_secret(builder);
    let outcome = project.windlass(&["plan"]);
    assert_ne!(outcome.code, 0, "{}", outcome.everything());
    for word in words {
        assert!(outcome.stderr.contains(word), "`{word}` is missing: {}", outcome.stderr);
    }
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn docker_builds_every_dockerfile() {
    builds_everything(&builders::DOCKER);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn the_daemon_that_docker_brings_is_reached_from_its_own_pod_alone() {
    let project = Project::new(&[(
        ".cirrus.yml",
        "reach_task:\n\
         \x20 kubernetes_container: {image: 'docker:latest', namespace: cirrus-ci, cpu: 0.2, memory: 128Mb}\n\
         \x20 build_step: {uses: docker-build, with: {context: ., tags: [reach], image: 'docker:dind'}}\n\
         \x20 inside_script: docker images --quiet reach | grep .\n\
         \x20 outside_script: if docker --host=tcp://$(hostname -i):2375 version; then exit 1; fi\n",
    )]);
    project.write("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    project.commit();
    let outcome = project.run(World::Kube, None, &[]).exits(0);
    assert!(outcome.everything().contains("Cannot connect to the Docker daemon"), "{}", outcome.everything());
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn kaniko_builds_every_dockerfile_in_a_baseline_namespace() {
    builds_everything(&builders::KANIKO);
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn makisu_builds_every_dockerfile_in_a_baseline_namespace() {
    builds_everything(&builders::MAKISU);
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildkit_builds_every_dockerfile() {
    builds_everything(&builders::BUILDKIT);
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildah_builds_every_dockerfile() {
    builds_everything(&builders::BUILDAH);
}

/// A script made the Dockerfile and what it copies under umask 077, as a user that the builder's container does not have. Buildah reads both in
/// its user namespace; windlass' own look at the Dockerfile, outside of it, must not be what fails.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildah_builds_what_only_another_user_may_read() {
    on(BOTH, |world| {
        let builder = &builders::BUILDAH;
        let (base, namespace) = (matrix::base(builder), builder.namespace);
        let dockerfile = format!("FROM {base}\\nCOPY made /made\\nRUN cat /made/file\\n");
        let script = format!(
            "umask 077; mkdir made; echo hidden > made/file; printf '{dockerfile}' > Dockerfile.made; chown -R 1234:1234 made Dockerfile.made"
        );
        let project = Project::new(&[(
            ".cirrus.yml",
            &format!(
                "made_task:\n\
                 \x20 kubernetes_container: {{image: 'docker.io/library/busybox:latest', namespace: {namespace}, cpu: 0.2, memory: 128Mb}}\n\
                 \x20 make_script: {script}\n\
                 \x20 build_step: {{uses: buildah, with: {{dockerfile: Dockerfile.made, tags: ['gcr.io/my-project/made:1']}}}}\n"
            ),
        )]);
        builder.install(&project, &matrix::settings(world));
        project.commit();
        let outcome = project.run(world, None, &[]).exits(0);
        let data: String = outcome.events().iter().filter_map(|event| event["data"].as_str().map(str::to_owned)).collect();
        assert!(data.lines().any(|line| line.trim() == "hidden"), "the file was copied: {data}");
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_builder_from_outside_the_workspace_builds_every_dockerfile() {
    let builder = builders::from_outside();
    builds_everything(&builder);
    if let Expected::Refused(_) = builder.secret {
        refuses_secrets(&builder);
    }
}

#[test]
fn builders_without_build_secrets_say_so_and_name_those_that_have_them() {
    refuses_secrets(&builders::KANIKO);
    refuses_secrets(&builders::MAKISU);
}
