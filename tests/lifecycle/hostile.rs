//! Hostile plugins of each kind in a whole run: what they give others is told, and what they make up is never green.

use std::sync::Arc;

use serde_json::{Value, json};
use windlass_engine::ports::plugin::PluginHost;
use windlass_engine::run::Cancel;
use windlass_model::event::{Level, RunEvent};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::{Action, Step, When};
use windlass_plugin_host::{Limits, Settings, WasmHost};

use super::outcome::Run;
use super::support::kind::as_kind;
use super::support::local::Local;
use super::support::plugins::fixture;
use super::{run_with, step, task};

/// The built-in plugins and `bad-login`, `bad-build` and `bad-push`.
fn host() -> Arc<dyn PluginHost> {
    let component = std::fs::read(fixture("misbehaving")).expect("a component");
    let bad = [("bad-login", "login"), ("bad-build", "build"), ("bad-push", "push")]
        .map(|(name, kind)| (name, &*as_kind(&component, kind).leak()));
    let built_in = [windlass_assets::PLUGINS, &bad].concat().leak();
    let settings = Settings { built_in, cache: None, limits: Limits::default() };
    Arc::new(WasmHost::new(settings).expect("wasmtime runs on this machine"))
}

fn plugin(name: &str, uses: &str, with: Value) -> Step {
    let uses = PluginReference::BuiltIn(uses.into());
    Step { name: name.into(), when: When::OnSuccess, action: Action::Plugin { uses, with, container: None }, line: 1 }
}

fn answers(name: &str, uses: &str, answer: Value) -> Step {
    let mut with = json!({"answer": answer.to_string()});
    if uses == "bad-build" {
        with["tags"] = json!([TAG]);
    }
    plugin(name, uses, with)
}

async fn run(steps: Vec<Step>) -> Run {
    let run = run_with(host(), Local::new(None), |directory| vec![task(directory, steps)], Cancel::default(), None).await;
    assert_eq!(run.standing, [""; 0]);
    run
}

fn warnings(run: &Run) -> Vec<&str> {
    fn warning(event: &RunEvent) -> Option<&str> {
        match event {
            RunEvent::PodNotice { level: Level::Warning, message, .. } => Some(message),
            _ => None,
        }
    }
    run.events.iter().filter_map(warning).collect()
}

/// Nobody listens there.
const TAG: &str = "localhost:1/a:1";

/// A login may give credentials for any registry, also in place of an earlier login's: not without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_replaces_another_is_told() {
    let run = run(vec![
        plugin("first", "registry-login", json!({"registry": "r.example", "username": "u", "password": "KEY"})),
        plugin("hub", "registry-login", json!({"username": "u", "password": "KEY"})),
        answers(
            "second",
            "bad-login",
            json!({"credentials": [
                {"registry": "r.example", "conceal": "of-somebody-else"},
                {"registry": "index.docker.io", "conceal": "of-somebody-else"},
                {"registry": "other.example", "conceal": "of-somebody-else"},
            ]}),
        ),
        answers("third", "bad-login", json!({"credentials": []})),
    ])
    .await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    assert_eq!(
        warnings(&run),
        [
            "step second gave credentials for r.example, which replace those of step first",
            "step second gave credentials for docker.io, which replace those of step hub",
            "login step third gave no credentials",
        ]
    );
}

/// A build that says that its image is in the registry, where it is not: whoever pushes asks the registry, or refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_only_says_that_it_pushed_is_never_green() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let made_up = || answers("build", "bad-build", json!({"references": [TAG], "digest": digest}));
    let silent = || answers("build", "bad-build", json!({"references": [TAG]}));
    for (steps, words) in [
        (vec![made_up()], "location: it is `pushed`, and the build was not asked to push"),
        (
            vec![made_up(), plugin("push", "docker-push", json!({}))],
            "location: it is `pushed`, and the build was not asked to push",
        ),
        (vec![silent(), plugin("push", "oci-push", json!({}))], "the build pushed the image but did not report its digest"),
        (vec![made_up(), plugin("push", "oci-push", json!({}))], "localhost:1"),
    ] {
        let run = run(steps).await;
        assert_ne!(run.outcome.exit_code.code(), 0, "{words}");
        assert!(run.failure().contains(words), "{words}: {}", run.failure());
        assert!(!run.events.iter().any(|event| matches!(event, RunEvent::ImagePushed { .. })), "{words}");
    }
}

/// Whatever one returns, its step fails, and those that come always come.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_ends_its_step_and_nothing_else() {
    for (uses, answer, field) in [
        ("bad-login", json!({"credentials": [{"registry": "*", "conceal": "a-password"}]}), "credentials[0].registry"),
        ("bad-build", json!({"layout": "/proc/1/environ", "references": [TAG]}), "location"),
        ("bad-push", json!({"pushed": [{"reference": "x:1", "digest": "sha256:0"}]}), "pushed[0]"),
    ] {
        let run = run(vec![answers("bad", uses, answer), step("tidy", When::Always, &["echo tidied"])]).await;
        assert_eq!(run.outcome.exit_code.code(), 4, "{uses}: {:?}", run.events);
        assert!(run.failure().contains(&format!("returned something invalid: {field}: ")), "{uses}: {}", run.failure());
        assert!(run.output().contains("tidied"), "{uses}");
    }
}
