//! Each plugin that windlass carries stays within its own manifest, whatever it is asked for: its manifest is what a platform judges it by.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use serde_json::{Value, json};
use support::{built_in, host, inspect};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_model::plugin::{BuildHints, PluginInfo, PluginKind, Power, Requirements};
use windlass_model::pod_security::Level;
use windlass_model::secret::EnvVar;
use windlass_plugin_host::Limits;

/// What builders may be asked for; those that cannot do one of it refuse it.
fn builds() -> Vec<Value> {
    let with = |more: Value| {
        let mut request = json!({"tags": ["corp.io/app:1"]});
        let (Some(all), Some(more)) = (request.as_object_mut(), more.as_object()) else { panic!("both are maps") };
        all.extend(more.clone());
        request
    };
    vec![
        with(json!({})),
        with(json!({"image": "corp.io/builder:2", "cpu": "8", "memory": "64G"})),
        with(json!({"image": "docker:29-dind-rootless"})),
        with(json!({"secrets": {"npm": "NPM_TOKEN"}, "target": "x", "build_args": {"A": "b"}, "labels": {"a": "b"}})),
        with(json!({"platforms": ["linux/amd64"], "no_cache": true, "source_date_epoch": 1})),
        with(json!({"cache": {"to": "corp.io/cache", "from": ["corp.io/cache"], "mode": "max"}})),
        with(json!({"context": "https://example.com/a.git"})),
        with(json!({"existing_daemon": true})),
        with(json!({"key_store": "redis://localhost:1", "cache": {"to": "corp.io/cache"}})),
        with(json!({"flags": ["--verbosity=debug"]})),
    ]
}

fn requests(plugin: &PluginInfo) -> Vec<Value> {
    match plugin.name.as_str() {
        "shell" => vec![json!({"lines": ["true"]}), json!({"lines": ["true"], "background": true})],
        "image-lookup" => vec![json!({"reference": "a:1", "variable": "DIGEST"})],
        "registry-login" => vec![json!({"registry": "gcr.io", "json_key": "KEY"}), json!({"username": "a", "password": "P"})],
        _ if plugin.kind == PluginKind::Build => builds(),
        _ if plugin.kind == PluginKind::Push => vec![json!({}), json!({"tags": ["corp.io/app:1"]})],
        other => panic!("{other} has no requests in this test"),
    }
}

/// What of an answer goes beyond what the manifest asks for.
fn beyond(plugin: &PluginInfo, needs: &Requirements) -> Vec<String> {
    let mut found: Vec<String> = match &plugin.asks.pod {
        Some(limits) => limits.beyond(needs).into_iter().map(|excess| format!("{} {}", excess.container, excess.what)).collect(),
        None if needs.containers.is_empty() && needs.volumes.is_empty() => Vec::new(),
        None => vec!["it brings something and does not ask for `pod`".to_owned()],
    };
    let may_set = |variable: &&EnvVar| plugin.asks.environment_set.as_ref().is_some_and(|scope| scope.allows(&variable.name));
    found.extend(needs.env.iter().filter(|variable| !may_set(variable)).map(|variable| format!("sets {}", variable.name)));
    let may_open = |name: &str| plugin.asks.secrets.as_ref().is_some_and(|scope| scope.allows(name));
    found.extend(needs.secrets.iter().filter(|name| !may_open(name.as_str())).map(|name| format!("opens {name}")));
    found
}

#[tokio::test]
async fn what_a_plugin_answers_is_within_its_manifest() {
    let host = host(Limits::default());
    for (name, _) in built_in().iter().filter(|(name, _)| *name != "misbehaving") {
        let plugin = inspect(&host, name).await;
        let mut answered = 0;
        for request in requests(&plugin) {
            for dockerfile in [None, Some("FROM scratch\nCOPY a /a\n"), Some("FROM busybox\nRUN true\n")] {
                let hints = BuildHints { dockerfile: dockerfile.map(str::to_owned), push: false };
                let hints = (plugin.kind == PluginKind::Build).then_some(&hints);
                match host.requirements(&plugin, &request, hints).await {
                    Ok(needs) => {
                        answered += 1;
                        assert_eq!(beyond(&plugin, &needs), Vec::<String>::new(), "{name}: {request}");
                    }
                    Err(PluginError::Unsupported { .. }) => {}
                    other => panic!("{name}: {request}: {other:?}"),
                }
            }
        }
        assert!(answered > 0, "{name} answered nothing");
    }
}

/// A platform that grants own containers at `baseline` gives Kaniko and Makisu all that they need, and no other builder.
#[tokio::test]
async fn each_manifest_asks_for_the_least() {
    let host = host(Limits::default());
    for (name, level, exceptions, own, main) in [
        ("kaniko", Level::Baseline, 0, true, false),
        ("makisu", Level::Baseline, 0, true, false),
        ("buildah", Level::Baseline, 2, true, false),
        ("buildkit", Level::Baseline, 2, true, true),
        ("docker-build", Level::Privileged, 0, false, true),
    ] {
        let plugin = inspect(&host, name).await;
        let pod = plugin.asks.pod.as_ref().expect("it brings a container");
        assert_eq!((pod.level, pod.except.len()), (level, exceptions), "{name}");
        let containers = plugin.asks.containers.as_ref().expect("it runs commands");
        assert_eq!((containers.allows("x", true), containers.allows("main", false)), (own, main), "{name}");
        assert!(!containers.allows("db", false), "{name}");
    }
    for name in ["shell", "oci-push", "docker-push", "image-lookup", "registry-login"] {
        let plugin = inspect(&host, name).await;
        assert!(!plugin.asks.has(Power::Pod), "{name}");
        assert!(plugin.asks.containers.as_ref().is_none_or(|scope| !scope.own && !scope.allows("db", false)), "{name}");
    }
    for (name, _) in built_in() {
        let plugin = inspect(&host, name).await;
        let silent: Vec<Power> = plugin.asks.list().filter(|power| !plugin.reasons.contains_key(power)).collect();
        assert!(*name == "misbehaving" || silent.is_empty(), "{name} gives no reason for {silent:?}");
    }
}
