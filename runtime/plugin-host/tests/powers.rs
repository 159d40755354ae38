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
const INTERFACES: [Power; 8] = [
    Power::Containers,
    Power::Registries,
    Power::Environment,
    Power::EnvironmentSet,
    Power::Secrets,
    Power::SecretsReveal,
    Power::WorkspaceRead,
    Power::WorkspaceWrite,
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

/// The second lock: `requirements` is called with nothing granted, so each call must answer for itself.
#[tokio::test]
async fn each_call_of_a_power_asks_for_itself() {
    let host = host(Limits::default());
    let plugin = inspect(&host, "misbehaving").await;
    for power in INTERFACES {
        match host.requirements(&plugin, &json!({"requirements": power.as_str()}), None).await {
            Err(PluginError::Denied { power: denied, grant, .. }) => {
                assert_eq!(denied, power);
                assert!(grant.contains(power.as_str()), "{grant}");
            }
            other => panic!("{power}: {other:?}"),
        }
    }
}

/// What is granted works; otherwise the tests above would prove nothing.
#[tokio::test]
async fn each_power_works_when_granted() {
    let host = host(Limits::default());
    for power in INTERFACES {
        let backend = Local::plain(&[]);
        let done = run(&host, "misbehaving", json!({"run": power.as_str()}), everything(), StepInput::default(), &backend).await;
        assert!(done.is_ok(), "{power}: {done:?}");
    }
}

#[tokio::test]
async fn a_secret_opens_only_by_a_granted_name() {
    let host = host(Limits::default());
    let backend = Local::plain(&[]);
    let done = run(&host, "misbehaving", json!({"run": "secret-of-another"}), everything(), StepInput::default(), &backend).await;
    match done {
        Err(PluginError::Denied { power: Power::Secrets, detail, grant, .. }) => {
            assert_eq!(detail, "OTHER");
            assert_eq!(grant, "plugins: {misbehaving: [{secrets: [OTHER]}]}");
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
        ("docker-build", vec![Power::Containers, Power::Secrets]),
        ("docker-push", vec![Power::Containers]),
    ] {
        let info = inspect(&host, name).await;
        let powers: Vec<Power> = info.asks.list().collect();
        assert_eq!((info.name.as_str(), powers), (name, expected));
        assert!(info.asks.list().all(|power| info.reasons.contains_key(&power)), "{name} gives no reason for a power");
    }
}
