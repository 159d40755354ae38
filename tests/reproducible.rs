//! With `source_date_epoch`, a builder makes the same image twice: in one container, and again in another world.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::{Project, World, on, registry};

const DOCKERFILE: &str = "FROM gcr.io/my-project/busybox:latest AS build\n\
    RUN mkdir /data && date >/dev/null && chown 1234:1234 /data && echo made >/data/made\n\
    FROM build\n\
    COPY Dockerfile /data/source\n\
    USER 1234\n\
    RUN id -u >/data/user\n";

/// Builds an image twice in one task, the first time into a layout and the second time pushed by the builder itself.
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
    on(&[World::Kube, World::Engine], |world| {
        let project = Project::new(&[(".cirrus.yml", &task), ("Dockerfile", DOCKERFILE)]);
        let certificate = support::world::required("REGISTRY_CA");
        let settings = format!(
            "host_aliases:\n  - ip: {}\n    hostnames: [gcr.io]\nregistries:\n  gcr.io: {{ca_file: '{certificate}'}}\n",
            world.registry_address()
        );
        project.write("windlass.yaml", &settings);
        project.commit();
        let outcome = project.run(world, Some("REGISTRY_KEY"), &[]).exits(0);
        let first = registry::digest(&repository, "first").expect("the first image is served");
        assert_eq!(registry::digest(&repository, "second"), Some(first.clone()), "{}", outcome.everything());
        assert!(outcome.stdout.contains(&first), "{first} is not what windlass printed: {}", outcome.stdout);
    });
}

#[test]
fn buildkit_makes_the_same_image_twice() {
    builds_the_same_twice("buildkit");
}

#[test]
fn buildah_makes_the_same_image_twice() {
    builds_the_same_twice("buildah");
}
