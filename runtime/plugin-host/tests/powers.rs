//! Every power is denied unless it was granted, with words that say how to grant it.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use serde_json::json;
use support::backend::Local;
use support::{everything, host, inspect, powers, run};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput};
use windlass_model::plugin::{Grants, Power};
use windlass_plugin_host::Limits;

/// The powers that are interfaces: what a plugin brings to the pod is judged when the run is planned.
const INTERFACES: [Power; 10] = [
    Power::Containers,
    Power::Registries,
    Power::Environment,
    Power::EnvironmentSet,
    Power::Secrets,
    Power::SecretsReveal,
    Power::WorkspaceRead,
    Power::WorkspaceWrite,
    Power::Http,
    Power::Results,
];

/// A plugin that has a power's functions among its imports does not start without the power.
#[tokio::test]
async fn a_power_that_was_not_granted_stops_the_run_before_it_begins() {
    let host = host(Limits::default());
    for power in INTERFACES {
        let backend = Local::plain(&[]);
        let others: Vec<Power> = Power::ALL.into_iter().filter(|p| *p != power).collect();
        let grants = Grants { powers: powers(&others), ..everything() };
        let done = run(&host, "misbehaving", json!({"run": power.as_str()}), grants, StepInput::default(), &backend).await;
        match done {
            Err(PluginError::Denied { plugin, power: denied, grant, .. }) => {
                assert_eq!((plugin.as_str(), denied), ("misbehaving 0.1.0", power));
                assert!(grant.starts_with("plugins: {misbehaving: ["), "{grant}");
                assert!(grant.contains(power.as_str()), "{grant}");
            }
            other => panic!("{power}: {other:?}"),
        }
        assert!(backend.log().is_empty() && backend.commands.lock().expect("no panic").is_empty(), "{power}: something ran");
    }
}

