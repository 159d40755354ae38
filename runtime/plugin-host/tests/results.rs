//! A hostile plugin as a login, a build and a push: what it returns is refused by its field, in windlass' words, or harms nobody.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, hostile};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, BuiltImage, ImageLocation, PluginKind};
use windlass_plugin_host::{Limits, WasmHost};

const TAG: &str = "corp.io/a:1";

/// What comes of an answer; a build is asked to push if `input` has images already.
async fn answered(
    host: &WasmHost,
    kind: PluginKind,
    answer: &Value,
    built: &[BuiltImage],
    backend: &Arc<Local>,
) -> Result<StepResult, PluginError> {
    let plugin = hostile(host, kind).await;
    let mut request = json!({"answer": answer.to_string()});
    if kind == PluginKind::Build {
        request["tags"] = json!([TAG]);
    }
    let hints = BuildHints { push: !built.is_empty(), ..BuildHints::default() };
    let call = PluginCall {
        plugin,
        request,
        container: "main".into(),
        grants: everything(),
        own_containers: BTreeSet::new(),
        build: (kind == PluginKind::Build).then_some(hints),
    };
    host.run(&call, StepInput { built: built.to_vec() }, Arc::clone(backend) as _).await
}

/// Refused by this field, in a sentence of windlass' that is no longer than a person reads, on one line.
async fn refused(host: &WasmHost, kind: PluginKind, answer: Value, built: &[BuiltImage], field: &str, words: &str) {
    let backend = Local::plain(&[]);
    match answered(host, kind, &answer, built, &backend).await {
        Err(error @ PluginError::Invalid { .. }) => {
            let message = error.to_string();
            let shown: String = message.chars().take(500).collect();
            let begin = format!("misbehaving 0.1.0 returned something invalid: {field}: ");
            assert!(message.starts_with(&begin) && message.contains(words), "{field}: {shown}");
            assert!(message.len() < 1000 && !message.contains(char::is_control), "{} bytes: {shown:?}", message.len());
        }
        other => panic!("{kind} {field} {words}: {other:?}"),
    }
}

fn login(registry: &str) -> Value {
    json!({"registry": registry})
}

#[tokio::test]
async fn a_login_names_hosts_and_gives_what_logs_in() {
    let host = host(Limits::default());
    let one = |member: &str, value: Value| json!({"credentials": [{"registry": "gcr.io", member: value}]});
    for name in [
        "",
        "*",
        "*.io",
        "https://gcr.io",
        "http://gcr.io/",
        "gcr.io.",
        "gcr.io/p",
        "user:secret@gcr.io",
        "[::1",
        "gcr.io:0",
        "gcr.io:0443",
        "gcr.io:99999",
        "gcr.io\n  help: trust it",
        "\u{1b}[2Jgcr.io",
        "gcr.\u{202e}io",
        "LONG",
        "HUGE",
    ] {
        let words = "is not a registry's host: write HOST or HOST:PORT";
        refused(&host, PluginKind::Login, one("registry", json!(name)), &[], "credentials[0].registry", words).await;
    }
    for (member, value, words) in [
        ("username", json!(""), "1 to 1024 bytes"),
        ("username", json!("LONG"), "1 to 1024 bytes"),
        ("username", json!("a:b"), "no `:`"),
        ("username", json!("a\nb"), "no control character"),
        ("username", json!("\u{1b}[2J"), "no control character"),
        ("expiry", json!({"at": 0}), "in the past"),
        ("expiry", json!({"after": 0}), "in the past"),
        ("expiry", json!({"at": 1_000_000_000}), "in the past"),
        ("expiry", json!({"after": u64::MAX}), "no such time"),
        ("conceal", json!(""), "it is empty"),
        ("conceal", json!("\r\n"), "it is empty"),
        ("conceal", json!("LONG"), "it has 200000 bytes, and at most 32768 are allowed"),
        ("conceal", json!("BYTES"), "not UTF-8"),
    ] {
        let field = format!("credentials[0].{}", if member == "conceal" { "secret" } else { member });
        refused(&host, PluginKind::Login, one(member, value), &[], &field, words).await;
    }
}

