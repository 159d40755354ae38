//! To whom credentials go. Every server of these tests writes down what it was sent, so a leak is seen where it arrives.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::image::{Layout, OCI, noise};
use crate::program::{Program, push};
use crate::server::{Act, Server};

/// What a credential may look like on its way: the password, its Basic form, and a refresh token.
const SECRETS: [&str; 3] = ["hunter2", "bWU6aHVudGVyMg", "refresh-me"];

fn credentials() -> [Value; 2] {
    [json!({"username": "me", "password": "hunter2"}), json!({"identitytoken": "refresh-me"})]
}

fn unauthorized(challenge: String) -> Act {
    Act::Reply(401, vec![("www-authenticate", challenge)], String::new())
}

/// Where secrets arrived at a server, in lines and headers of requests and in bodies.
fn leaks(server: &Server) -> Vec<String> {
    let seen = server.requests().into_iter().map(|head| format!("{head:?}"));
    seen.filter(|request| SECRETS.iter().any(|secret| request.contains(secret)) || request.contains("POST")).collect()
}

fn trusting(directory: &TempDir, servers: &[(&Server, &str)]) -> Vec<String> {
    let trust = |(number, (server, pem)): (usize, &(&Server, &str))| {
        let file = directory.path().join(format!("{number}.crt"));
        fs::write(&file, pem).unwrap();
        format!("--certificate={}={}", server.host, file.display())
    };
    servers.iter().enumerate().map(trust).collect()
}

fn resolve(server: &Server, entry: &Value, options: &[String]) -> crate::program::Run {
    let reference = format!("{}/app:1", server.host);
    let arguments = ["resolve".to_owned()].into_iter().chain(options.iter().cloned()).chain([reference]);
    Program::with_auth(&server.host, entry.clone()).run(arguments.collect::<Vec<_>>())
}

/// A registry over HTTPS could have its credentials sent to any `http://` address.
#[test]
fn a_registry_over_tls_cannot_name_a_token_service_without() {
    let directory = tempfile::tempdir().unwrap();
    for entry in credentials() {
        let spy = Server::start(|_| Act::Reply(200, Vec::new(), json!({"token": "t"}).to_string()));
        let realm = format!("Bearer realm=\"http://{}/token\",service=\"s\"", spy.host);
        let (registry, pem) = Server::with_tls(move |_| unauthorized(realm.clone()));
        let options = trusting(&directory, &[(&registry, &pem)]);
        // Not even where it is said that the other speaks no TLS: that is said of a registry, and not of this one.
        for more in [vec![], vec![format!("--plain-http={}", spy.host)], vec![format!("--insecure={}", spy.host)]] {
            let error = resolve(&registry, &entry, &[options.clone(), more].concat()).failed(7);
            assert!(error.contains("without TLS") && error.contains(&spy.host) && error.contains("https"), "{error}");
        }
        assert_eq!(spy.requests().len(), 0, "it was asked: {:?}", spy.requests());
        assert!(leaks(&registry).is_empty(), "{:?}", leaks(&registry));
    }
}

/// The way of Docker Hub, whose token service is on another host, stays open.
#[test]
fn a_token_service_on_another_host_over_tls_gets_the_credentials_and_the_registry_the_token() {
    let directory = tempfile::tempdir().unwrap();
    let (service, service_pem) = Server::with_tls(|_| Act::Reply(200, Vec::new(), json!({"token": "t"}).to_string()));
    let realm = format!("Bearer realm=\"https://{}/token\",service=\"s\"", service.host);
    let (registry, pem) = Server::with_tls(move |head| match head.header("authorization") {
        "Bearer t" => Act::Serve,
        _ => unauthorized(realm.clone()),
    });
    let options = trusting(&directory, &[(&registry, &pem), (&service, &service_pem)]);
    resolve(&registry, &credentials()[0], &options).failed(3);
    assert_eq!(service.requests()[0].header("authorization"), "Basic bWU6aHVudGVyMg==");
    assert!(leaks(&registry).is_empty(), "a registry with tokens sees no password: {:?}", leaks(&registry));
}