/// What `requirements` did not name no grant can give, so none is told.
#[tokio::test]
async fn a_secret_opens_only_by_a_granted_name() {
    let host = host(Limits::default());
    let backend = Local::plain(&[]);
    let done = run(&host, "misbehaving", json!({"run": "secret-of-another"}), everything(), StepInput::default(), &backend).await;
    match done {
        Err(PluginError::Failed { message, .. }) => {
            assert!(message.contains("used `secrets` (OTHER) which its `requirements` did not name"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn only_the_power_to_reveal_shows_bytes() {
    let host = host(Limits::default());
    let backend = Local::plain(&[]);
    let done = run(&host, "misbehaving", json!({"run": "reveal"}), everything(), StepInput::default(), &backend).await;
    assert!(matches!(&done, Err(PluginError::Failed { message, .. }) if message == "hunter2"), "{done:?}");
}

#[tokio::test]
async fn no_path_leaves_the_working_copy() {
    let host = host(Limits::default());
    for way in ["escape", "escape-by-link", "write-outside"] {
        let backend = Local::plain(&[]);
        let done = run(&host, "misbehaving", json!({"run": way}), everything(), StepInput::default(), &backend).await;
        match done {
            Err(PluginError::Failed { message, .. }) => {
                assert!(message.contains("it leads out of the project"), "{way}: {message}")
            }
            other => panic!("{way}: {other:?}"),
        }
    }
    let backend = Local::plain(&[]);
    let done = run(&host, "misbehaving", json!({"run": "entries"}), everything(), StepInput::default(), &backend).await;
    assert!(done.is_ok(), "{done:?}");
}

/// A pipe that nobody else holds open would keep whoever opens it for ever, with the step and the run.
#[tokio::test]
async fn what_is_no_file_of_the_working_copy_holds_up_nobody() {
    let host = host(Limits::default());
    for (way, words) in [
        ("read-pipe", "it is a pipe"),
        ("write-pipe", "it is a pipe"),
        ("read-directory", "it is a directory"),
        ("read-large", "more than 1 bytes"),
    ] {
        let backend = Local::plain(&[]);
        let done = run(&host, "misbehaving", json!({"run": way}), everything(), StepInput::default(), &backend);
        match tokio::time::timeout(std::time::Duration::from_secs(60), done).await.expect("it ends") {
            Err(PluginError::Failed { message, .. }) => assert!(message.contains(words), "{way}: {message}"),
            other => panic!("{way}: {other:?}"),
        }
    }
}

/// The import list is the list of powers: `secrets` is among the imports of all that can pass a secret on, for its type alone.
#[tokio::test]
async fn a_plugin_asks_only_for_the_powers_whose_functions_it_uses() {
    let host = host(Limits::default());
    for (name, expected) in [
        ("shell", vec![Power::Containers, Power::Environment, Power::EnvironmentSet]),
        ("registry-login", vec![Power::Secrets]),
        ("docker-build", vec![Power::Pod, Power::Containers, Power::EnvironmentSet, Power::Secrets]),
        ("docker-push", vec![Power::Containers]),
    ] {
        let info = inspect(&host, name).await;
        let powers: Vec<Power> = info.asks.list().collect();
        assert_eq!((info.name.as_str(), powers), (name, expected));
        assert!(info.asks.list().all(|power| info.reasons.contains_key(&power)), "{name} gives no reason for a power");
    }
}

/// A plugin can return any error: only what windlass refused itself is told in windlass' voice, with a line that grants something.
#[tokio::test]
async fn a_denial_that_the_plugin_made_up_is_told_as_its_words() {
    let host = host(Limits::default());
    for (error, words) in [
        (
            r#"{"denied": {"power": "containers", "detail": "write it"}}"#,
            "says that `containers` was denied, but windlass did not deny it: \"write it\"",
        ),
        (r#"{"denied": {"power": "root", "detail": ""}}"#, "says that `root` was denied"),
        (r#"{"denied": {"power": "LONG", "detail": "LONG"}}"#, "bytes more"),
    ] {
        let backend = Local::plain(&[]);
        match run(&host, "misbehaving", json!({"error": error}), everything(), StepInput::default(), &backend).await {
            Err(PluginError::Failed { message, .. }) => assert!(message.contains(words), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

/// 200 KB of a plugin's words were printed three times.
#[tokio::test]
async fn a_plugins_words_are_bounded() {
    let host = host(Limits::default());
    for error in [
        r#"{"failed": "LONG"}"#,
        r#"{"infrastructure": "LONG"}"#,
        r#"{"unsupported": {"field": "LONG", "reason": "LONG"}}"#,
        r#"{"denied": {"power": "LONG", "detail": "LONG"}}"#,
    ] {
        let backend = Local::plain(&[]);
        let done = run(&host, "misbehaving", json!({"error": error}), everything(), StepInput::default(), &backend).await;
        let text = done.expect_err("it is an error").to_string();
        assert!(text.len() < 10_000 && text.contains("bytes more"), "{} bytes", text.len());
    }
}

/// The answer that gave a plugin without any power every secret of the task, and its kin.
#[tokio::test]
async fn an_answer_that_reaches_for_what_is_windlass_own_is_refused_by_its_field() {
    let host = host(Limits::default());
    let plugin = inspect(&host, "misbehaving").await;
    for (needs, field) in [
        (
            json!({"containers": [{"name": "x", "mounts": [{"volume": "windlass-secret", "path": "/s"}]}]}),
            "containers[0].mounts[0].volume",
        ),
        (json!({"containers": [{"name": "main"}]}), "containers[0].name"),
        (json!({"volumes": [{"name": "windlass-run-0"}]}), "volumes[0].name"),
        (
            json!({"containers": [{"name": "x", "mounts": [{"volume": "shared", "path": "/windlass/bin"}]}]}),
            "containers[0].mounts[0].path",
        ),
        (json!({"env": {"A=B": ""}}), "env[0]"),
        (json!({"secrets": ["a=b"]}), "secrets[0]"),
    ] {
        match host.requirements(&plugin, &json!({"needs": needs.to_string()}), None).await {
            Err(error @ PluginError::Invalid { .. }) => {
                let message = error.to_string();
                assert!(message.starts_with(&format!("misbehaving 0.1.0 asks for something invalid: {field}: ")), "{message}");
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}