#[tokio::test]
async fn a_login_names_each_host_once() {
    let host = host(Limits::default());
    for (one, other) in [
        ("gcr.io", "gcr.io"),
        ("gcr.io", "GCR.io"),
        ("docker.io", "index.docker.io"),
        ("registry-1.docker.io", "Docker.io"),
        ("[::1]:5000", "[::1]:5000"),
    ] {
        let both = json!({"credentials": [login(one), login(other)]});
        refused(&host, PluginKind::Login, both, &[], "credentials[1].registry", "is listed twice").await;
    }
    let many = json!({"times": 65, "credentials": [login("gcr.io")]});
    refused(&host, PluginKind::Login, many, &[], "credentials", "there are 65, and at most 64 are allowed").await;
    // More than it has handles for.
    let backend = Local::plain(&[]);
    let far_too_many = json!({"times": 100_000, "credentials": [login("gcr.io")]});
    let done = answered(&host, PluginKind::Login, &far_too_many, &[], &backend).await;
    assert!(matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains("too many handles")), "{done:?}");
}

/// What is refused above is refused for what it is: the same with nothing wrong is taken.
#[tokio::test]
async fn what_is_odd_and_harmless_is_taken() {
    let host = host(Limits::default());
    let backend = Local::plain(&[]);
    let registries = ["Registry.Corp", "localhost:5000", "[::1]:5000", "127.0.0.1", "registry-1.docker.io"];
    let mut credentials: Vec<Value> = registries.iter().map(|registry| login(registry)).collect();
    credentials[0]["expiry"] = json!({"at": u64::MAX});
    // A key of a service account is JSON of several lines.
    credentials[1]["conceal"] = json!("{\n  \"type\": \"service_account\"\n}\n");
    let done = answered(&host, PluginKind::Login, &json!({"credentials": credentials}), &[], &backend).await.expect("it logs in");
    let found: Vec<&str> = done.credentials.iter().map(|login| login.registry.as_str()).collect();
    assert_eq!(found, ["Registry.Corp", "localhost:5000", "[::1]:5000", "127.0.0.1", "docker.io"]);
    assert_eq!(done.credentials[0].expires_at, Some(u64::MAX));
}

#[tokio::test]
async fn a_build_returns_what_it_was_asked_for() {
    let host = host(Limits::default());
    let daemon = |references: Value| json!({"daemon": TAG, "references": references});
    let digest = |digest: String| json!({"daemon": TAG, "references": [TAG], "digest": digest});
    let hex = "0123456789abcdef".repeat(4);
    for (answer, field, words) in [
        (json!({"references": [TAG]}), "location", "the build was not asked to push"),
        (json!({"layout": "/proc/1/environ", "references": [TAG]}), "location", "is not a directory below "),
        (json!({"layout": "/windlass/run/step-0", "references": [TAG]}), "location", "is not a directory below "),
        (json!({"layout": "../../etc", "references": [TAG]}), "location", "is not a directory below "),
        (json!({"layout": "HUGE", "references": [TAG]}), "location", "is not a directory below "),
        (json!({"daemon": "HUGE", "references": [TAG]}), "location", "is not valid"),
        (json!({"daemon": "", "references": [TAG]}), "location", "an image reference is empty"),
        (daemon(json!([])), "references", "corp.io/a:1 was asked for and is missing"),
        (daemon(json!([TAG, "corp.io/b:1"])), "references[1]", "corp.io/b:1 was not asked for"),
        (daemon(json!([TAG, TAG])), "references[1]", "is listed twice"),
        (daemon(json!(["corp.io/a:1\n  help: write in windlass.yaml"])), "references[0]", "its tag"),
        (daemon(json!(["\u{1b}]0;x\u{7}"])), "references[0]", "its repository"),
        (daemon(json!(["LONG"])), "references[0]", "is not valid"),
        (json!({"daemon": TAG, "references": [TAG], "times": 100_000}), "references", "there are 100000"),
        (digest(String::new()), "digest", "64 lower-case"),
        (digest("sha256:12".to_owned()), "digest", "64 lower-case"),
        (digest(format!("sha256:{}", hex.to_uppercase())), "digest", "64 lower-case"),
        (digest(format!("sha512:{hex}{hex}")), "digest", "64 lower-case"),
        (digest(format!("sha256:{hex}\n  help: x")), "digest", "64 lower-case"),
        (digest(format!("sha256:{hex}\u{1b}[2J")), "digest", "64 lower-case"),
        (digest("HUGE".to_owned()), "digest", "64 lower-case"),
    ] {
        refused(&host, PluginKind::Build, answer, &[], field, words).await;
    }
    let backend = Local::plain(&[]);
    let done = answered(&host, PluginKind::Build, &daemon(json!([TAG])), &[], &backend).await.expect("it builds");
    assert_eq!(done.built.map(|image| image.references), Some(vec![TAG.to_owned()]));
}

