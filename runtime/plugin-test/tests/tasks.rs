//! Config plugins under test: their cases, and what is asked of them.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;

use support::{built, failures, suite};
use windlass_plugin_test::{Outcome, parse};

fn component(name: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let fixtures = ["generator", "plain-generator", "careless"].map(|name| format!("plugins/fixtures/{name}"));
    let out = BUILT.get_or_init(|| built(&fixtures.each_ref().map(String::as_str)));
    std::fs::read(out.join(format!("{name}.wasm"))).expect("it was built")
}

/// What the only case of a plugin says; nothing when it passes.
async fn told(plugin: &str, case: &str) -> Vec<String> {
    let cases = parse("case.yaml".as_ref(), case).unwrap_or_else(|e| panic!("{e}"));
    let suite = suite(component(plugin), cases).await;
    let test = suite.tests().into_iter().next().expect("the case");
    match suite.run(&test).await {
        Outcome::Passed => Vec::new(),
        Outcome::Failed(problems) => problems,
        Outcome::Ignored(why) => panic!("{why}"),
    }
}

const PLAIN: &str = "name: a case\nfile: {path: ci/a.txt, text: \"api\\nweb\\n\"}\n";

const REACHES: &str = "name: reaches out\nwith: {variables: [MODE], files: [more.txt], call: http.send, text: 'https://api.example/'}\n\
    file: {path: a.txt, text: \"api\\n\"}\nworkspace: {more.txt: \"web\\n\"}\nenvironment: {MODE: fast}\n\
    requests: [{send: 'GET https://api.example/', answer: {body: hi}}]\n\
    expect: {tasks: {contains: 'env: {MODE: \"fast\", }'}, log: ['found: hi', 2 lines of a.txt]}\n";

/// With a case and without one.
#[tokio::test]
async fn who_breaks_no_rule_passes() {
    for (plugin, case, asks) in [("plain-generator", PLAIN, 0), ("generator", REACHES, 3)] {
        for case in [case, ""] {
            let cases =
                if case.is_empty() { Vec::new() } else { parse("case.yaml".as_ref(), case).unwrap_or_else(|e| panic!("{e}")) };
            let suite = suite(component(plugin), cases).await;
            let rules: Vec<String> =
                suite.tests().into_iter().map(|test| test.name).skip(usize::from(!case.is_empty())).collect();
            assert_eq!(rules.len(), 5 + asks, "{rules:?}");
            assert!(rules.contains(&"generate makes the same tasks twice".to_owned()), "{rules:?}");
            assert_eq!(failures(&suite).await, [""; 0], "{plugin}");
        }
    }
}

#[tokio::test]
async fn who_breaks_a_rule_fails_its_test() {
    for (attack, test, said) in [
        ("panic", "generate answers every request", "the sky is falling"),
        ("trusting", "a refusal of environment is answered", "the sky is falling"),
        ("deaf", "a stop is obeyed", "expected it to return when it was stopped at call 0"),
    ] {
        let case = format!("name: a case\nwith: {{attack: {attack}}}\nfile: {{path: a, text: ''}}\nexpect: {{result: ok}}\n");
        let cases = parse("case.yaml".as_ref(), &case).unwrap_or_else(|e| panic!("{e}"));
        let suite = suite(component("generator"), cases).await;
        let test = suite.tests().into_iter().find(|one| one.name == test).unwrap_or_else(|| panic!("there is no {test}"));
        match suite.run(&test).await {
            Outcome::Failed(problems) => assert!(problems.concat().contains(said), "{attack}: {problems:?}"),
            other => panic!("{attack}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_made_is_compared() {
    let api = "api_task:\\n  container: {image: \\\"busybox\\\"}\\n  say_script: echo api\\n";
    let whole = format!("{PLAIN}expect: {{tasks: \"{api}{}\"}}\n", api.replace("api", "web"));
    assert_eq!(told("plain-generator", &whole).await, [""; 0]);
    let part = format!("{PLAIN}expect: {{tasks: {{contains: 'echo web'}}, log: [2 tasks from ci/a.txt]}}\n");
    assert_eq!(told("plain-generator", &part).await, [""; 0]);
    let other = format!("{PLAIN}expect: {{tasks: \"{api}\"}}\n");
    assert_eq!(told("plain-generator", &other).await, ["tasks: line 4: expected none, got \"web_task:\""]);
    let other = format!("{PLAIN}expect: {{tasks: {{contains: 'echo db'}}}}\n");
    assert!(
        told("plain-generator", &other).await.concat().starts_with("tasks: expected a text with \"echo db\", got \"api_task:")
    );
    let refused = "name: a case\nfile: {path: a, text: 'a b'}\nexpect: {result: {failed: 'a:1:'}}\n";
    assert_eq!(told("plain-generator", refused).await, [""; 0]);
}

/// Whatever the case expects.
#[tokio::test]
async fn what_is_no_task_file_is_told() {
    for (answer, said) in [
        ("[a]", "tasks: expected a task file, which is a map of tasks, got another value of YAML"),
        ("{a", "tasks: expected a task file, got what is no YAML: "),
    ] {
        let case = format!("name: a case\nwith: {{answer: '{answer}'}}\nfile: {{path: a, text: ''}}\n");
        let problems = told("generator", &case).await;
        assert!(problems.len() == 1 && problems[0].starts_with(said), "{problems:?}");
    }
    let none = "name: a case\nwith: {answer: ''}\nfile: {path: a, text: ''}\nexpect: {tasks: ''}\n";
    assert_eq!(told("generator", none).await, [""; 0]);
}

#[tokio::test]
async fn a_case_has_what_its_plugin_can_be_given() {
    assert_eq!(
        told("plain-generator", "name: a case\n").await,
        ["file: a config plugin makes tasks from one; write file: {path: services.txt, text: …}"]
    );
    let pod = format!("{PLAIN}secrets: {{T: hunter22}}\ncontainers: {{db: {{}}}}\nexpect: {{needs: {{}}}}\n");
    assert_eq!(
        told("plain-generator", &pod).await,
        ["containers", "secrets", "needs"].map(|key| format!("{key}: a config plugin has no pod; leave it out"))
    );
    let of_step = "name: a case\nwith: {name: x}\nfile: {path: a, text: ''}\n";
    assert_eq!(
        told("careless", of_step).await,
        ["file: only a config plugin makes tasks from one; leave `file` and `tasks` out"]
    );
}
