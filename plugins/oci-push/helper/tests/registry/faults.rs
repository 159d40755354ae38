//! Registries that are busy, fail, hang up or tell lies.

use std::time::{Duration, Instant};

use crate::image::{Layout, OCI, noise};
use crate::program::{Program, push};
use crate::server::{Act, Server};

fn image() -> Layout {
    Layout::of(OCI, &[&noise(3, 400_000)])
}

#[test]
fn a_busy_registry_is_given_the_time_it_asks_for() {
    let server = Server::start(|head| match head.before {
        0 if head.is("POST", "/uploads/") => Act::Reply(429, vec![("retry-after", "1".into())], String::new()),
        0 if head.is("PUT", "/manifests/") => Act::Reply(503, vec![("retry-after", "0".into())], String::new()),
        _ => Act::Serve,
    });
    let begun = Instant::now();
    Program::new().run(push(&image(), &["--parallel", "1", &format!("{}/app", server.host)])).passed();
    assert!(begun.elapsed() >= Duration::from_secs(1), "it came back too early");
    assert_eq!(server.count("PUT", "/manifests/"), 2);
}

#[test]
fn a_registry_that_keeps_failing_is_given_up() {
    let server = Server::start(|head| if head.method == "POST" { Act::status(502) } else { Act::Serve });
    let error =
        Program::new().run(push(&image(), &["--attempts", "2", "--parallel", "1", &format!("{}/app", server.host)])).failed(6);
    assert!(error.contains("status 502") && error.contains(&server.host), "{error}");
    assert_eq!(server.count("POST", "/uploads/"), 2);
}

/// Proves that no byte that arrived is sent again, on a registry that keeps to the specification.
#[test]
fn a_cut_upload_goes_on_where_it_stopped() {
    const ARRIVED: usize = 150_001;
    let layout = image();
    let server = Server::start(|head| {
        let is_layer = head.header("content-length") == "400000";
        if is_layer && head.is("PUT", "/uploads/") { Act::Cut(ARRIVED) } else { Act::Serve }
    });
    let out = Program::new().run(push(&layout, &[&format!("{}/app", server.host)])).passed();
    assert!(out.contains("resumes at 150001 bytes"), "{out}");
    let patches: Vec<_> = server.requests().into_iter().filter(|head| head.method == "PATCH").collect();
    assert_eq!(patches.len(), 1);
    assert_eq!((patches[0].header("content-range"), patches[0].header("content-length")), ("150001-399999", "249999"));
    assert_eq!(server.blob("app", &layout.layers[0]), Some(noise(3, 400_000)));
}

/// Proves that a cut does no harm where uploads cannot be resumed, as with Debian's registry.
#[test]
fn a_cut_upload_that_the_registry_forgot_begins_again() {
    let layout = image();
    let server = Server::start(|head| match head.header("content-length") {
        "400000" if head.target.contains("/uploads/0") || head.target.contains("/uploads/1") => Act::Cut(100_000),
        _ if head.is("GET", "/uploads/") => Act::status(404),
        _ => Act::Serve,
    });
    Program::new().run(push(&layout, &["--parallel", "1", &format!("{}/app", server.host)])).passed();
    assert_eq!(server.count("PATCH", ""), 0);
    assert_eq!(server.blob("app", &layout.layers[0]), Some(noise(3, 400_000)));
}

#[test]
fn an_upload_that_was_put_together_wrongly_begins_again() {
    let layout = image();
    let server = Server::start(|head| match head.header("content-length") {
        "400000" if head.target.contains("/uploads/0") => Act::Cut(100_000),
        // It says more than it has: the rest will not fit.
        _ if head.is("GET", "/uploads/0") => {
            let location = ("location", head.target.clone());
            Act::Reply(204, vec![location, ("range", "0-299999".into())], String::new())
        }
        _ => Act::Serve,
    });
    Program::new().run(push(&layout, &["--parallel", "1", &format!("{}/app", server.host)])).passed();
    assert_eq!(server.blob("app", &layout.layers[0]), Some(noise(3, 400_000)));
}

#[test]
fn a_registry_that_dies_in_the_middle_is_reported() {
    let server = Server::start(|head| if head.method == "HEAD" { Act::Serve } else { Act::Cut(1000) });
    let error = Program::new().run(push(&image(), &["--attempts", "2", &format!("{}/app", server.host)])).failed(6);
    assert!(error.contains(&server.host) && error.contains("tried 2 times"), "{error}");
}

#[test]
fn a_registry_that_is_not_there_is_reported() {
    // Bound and dropped: nothing listens there.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Program::new().run(push(&image(), &["--attempts", "1", &format!("{address}/app")])).failed(6);
    assert!(error.contains("connection refused"), "{error}");
    let error = Program::new().run(["resolve", "--attempts", "1", "registry.invalid/app"]).failed(6);
    assert!(error.contains("lookup address"), "{error}");
}

/// Proves that a push is not green when the registry serves something else afterwards.
#[test]
fn another_image_behind_the_tag_is_noticed() {
    let other = crate::image::digest(b"another image");
    let server = Server::start(move |head| match head.is("HEAD", "/manifests/") {
        true => Act::Reply(200, vec![("docker-content-digest", other.clone())], String::new()),
        false => Act::Serve,
    });
    let error = Program::new().run(push(&image(), &[&format!("{}/app:1", server.host)])).failed(1);
    assert!(error.contains(&crate::image::digest(b"another image")) && error.contains("app:1"), "{error}");
}

/// Proves that a registry without the digest's header is asked for the bytes themselves.
#[test]
fn a_digest_is_taken_of_the_bytes_when_the_registry_says_none() {
    let server = Server::start(|head| match head.is("HEAD", "/manifests/") {
        true => Act::status(200),
        false => Act::Serve,
    });
    let layout = image();
    let reference = format!("{}/app:1", server.host);
    Program::new().run(push(&layout, &[&reference])).passed();
    assert_eq!(Program::new().run(["resolve", &reference]).passed().trim(), layout.digest);
}

/// Proves that what is refused for good is not tried again.
#[test]
fn a_blob_that_is_too_large_is_refused_once() {
    let server = Server::start(|head| match head.header("content-length") {
        "400000" => Act::Reply(413, Vec::new(), "client intended to send too large body".into()),
        _ => Act::Serve,
    });
    let error = Program::new().run(push(&image(), &["--parallel", "1", &format!("{}/app", server.host)])).failed(1);
    assert!(error.contains("too large"), "{error}");
    assert_eq!(server.requests().iter().filter(|head| head.header("content-length") == "400000").count(), 1);
}