/// A token service that redirects is not followed, whether to another host or to one without TLS.
#[test]
fn credentials_are_not_taken_along_by_a_token_service_that_redirects() {
    let directory = tempfile::tempdir().unwrap();
    for entry in credentials() {
        let spy = Server::start(|_| Act::Reply(200, Vec::new(), json!({"token": "t"}).to_string()));
        let there = format!("http://{}/token", spy.host);
        let (service, service_pem) = Server::with_tls(move |_| Act::Reply(307, vec![("location", there.clone())], String::new()));
        let realm = format!("Bearer realm=\"https://{}/token\"", service.host);
        let (registry, pem) = Server::with_tls(move |_| unauthorized(realm.clone()));
        let options = trusting(&directory, &[(&registry, &pem), (&service, &service_pem)]);
        resolve(&registry, &entry, &options).failed(6);
        assert_eq!(spy.requests().len(), 0, "{:?}", spy.requests());
    }
}

/// A redirect of the registry itself, and the place that it gives for an upload, take no credentials along either; and what is there
/// cannot ask for them.
#[test]
fn another_server_that_a_registry_points_to_gets_no_credentials() {
    let directory = tempfile::tempdir().unwrap();
    let layout = Layout::of(OCI, &[&noise(9, 20_000)]);
    let spy = Server::start(|head| {
        let realm = format!("Bearer realm=\"http://{}/token\"", head.header("host"));
        unauthorized(if head.before % 2 == 0 { realm } else { "Basic realm=\"r\"".to_owned() })
    });
    // Under another name: what has the registry's own is the registry behind a proxy that speaks TLS for it.
    let there = format!("http://{}/elsewhere", spy.host.replace("127.0.0.1", "localhost"));
    let (registry, pem) = Server::with_tls(move |head| match head.header("authorization") {
        "Basic bWU6aHVudGVyMg==" if head.is("POST", "uploads") => {
            Act::Reply(202, vec![("location", there.clone())], String::new())
        }
        "Basic bWU6aHVudGVyMg==" if head.is("GET", "/manifests/") => {
            Act::Reply(307, vec![("location", there.clone())], String::new())
        }
        "Basic bWU6aHVudGVyMg==" => Act::Serve,
        _ => unauthorized("Basic realm=\"r\"".to_owned()),
    });
    let options = trusting(&directory, &[(&registry, &pem)]);
    let program = Program::with_auth(&registry.host, credentials()[0].clone());
    let reference = format!("{}/app:1", registry.host);
    let rest: Vec<&str> = options.iter().map(String::as_str).chain(["--attempts=2", &reference]).collect();
    let run = program.run(push(&layout, &rest));
    assert_ne!(run.code, 0, "{run:?}");
    assert!(!spy.requests().is_empty(), "the upload went there");
    assert!(leaks(&spy).is_empty(), "{:?}", leaks(&spy));
    assert!(spy.requests().iter().all(|head| head.header("authorization").is_empty()), "{:?}", spy.requests());
    let asked = spy.requests().len();
    resolve(&registry, &credentials()[0], &options);
    assert!(spy.requests().len() >= asked && leaks(&spy).is_empty(), "{:?}", spy.requests());
}

/// A registry without TLS is one that was configured so; it may name its own token service, and no stranger without TLS.
#[test]
fn a_registry_without_tls_names_itself_or_what_is_configured() {
    let own = Server::start(|head| match head.target.as_str() {
        target if target.starts_with("/token") => Act::Reply(200, Vec::new(), json!({"token": "t"}).to_string()),
        _ if head.header("authorization") == "Bearer t" => Act::Serve,
        _ => unauthorized(format!("Bearer realm=\"http://{}/token\"", head.header("host"))),
    });
    resolve(&own, &credentials()[0], &[]).failed(3);
    assert_eq!(
        own.requests().iter().find(|head| head.is("GET", "/token")).unwrap().header("authorization"),
        "Basic bWU6aHVudGVyMg=="
    );
    let stranger = Server::start(|_| unauthorized("Bearer realm=\"http://auth.example.com/token\"".to_owned()));
    let error = resolve(&stranger, &credentials()[0], &["--attempts=1".to_owned()]).failed(7);
    assert!(error.contains("auth.example.com") && error.contains("without TLS"), "{error}");
}
