//! With `source_date_epoch`, a builder makes the same image each time: in one container, in another world, and from the file that
//! `windlass convert` makes of docker commands.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::cell::RefCell;

use support::{Project, World, on, registry};

const DOCKERFILE: &str = "FROM gcr.io/my-project/busybox:latest AS build\n\
    RUN mkdir /data && date >/dev/null && chown 1234:1234 /data && echo made >/data/made\n\
    FROM build\n\
    COPY Dockerfile /data/source\n\
    USER 1234\n\
    RUN id -u >/data/user\n";

/// A project whose pods reach the registry with the password as `gcr.io`.
fn project(world: World, task: &str, dockerfile: &str) -> Project {
    let project = Project::new(&[(".cirrus.yml", task), ("Dockerfile", dockerfile)]);
    let certificate = support::world::required("REGISTRY_CA");
    let settings = format!(
        "host_aliases:\n  - ip: {}\n    hostnames: [gcr.io]\nregistries:\n  gcr.io: {{ca_file: '{certificate}'}}\n",
        world.registry_address()
    );
    project.write("windlass.yaml", &settings);
    project.commit();
    project
}

/// Builds an image twice in one task, the first time into a layout and the second time pushed by the builder itself, and again elsewhere.
fn builds_the_same_twice(builder: &str) {
    let repository = format!("my-project/reproducible/{builder}");
    let build = |name: &str, tag: &str| {
        format!(
            "  {name}_step: {{uses: {builder}, with: {{tags: ['gcr.io/{repository}:{tag}'], source_date_epoch: 1700000000, no_cache: true}}}}\n"
        )
    };
    let task = format!(
        "env:\n  REGISTRY_KEY: ENCRYPTED[key]\n\
         twice_task:\n  kubernetes_container: {{image: 'docker.io/library/busybox:latest', namespace: cirrus-ci, cpu: 0.5, memory: 256Mb}}\n\
         \x20 login_step: {{uses: registry-login, with: {{registry: gcr.io, username: _json_key, password: REGISTRY_KEY}}}}\n\
         {}{}  push_step: {{uses: oci-push}}\n",
        build("first", "first"),
        build("second", "second"),
    );
    let digests = RefCell::new(Vec::new());
    on(&[World::Kube, World::Engine], |world| {
        let outcome = project(world, &task, DOCKERFILE).run(world, Some("REGISTRY_KEY"), &[]).exits(0);
        let first = registry::digest(&repository, "first").expect("the first image is served");
        assert_eq!(registry::digest(&repository, "second"), Some(first.clone()), "{}", outcome.everything());
        assert!(outcome.stdout.contains(&first), "{first} is not what windlass printed: {}", outcome.stdout);
        digests.borrow_mut().push(first);
    });
    let digests = digests.into_inner();
    assert_eq!(digests.first(), digests.last(), "the same on a node and on an engine");
}

/// Runs docker commands with a builder, writes them as steps, and runs those.
fn converts_to_the_same_image(builder: &str, epoch: u32) {
    let repository = format!("my-project/converted/{builder}");
    let task = format!(
        "image_task:\n  kubernetes_container:\n    image: docker.io/library/busybox:latest\n    namespace: cirrus-ci\n    cpu: 0.5\n    \
         memory: 256Mb\n    additional_containers:\n      - {{name: daemon, image: 'docker:dind', privileged: true, port: 2375, memory: 300Mb}}\n  \
         env:\n    REGISTRY_KEY: ENCRYPTED[key]  # kept elsewhere\n  \
         login_script: echo $REGISTRY_KEY | docker login -u _json_key --password-stdin https://gcr.io\n  \
         build_script: docker build --build-arg SOURCE_DATE_EPOCH={epoch} -t gcr.io/{repository}:$TAG .\n  \
         push_script: docker push gcr.io/{repository}:$TAG\n"
    );
    let world = World::Kube;
    let project = project(world, &task, "FROM scratch\nCOPY Dockerfile /data/source\n");
    let with = format!("build={builder}");
    project.run(world, Some("REGISTRY_KEY"), &["--use", &with, "-e", "TAG=script"]).exits(0);
    project.windlass(&["convert", "--write", "--use", &with, "-e", "TAG=any"]).exits(0);
    project.windlass(&["check", "-e", "TAG=any"]).exits(0);
    let text = std::fs::read_to_string(project.path().join(".cirrus.yml")).expect("the file is read");
    assert!(text.contains(&format!("uses: {builder}")) && text.contains("# kept elsewhere"), "{text}");
    project.run(world, Some("REGISTRY_KEY"), &["-e", "TAG=steps"]).exits(0);
    let digest = |tag| registry::digest(&repository, tag).unwrap_or_else(|| panic!("{repository}:{tag} is not served"));
    assert_eq!(digest("script"), digest("steps"));
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildkit_makes_the_same_image_twice() {
    builds_the_same_twice("buildkit");
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildah_makes_the_same_image_twice() {
    builds_the_same_twice("buildah");
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn kaniko_makes_the_same_image_of_the_converted_file() {
    converts_to_the_same_image("kaniko", 0);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn buildkit_makes_the_same_image_of_the_converted_file() {
    converts_to_the_same_image("buildkit", 1_700_000_000);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn buildah_makes_the_same_image_of_the_converted_file() {
    converts_to_the_same_image("buildah", 1_700_000_000);
}
