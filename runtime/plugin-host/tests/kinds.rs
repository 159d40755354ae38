//! Plugins of every kind misbehave in each of their exports: it ends, is told by the export's name, and harms nobody else.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, hostile};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{PluginInfo, PluginKind};
use windlass_plugin_host::{Limits, WasmHost};

const KINDS: [(PluginKind, &str); 4] =
    [(PluginKind::Step, "run"), (PluginKind::Login, "login"), (PluginKind::Build, "build"), (PluginKind::Push, "push")];

/// What ends soon whatever is done.
fn limits() -> Limits {
    Limits {
        memory: 64 << 20,
        compute: Duration::from_millis(300),
        log_burst: 10_000,
        log_rate: 1,
        log_total: 1 << 20,
        ..Limits::default()
    }
}

/// A request with what all of a kind need, and nothing that is returned is wrong.
fn request(kind: PluginKind, mut request: Value) -> Value {
    if kind == PluginKind::Build {
        request["tags"] = json!(["a:1"]);
        request["answer"] = json!(r#"{"daemon": "a:1", "references": ["a:1"]}"#);
    }
    if kind == PluginKind::Push {
        request["tags"] = json!(["a:1"]);
        let digest = format!("sha256:{}", "0".repeat(64));
        request["answer"] = json!(json!({"pushed": [{"reference": "a:1", "digest": digest}]}).to_string());
    }
    request
}

async fn run(host: &WasmHost, plugin: &PluginInfo, with: Value, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    let call = PluginCall {
        plugin: plugin.clone(),
        request: request(plugin.kind, with),
        container: "main".into(),
        grants: everything(),
        own_containers: [].into(),
        build: None,
    };
    host.run(&call, StepInput::default(), Arc::clone(backend) as _).await
}

/// The traps of each export, with words of their causes.
const TRAPS: [(&str, &str); 4] = [
    ("panic", "the sky is falling"),
    ("spin", "it computed for 0.3 s without finishing"),
    ("stack", "it"),
    ("memory", "it wanted more than its 64 MiB of memory"),
];

#[tokio::test]
async fn a_trap_in_any_export_is_told_by_its_name() {
    let host = host(limits());
    for (kind, export) in KINDS {
        let plugin = hostile(&host, kind).await;
        for (way, words) in TRAPS {
            let told = |done: &PluginError, export: &str| {
                let done = done.to_string();
                assert!(
                    done.starts_with(&format!("misbehaving 0.1.0 broke in `{export}`: ")) && done.contains(words),
                    "{kind}: {done}"
                );
            };
            let planned = host.requirements(&plugin, &request(kind, json!({"requirements": way})), None).await;
            told(&planned.expect_err("it breaks"), "requirements");
            let backend = Local::plain(&[]);
            told(&run(&host, &plugin, json!({"run": way}), &backend).await.expect_err("it breaks"), export);
            // What it did is done all the same.
            let backend = Local::plain(&[]);
            run(&host, &plugin, json!({"cleanup": way}), &backend).await.expect("the step itself passes");
            let log = backend.log();
            let remark = "cleaning up after this step failed: misbehaving 0.1.0 broke in `cleanup`: ";
            assert!(log.iter().any(|line| line.starts_with(remark) && line.contains(words)), "{kind}: {log:?}");
        }
    }
}

#[tokio::test]
async fn a_flood_from_any_export_is_dropped_visibly() {
    let host = host(limits());
    for (kind, _) in KINDS {
        let plugin = hostile(&host, kind).await;
        host.requirements(&plugin, &request(kind, json!({"requirements": "flood"})), None).await.expect("it needs nothing");
        for export in ["run", "cleanup"] {
            let backend = Local::plain(&[]);
            run(&host, &plugin, json!({export: "flood"}), &backend).await.expect("it only talks");
            let log = backend.log();
            let dropped = log.last().map_or("", String::as_str);
            assert!(
                log.len() < 20 && dropped.ends_with("were dropped: it logs too much"),
                "{kind} {export}: {} lines",
                log.len()
            );
        }
    }
}

/// An error of any kind is bounded, its words are the plugin's, and none of them is more than a failure.
#[tokio::test]
async fn an_error_of_any_kind_is_told_in_bounds_and_as_the_plugins() {
    let host = host(limits());
    for (kind, _) in KINDS {
        let plugin = hostile(&host, kind).await;
        for (error, words) in [
            (r#"{"failed": "LONG", "exit-code": 0}"#, "plugin ./hostile.wasm says: xxx"),
            (r#"{"infrastructure": "LONG"}"#, "plugin ./hostile.wasm says: xxx"),
            (r#"{"unsupported": {"field": "tags", "reason": "LONG"}}"#, "cannot do this: tags: plugin ./hostile.wasm says: xxx"),
            (r#"{"unsupported": {"field": "LONG", "reason": "x"}}"#, "more bytes): plugin ./hostile.wasm says: x"),
            (r#"{"denied": {"power": "LONG", "detail": "LONG"}}"#, "was denied, but windlass did not deny it"),
            (r#"{"cancelled": true}"#, "says that it was cancelled, but windlass did not stop it"),
        ] {
            let backend = Local::plain(&[]);
            let done = run(&host, &plugin, json!({"error": error}), &backend).await.expect_err("it is an error");
            assert!(!matches!(done, PluginError::Cancelled | PluginError::Failed { exit_code: Some(_), .. }), "{kind}: {done:?}");
            let done = done.to_string();
            assert!(done.len() < 10_000 && done.contains(words), "{kind}: {} bytes, {error}: {:.300}", done.len(), done);
        }
    }
}

/// What only a step was tried with.
#[tokio::test]
async fn requirements_of_any_kind_reach_for_nothing_that_is_windlass_own() {
    let host = host(limits());
    for (kind, _) in KINDS {
        let plugin = hostile(&host, kind).await;
        let container = |more: Value| {
            let mut container = json!({"name": "x"});
            container.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
            json!({"containers": [container], "volumes": [{"name": "v"}]})
        };
        for (needs, field) in [
            (container(json!({"name": "main"})), "containers[0].name"),
            (container(json!({"name": "own"})), "containers[0].name"),
            (container(json!({"name": "windlass-agent"})), "containers[0].name"),
            (container(json!({"name": "LONG"})), "containers[0].name"),
            (container(json!({"image": "a:1\n  help: x"})), "containers[0].image"),
            (container(json!({"mounts": [{"volume": "windlass-secret", "path": "/s"}]})), "containers[0].mounts[0].volume"),
            (container(json!({"mounts": [{"volume": "v", "path": "/windlass/bin"}]})), "containers[0].mounts[0].path"),
            (container(json!({"mounts": [{"volume": "v", "path": "/proc/1"}]})), "containers[0].mounts[0].path"),
            (container(json!({"mounts": [{"volume": "v", "path": "/a/../windlass"}]})), "containers[0].mounts[0].path"),
            (json!({"volumes": [{"name": "windlass-run-0"}]}), "volumes[0].name"),
            (json!({"volumes": [{"name": "shared"}]}), "volumes[0].name"),
            (json!({"secrets": ["a=b\n"]}), "secrets[0]"),
            (json!({"env": {"A\u{1b}": ""}}), "env[0]"),
        ] {
            let done = host.requirements(&plugin, &request(kind, json!({"needs": needs.to_string()})), None).await;
            let told = done.expect_err("it is refused").to_string();
            assert!(told.starts_with(&format!("misbehaving 0.1.0 asks for something invalid: {field}: ")), "{kind}: {told}");
            assert!(told.len() < 1000 && !told.contains(char::is_control), "{kind} {field}: {} bytes: {told:.300?}", told.len());
        }
    }
}