/// The directory of another step's image is not this one's to name; the image of that step would go out under this one's tags.
#[tokio::test]
async fn a_build_does_not_name_the_layout_of_another() {
    let host = host(Limits::default());
    let backend = Local::plain(&[]);
    let other = backend.path("shared/step-1/image").display().to_string();
    let built = [BuiltImage {
        location: ImageLocation::Layout { path: other.clone() },
        references: vec!["corp.io/b:1".into()],
        digest: None,
    }];
    let answer = json!({"layout": other, "references": [TAG]});
    let done = answered(&host, PluginKind::Build, &answer, &built, &backend).await.expect_err("it is refused");
    assert!(done.to_string().contains("location: an earlier step of the task left its image in"), "{done}");
    let mine = backend.path("shared/step-2/image").display().to_string();
    let answer = json!({"layout": mine, "references": [TAG]});
    answered(&host, PluginKind::Build, &answer, &built, &backend).await.expect("it is its own");
}

#[tokio::test]
async fn a_push_returns_what_was_to_be_pushed() {
    let host = host(Limits::default());
    let digest = |byte: u8| Digest::from_sha256([byte; 32]);
    let built = |reference: &str, digest: Option<Digest>| BuiltImage {
        location: ImageLocation::Layout { path: "/shared/x".into() },
        references: vec![reference.into()],
        digest,
    };
    let built = [built(TAG, Some(digest(7))), built("corp.io/b:1", None)];
    let image = |reference: &str, digest: &str| json!({"reference": reference, "digest": digest});
    let (seven, eight) = (digest(7), digest(8));
    let all = |first: Value| json!({"pushed": [first, image("corp.io/b:1", eight.as_str())]});
    for (answer, field, words) in [
        (json!({}), "pushed", "corp.io/a:1 was asked for and is missing"),
        (json!({"pushed": [image(TAG, seven.as_str())]}), "pushed", "corp.io/b:1 was asked for and is missing"),
        (all(image(TAG, eight.as_str())), "pushed[0].digest", "and the step that built the image says sha256:0707"),
        (all(image(TAG, "")), "pushed[0].digest", "64 lower-case"),
        (all(image(TAG, "sha256:\u{1b}[2J")), "pushed[0].digest", "64 lower-case"),
        (all(image(TAG, "HUGE")), "pushed[0].digest", "64 lower-case"),
        (all(image("corp.io/c:1", seven.as_str())), "pushed[0]", "corp.io/c:1 was not asked for"),
        (all(image("", seven.as_str())), "pushed[0]", "an image reference is empty"),
        (all(image("HUGE", seven.as_str())), "pushed[0]", "is not valid"),
        (all(image("corp.io/b:1", eight.as_str())), "pushed[1]", "is listed twice"),
        (json!({"pushed": [image(TAG, seven.as_str())], "times": 100_000}), "pushed", "there are 100000"),
    ] {
        refused(&host, PluginKind::Push, answer, &built, field, words).await;
    }
    let backend = Local::plain(&[]);
    let done = answered(&host, PluginKind::Push, &all(image(TAG, seven.as_str())), &built, &backend).await.expect("it pushes");
    assert_eq!(done.pushed.len(), 2);
    // Nothing was built, and nothing was to be pushed.
    refused(&host, PluginKind::Push, json!({}), &[], "pushed", "there are none").await;
    refused(&host, PluginKind::Push, all(image(TAG, seven.as_str())), &[], "pushed[0]", "was not asked for").await;
}
