//! What Debian's `docker-registry` makes of it.

use std::fs;

use serde_json::Value;

use crate::image::{DOCKER, Layout, OCI, noise};
use crate::program::{Program, push};
use crate::registry::Registry;

/// Proves that what the registry serves is what the layout holds, and that nothing is sent twice.
#[test]
fn an_image_arrives_byte_by_byte_and_only_once() {
    let registry = Registry::plain();
    let program = Program::new();
    let [first, second, other] = ["team/app:1", "team/app:two", "other:1"].map(|name| format!("{}/{name}", registry.host));
    let layout = Layout::of(OCI, &[&noise(1, 300_000), &noise(2, 5_000), b""]);
    let result = layout.path().join("result.json");

    let out = program.run(push(&layout, &[&first, &second, &other, "--result", &result.to_string_lossy()])).passed();
    assert_eq!(out.matches(" sent in ").count() + out.matches(" sent\n").count(), 4, "{out}");
    assert_eq!(out.matches("is there already, in team/app").count(), 4, "the second repository links them: {out}");

    let pushed: Value = serde_json::from_slice(&fs::read(&result).unwrap()).unwrap();
    let names: Vec<_> = pushed.as_array().unwrap().iter().map(|p| p["reference"].as_str().unwrap()).collect();
    assert_eq!(names, [&first, &second, &other]);
    assert!(pushed.as_array().unwrap().iter().all(|p| p["digest"] == layout.digest && p["size"].as_u64() > Some(305_000)));

    for reference in [&first, &second, &other] {
        assert_eq!(program.run(["resolve", reference]).passed().trim(), layout.digest);
    }
    let by_digest = format!("{}/team/app@{}", registry.host, layout.digest);
    assert_eq!(program.run(["resolve", &by_digest]).passed().trim(), layout.digest);
    let again = program.run(push(&layout, &[&first, &by_digest])).passed();
    assert!(!again.contains(" sent"), "{again}");

    let path = layout.path();
    assert_eq!(program.run(["digest", "--layout", &path.to_string_lossy()]).passed().trim(), layout.digest);
}

/// Proves that the registry takes both kinds of manifest, and an index with bytes that no serializer of ours writes.
#[test]
fn docker_manifests_and_indexes_keep_their_digest() {
    let registry = Registry::plain();
    for (name, layout) in [("docker", Layout::of(DOCKER, &[b"layer"])), ("index", Layout::index(&[b"for amd64", b"for arm64"]))] {
        let reference = format!("{}/{name}", registry.host);
        Program::new().run(push(&layout, &[&reference])).passed();
        assert_eq!(Program::new().run(["resolve", &reference]).passed().trim(), layout.digest, "{name}");
    }
}

/// Proves that the caller can link what it knows to be in another repository.
#[test]
fn blobs_are_linked_from_a_repository_that_the_caller_names() {
    let registry = Registry::plain();
    let [base, app] = ["base", "app"].map(|name| format!("{}/{name}", registry.host));
    Program::new().run(push(&Layout::of(OCI, &[b"shared"]), &[&base])).passed();
    let image = Layout::of(OCI, &[b"shared", b"own"]);
    let out = Program::new().run(push(&image, &["--mount-from", &base, &app])).passed();
    assert_eq!(out.matches("is there already, in base").count(), 2, "layer and configuration: {out}");
    assert_eq!(Program::new().run(["resolve", &app]).passed().trim(), image.digest);
}

#[test]
fn an_image_that_is_not_there_is_an_exit_code_of_its_own() {
    let registry = Registry::plain();
    let error = Program::new().run(["resolve", &format!("{}/nothing:1", registry.host)]).failed(3);
    assert!(error.contains("nothing:1"), "{error}");
}

/// Proves that a blob that is not what it is called never becomes part of an image.
#[test]
fn a_broken_layout_is_refused() {
    let registry = Registry::plain();
    let reference = format!("{}/app", registry.host);
    type Spoil = fn(&Layout);
    let spoil: [(&str, Spoil); 4] = [
        ("does not have the digest", |layout| fs::write(layout.blob_path(&layout.layers[0]), noise(8, 200_000)).unwrap()),
        ("has 3 bytes where the image says 200000", |layout| fs::write(layout.blob_path(&layout.layers[0]), "abc").unwrap()),
        ("cannot read", |layout| fs::remove_file(layout.blob_path(&layout.layers[0])).unwrap()),
        ("there is no index.json", |layout| fs::remove_file(layout.path().join("index.json")).unwrap()),
    ];
    for (words, spoil) in spoil {
        let layout = Layout::of(OCI, &[&noise(7, 200_000)]);
        spoil(&layout);
        let error = Program::new().run(push(&layout, &[&reference])).failed(8);
        assert!(error.contains(words), "{error}");
        Program::new().run(["resolve", &reference]).failed(3);
    }
}

#[test]
fn a_reference_by_another_digest_is_a_mistake() {
    let layout = Layout::of(OCI, &[b"x"]);
    let wrong = format!("127.0.0.1:9/app@{}", crate::image::digest(b"another"));
    let error = Program::new().run(push(&layout, &[&wrong])).failed(2);
    assert!(error.contains(&layout.digest), "{error}");
}
