//! Tokens: getting one, getting another when it is too old, and who gets to see what.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::image::{Layout, OCI, noise};
use crate::program::{Program, push};
use crate::server::{Act, Head, Server};

/// `me:hunter2` in base64.
const BASIC: &str = "Basic bWU6aHVudGVyMg==";

fn image() -> Layout {
    Layout::of(OCI, &[&noise(4, 50_000), &noise(5, 50_000)])
}

fn challenge(head: &Head) -> Act {
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"test\",scope=\"repository:x:pull\"", head.header("host"));
    Act::Reply(401, vec![("www-authenticate", realm)], r#"{"errors":[{"code":"UNAUTHORIZED","message":"who?"}]}"#.into())
}

fn token(number: usize) -> Act {
    Act::Reply(200, Vec::new(), json!({"token": format!("t{number}"), "expires_in": 300}).to_string())
}

/// A registry whose tokens are good for so many requests each.
fn with_tokens(each: usize) -> Server {
    let uses = Arc::new(AtomicUsize::new(0));
    let issued = Arc::new(AtomicUsize::new(0));
    Server::start(move |head| {
        if head.target.starts_with("/token") {
            uses.store(0, Ordering::SeqCst);
            return if head.header("authorization") == BASIC {
                token(issued.fetch_add(1, Ordering::SeqCst) + 1)
            } else {
                Act::Reply(401, Vec::new(), r#"{"errors":[{"code":"UNAUTHORIZED","message":"no hunter2 for you"}]}"#.into())
            };
        }
        let current = format!("Bearer t{}", issued.load(Ordering::SeqCst));
        if head.header("authorization") != current || uses.fetch_add(1, Ordering::SeqCst) >= each {
            return challenge(head);
        }
        Act::Serve
    })
}

#[test]
fn a_token_is_fetched_once_with_all_the_rights_that_are_needed() {
    let server = with_tokens(usize::MAX);
    let program = Program::with_password(&server.host, "me", "hunter2");
    let base = format!("{}/base", server.host);
    let layout = image();
    program.run(push(&layout, &["--mount-from", &base, &format!("{}/app:1", server.host)])).passed();
    let tokens: Vec<_> = server.requests().into_iter().filter(|head| head.is("GET", "/token")).collect();
    assert_eq!(tokens.len(), 1, "blobs are sent side by side, with one token");
    for part in ["service=test", "scope=repository%3Aapp%3Apull%2Cpush", "scope=repository%3Abase%3Apull"] {
        assert!(tokens[0].target.contains(part), "{part}: {}", tokens[0].target);
    }
    assert!(server.blob("app", &layout.layers[1]).is_some());
}

/// Proves that a token that ends in the middle of a push, also of a blob, is replaced.
#[test]
fn a_token_that_ends_early_is_replaced() {
    let layout = image();
    let server = with_tokens(2);
    let program = Program::with_password(&server.host, "me", "hunter2");
    program.run(push(&layout, &["--parallel", "1", &format!("{}/app:1", server.host)])).passed();
    assert!(server.count("GET", "/token") > 2, "{}", server.count("GET", "/token"));
    assert_eq!(server.blob("app", &layout.layers[0]), Some(noise(4, 50_000)));
}

#[test]
fn a_token_service_that_refuses_the_password_is_said_without_the_password() {
    let server = with_tokens(100);
    let program = Program::with_password(&server.host, "me", "hunter2!");
    let error = program.run(push(&image(), &[&format!("{}/app:1", server.host)])).failed(4);
    assert!(error.contains("refuses the credentials") && error.contains(&server.host), "{error}");
    let echo = Program::with_password(&server.host, "you", "hunter2");
    let error = echo.run(push(&image(), &[&format!("{}/app:1", server.host)])).failed(4);
    assert!(error.contains("no *** for you"), "{error}");
}

#[test]
fn rights_that_are_missing_are_told_from_a_wrong_password() {
    let denied = r#"{"errors":[{"code":"DENIED","message":"not yours"}]}"#;
    let forbidding =
        Server::start(move |head| if head.method == "POST" { Act::Reply(403, Vec::new(), denied.into()) } else { Act::Serve });
    let error = Program::new().run(push(&image(), &[&format!("{}/app", forbidding.host)])).failed(5);
    assert!(error.contains("DENIED: not yours") && error.contains("/app"), "{error}");

    // Docker Hub gives a token without the right, and then says so.
    let insufficient = Server::start(|head| {
        if head.target.starts_with("/token") {
            return token(1);
        }
        let realm = format!("Bearer realm=\"http://{}/token\",error=\"insufficient_scope\"", head.header("host"));
        if head.method == "POST" { Act::Reply(401, vec![("www-authenticate", realm)], String::new()) } else { Act::Serve }
    });
    let program = Program::with_password(&insufficient.host, "me", "hunter2");
    program.run(push(&image(), &[&format!("{}/app", insufficient.host)])).failed(5);
}

#[test]
fn an_identity_token_is_exchanged() {
    let server = Server::start(|head| match head.target.as_str() {
        "/token" if head.method == "POST" => Act::Reply(200, Vec::new(), r#"{"access_token":"t"}"#.into()),
        _ if head.header("authorization") != "Bearer t" => challenge(head),
        _ => Act::Serve,
    });
    let program = Program::with_auth(&server.host, json!({"identitytoken": "refresh me"}));
    program.run(push(&image(), &["--parallel", "1", &format!("{}/app", server.host)])).passed();
    assert_eq!(server.count("POST", "/token"), 1);
}

/// Proves that storage, where registries redirect to, sees no credentials.
#[test]
fn a_redirect_to_another_server_takes_no_credentials_along() {
    let layout = image();
    let served = layout.digest.clone();
    let storage = Server::start(move |_| Act::Reply(200, vec![("docker-content-digest", served.clone())], String::new()));
    let there = format!("http://{}/signed?x=y", storage.host);
    let server = Server::start(move |head| match head.header("authorization") {
        BASIC => Act::Reply(307, vec![("location", there.clone())], String::new()),
        _ => Act::Reply(401, vec![("www-authenticate", "Basic realm=\"r\"".into())], String::new()),
    });
    let program = Program::with_password(&server.host, "me", "hunter2");
    assert_eq!(program.run(["resolve", &format!("{}/app", server.host)]).passed().trim(), layout.digest);
    let requests = storage.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("authorization"), "");
}
