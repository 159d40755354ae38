//! What a plugin sends and says: requests, results and remarks, and what a case expects of them.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;

use support::{built, suite};
use windlass_plugin_test::{Outcome, parse};

/// What the only case of a plugin says that does one thing; nothing when it passes.
async fn told(call: &str, with: &str, case: &str) -> Vec<String> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let out = BUILT.get_or_init(|| built(&["plugins/fixtures/misbehaving"]));
    let component = std::fs::read(out.join("misbehaving.wasm")).expect("it was built");
    let text = format!(
        "name: a case\nwith: {{call: {call}, with: {with}, needs: '{{\"secrets\": [\"TOKEN\"]}}'}}\nsecrets: {{TOKEN: hunter22}}\n{case}"
    );
    let cases = parse("case.yaml".as_ref(), &text).unwrap_or_else(|e| panic!("{e}"));
    let suite = suite(component, cases).await;
    let test = suite.tests().into_iter().next().expect("the case");
    match suite.run(&test).await {
        Outcome::Passed => Vec::new(),
        Outcome::Failed(problems) => problems,
        Outcome::Ignored(why) => panic!("{why}"),
    }
}

const SEND: &str = "{text: 'https://api.example/a', value: SECRET}";

#[tokio::test]
async fn a_request_is_answered_as_the_case_says() {
    let answered = "requests: [{send: 'POST https://api.example/*', headers: {Authorization: 'Bearer ${TOKEN}'}, body: \
                    '\"${TOKEN}\"${TOKEN}me:${TOKEN}', answer: {status: 201, body: done}}]\nexpect: {log: [201 done]}\n";
    assert_eq!(told("http.send", SEND, answered).await, [""; 0]);
    let not_sent = "requests: [{send: 'POST https://api.example/a', not-sent: no route}]\nexpect: {result: {failed: no route}}\n";
    assert_eq!(told("http.send", SEND, not_sent).await, [""; 0]);
}

#[tokio::test]
async fn a_request_that_is_not_as_expected_is_told_without_its_secret() {
    for (case, expected) in [
        (
            "expect: {result: {failed: the case has no answer}}",
            "it sent a request that the case has no answer to; to answer it, write\n    requests:\n    - send: POST https://api.example/a\n",
        ),
        (
            "requests: [{send: 'GET https://api.example/a', times: 2}]\nexpect: {result: {failed: the case has no answer}}",
            "it sent GET https://api.example/a only 0 of 2 times",
        ),
        (
            "requests: [{send: 'POST https://api.example/a', headers: {authorization: 'Basic ${TOKEN}'}}]",
            "the request POST https://api.example/a: expected the header authorization \"Basic ${TOKEN}\", got \"Bearer ${TOKEN}\"",
        ),
        (
            "requests: [{send: 'POST https://api.example/a', body: x}]",
            "the request POST https://api.example/a: expected the body \"x\", got \"\\\"${TOKEN}\\\"${TOKEN}me:${TOKEN}\"",
        ),
    ] {
        let problems = told("http.send", SEND, &format!("{case}\n")).await;
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
        assert!(!problems.concat().contains("hunter22"), "{problems:?}");
    }
}

#[tokio::test]
async fn what_is_said_is_compared() {
    let set = "{text: COUNT, value: 'count:3'}";
    assert_eq!(told("results.set", set, "expect: {results: {COUNT: 3}}\n").await, [""; 0]);
    for (expect, expected) in [
        ("{results: {}}", "results: COUNT: expected it not to be said, and it is \"3\""),
        ("{results: {COUNT: 4}}", "results: COUNT: expected \"4\", got \"3\""),
        ("{results: {COUNT: 3, OTHER: x}}", "results: OTHER: expected \"x\", and it was not said"),
        ("{annotations: [{path: a}]}", "annotations: expected one of a, got no more than 0"),
    ] {
        assert_eq!(told("results.set", set, &format!("expect: {expect}\n")).await, [expected]);
    }
    let annotate = "{text: src/a.rs, value: it is unused}";
    let right = "expect: {annotations: [{path: src/a.rs, line: 7, severity: warning, message: unused}]}\n";
    assert_eq!(told("results.annotate", annotate, right).await, [""; 0]);
    for (expect, expected) in [
        ("[]", "annotations: expected no more, got warning, src/a.rs:7:3: \"it is unused\""),
        (
            "[{path: src/a.rs, line: 8, severity: error, message: x}]",
            "annotations: expected error, src/a.rs:8: \"x\", got warning, src/a.rs:7:3: \"it is unused\"",
        ),
    ] {
        assert_eq!(told("results.annotate", annotate, &format!("expect: {{annotations: {expect}}}\n")).await, [expected]);
    }
}

#[tokio::test]
async fn a_container_has_the_architecture_of_the_case() {
    let call = "containers.container.architecture";
    for (case, architecture) in [("", "amd64"), ("containers: {main: {architecture: arm64}}\n", "arm64")] {
        let expect = format!("{case}expect: {{result: {{failed: 'found: {architecture}'}}}}\n");
        assert_eq!(told(call, "{}", &expect).await, [""; 0]);
    }
}
