//! Config plugins: what they make of a file, what they reach for it, and where they are stopped.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::backend::Local;
use support::{host, host_of_generators, inspect, powers};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, SourceFile, StepInput};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{Grants, Power};
use windlass_plugin_host::Limits;

const ALL: [Power; 3] = [Power::Environment, Power::WorkspaceRead, Power::Http];

fn granted(list: &[Power]) -> Grants {
    Grants { powers: powers(list), ..Grants::default() }
}

fn file(text: &str) -> SourceFile {
    SourceFile { path: "ci/services.txt".to_owned(), text: text.to_owned() }
}

/// What the generator makes, with everything granted.
async fn made(request: Value, text: &str, limits: Limits, backend: &Arc<Local>) -> Result<String, PluginError> {
    let host = host_of_generators(limits);
    let plugin = inspect(&host, "generator").await;
    host.generate(&plugin, &request, &file(text), &granted(&ALL), Arc::clone(backend) as _).await
}

#[tokio::test]
async fn a_file_becomes_tasks() {
    let host = host_of_generators(Limits::default());
    let plugin = inspect(&host, "plain-generator").await;
    assert_eq!((plugin.kind.to_string().as_str(), plugin.asks.list().count()), ("config", 0));
    let backend = Local::plain(&[]);
    let make = async |request: Value, text: &str| {
        host.generate(&plugin, &request, &file(text), &Grants::default(), Arc::clone(&backend) as _).await
    };
    let tasks = make(json!({"image": "alpine:3"}), "api\nweb\n").await.expect("it makes them");
    let api = "api_task:\n  container: {image: \"alpine:3\"}\n  say_script: echo api\n";
    assert_eq!(tasks, format!("{api}{}", api.replace("api", "web")));
    assert_eq!(backend.log(), ["2 tasks from ci/services.txt"]);
    match make(json!({}), "a\n: b\n").await {
        Err(PluginError::Failed { message, .. }) => {
            assert_eq!(message, "ci/services.txt:2: \": b\" is no name of a task");
        }
        other => panic!("{other:?}"),
    }
    match make(json!({"imgae": "x"}), "a\n").await {
        Err(PluginError::Unsupported { field, reason, .. }) => {
            assert_eq!(field, "imgae");
            assert!(reason.contains("image"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

/// What it reaches is the project's: variables, files, hosts.
#[tokio::test]
async fn what_is_granted_is_reached() {
    let backend = Local::plain(&[("MODE", "a \"b\"")]);
    let request = json!({"variables": ["MODE", "NONE"], "files": ["file"], "call": "http.send", "text": "https://api.example/"});
    let tasks = made(request, "api\n", Limits::default(), &backend).await.expect("it makes them");
    assert!(tasks.contains("env: {MODE: \"a \\\"b\\\"\", NONE: \"\", }") && tasks.contains("inside_task:"), "{tasks}");
    assert_eq!(backend.log(), ["found: hello", "2 lines of ci/services.txt"]);
}

#[tokio::test]
async fn a_power_that_was_not_granted_stops_it_before_it_begins() {
    let host = host_of_generators(Limits::default());
    let plugin = inspect(&host, "generator").await;
    for missing in ALL {
        let rest: Vec<Power> = ALL.into_iter().filter(|power| *power != missing).collect();
        let backend = Local::plain(&[]);
        let done = host.generate(&plugin, &json!({}), &file("a\n"), &granted(&rest), Arc::clone(&backend) as _).await;
        match done {
            Err(PluginError::Denied { power, grant, .. }) => {
                assert_eq!(power, missing);
                assert!(grant.starts_with("plugins: {generator: ["), "{grant}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(backend.log(), [""; 0]);
    }
}

/// Where a plugin goes on for ever or takes all there is, it ends, is told so, and nothing is made.
#[tokio::test]
async fn what_does_not_end_is_ended() {
    let limits = Limits {
        memory: 64 << 20,
        compute: Duration::from_millis(300),
        generate_wall: Duration::from_secs(2),
        log_burst: 10_000,
        log_rate: 1,
        log_total: 1 << 20,
        ..Limits::default()
    };
    for (attack, cause) in [
        ("panic", "the sky is falling"),
        ("loop", "it computed for 0.3 s without finishing"),
        ("memory", "it wanted more than its 64 MiB of memory"),
        ("patient", "without finishing"),
    ] {
        let backend = Local::plain(&[]);
        match made(json!({"attack": attack}), "a\n", limits, &backend).await {
            Err(PluginError::Trapped { export, cause: told, .. }) => {
                assert_eq!(export, "generate");
                assert!(told.contains(cause), "{attack}: {told}");
            }
            other => panic!("{attack}: {other:?}"),
        }
    }
    let backend = Local::plain(&[]);
    assert!(made(json!({"attack": "flood"}), "a\n", limits, &backend).await.is_ok());
    let shown: usize = backend.log().iter().map(String::len).sum();
    assert!(
        shown < 20_000 && backend.log().iter().any(|line| line.contains("it logs too much")),
        "{shown}: {:?}",
        backend.log().last()
    );
}

/// Waiting is no computing, and ends all the same.
#[tokio::test]
async fn it_has_ten_seconds_and_no_more() {
    assert_eq!(Limits::default().generate_wall, Duration::from_secs(10));
    let limits = Limits { generate_wall: Duration::from_millis(500), ..Limits::default() };
    let request = json!({"call": "http.send", "text": "https://slow.example/"});
    let begun = Instant::now();
    match made(request.clone(), "a\n", limits, &Local::plain(&[])).await {
        Err(PluginError::Trapped { cause, .. }) => assert_eq!(cause, "it took longer than 0.5 s"),
        other => panic!("{other:?}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
    let backend = Local::plain(&[]);
    backend.stop();
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    assert!(matches!(made(request, "a\n", limits, &backend).await, Err(PluginError::Cancelled)));
}

#[tokio::test]
async fn a_file_and_what_is_made_of_it_have_a_size() {
    let backend = Local::plain(&[]);
    let one = "x".repeat(1 << 20);
    assert!(made(json!({"answer": "{}"}), &one, Limits::default(), &backend).await.is_ok());
    match made(json!({"answer": "{}"}), &format!("{one}x"), Limits::default(), &backend).await {
        Err(PluginError::Failed { message, .. }) => {
            assert_eq!(message, "ci/services.txt: the text has 1048577 bytes, and at most 1048576 are taken");
        }
        other => panic!("{other:?}"),
    }
    let four = 4 << 20;
    let tasks = made(json!({"bytes": four}), "", Limits::default(), &backend).await.expect("it is taken");
    assert_eq!(tasks.len(), four);
    match made(json!({"bytes": four + 1}), "", Limits::default(), &backend).await {
        Err(error @ PluginError::Invalid { .. }) => assert_eq!(
            error.to_string(),
            "generator 0.1.0 returned something invalid: tasks: the text has 4194305 bytes, and at most 4194304 are taken"
        ),
        other => panic!("{:?}", other.map(|text| text.len())),
    }
}

/// Its words are its own, and what it makes up of a stop is no stop.
#[tokio::test]
async fn its_errors_are_told_as_its_own() {
    let backend = Local::plain(&[]);
    let told = async |attack: &str| match made(json!({"attack": attack}), "", Limits::default(), &backend).await {
        Err(error) => error.to_string(),
        Ok(text) => panic!("{attack}: {text}"),
    };
    assert_eq!(told("fail").await, "line 3 makes no sense");
    assert_eq!(told("unsupported").await, "generator 0.1.0 cannot do this: image: not this");
    assert_eq!(told("cancelled").await, "generator 0.1.0 says that it was cancelled, but windlass did not stop it");
}

/// Neither is taken for the other.
#[tokio::test]
async fn a_step_makes_no_tasks_and_what_makes_tasks_is_no_step() {
    let refused = |done: Result<String, PluginError>| match done {
        Err(PluginError::Unsupported { field, reason, .. }) => format!("{field}: {reason}"),
        other => panic!("{other:?}"),
    };
    let backend = Local::plain(&[]);
    let steps = host(Limits::default());
    let shell = inspect(&steps, "shell").await;
    let grants = Grants { powers: shell.asks.clone(), ..Grants::default() };
    let done = steps.generate(&shell, &json!({}), &file(""), &grants, Arc::clone(&backend) as _).await;
    assert_eq!(refused(done), "generate: it is a step plugin, which makes no tasks: a step of a task uses it");

    let host = host_of_generators(Limits::default());
    let plugin = inspect(&host, "plain-generator").await;
    let why = "uses: it is a config plugin, which makes tasks from a file: name it under `generate` in windlass.yaml";
    let done = host.requirements(&plugin, &json!({}), None).await;
    assert_eq!(refused(done.map(|needs| format!("{needs:?}"))), why);
    let call = PluginCall {
        plugin,
        request: json!({}),
        container: "main".into(),
        grants: Grants::default(),
        own_containers: [].into(),
        build: None,
    };
    let done = host.run(&call, StepInput::default(), Arc::clone(&backend) as _).await;
    assert_eq!(refused(done.map(|result| format!("{result:?}"))), why);
    assert_eq!(backend.log(), [""; 0]);
}
