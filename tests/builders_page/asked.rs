//! What build plugins answer.

use std::path::Path;

use serde_json::{Value, json};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_kube::pod_security::{Level, need};
use windlass_model::plugin::{BuildHints, PluginInfo, PluginKind, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::{ContainerPlan, PodPlan};
use windlass_plugin_host::WasmHost;

/// A builder, as it describes itself.
pub struct Builder {
    /// Its manifest.
    pub info: PluginInfo,
    /// What it brings to a pod for a Dockerfile with a `RUN`.
    pub runs: Vec<ContainerPlan>,
    /// The lowest Pod Security level that lets these in.
    pub level: Level,
    /// What it brings for a Dockerfile that only copies into nothing.
    pub copies: Vec<ContainerPlan>,
    /// Its answer to each field of the shared request.
    pub fields: Vec<(&'static str, Answer)>,
}

/// An answer to a request with one field more than it must have.
pub enum Answer {
    /// It honours the field.
    Honoured,
    /// It does not know it.
    Refused,
    /// It knows it, and refuses what was asked.
    Conditional(String),
}

/// A list of one is less than a list may be.
pub const SEVERAL_PLATFORMS: &str = "several platforms";

/// Each field that a builder may honour, in a request that uses it.
fn samples() -> Vec<(&'static str, Value)> {
    vec![
        ("target", json!({"target": "test"})),
        ("build_args", json!({"build_args": {"A": "b"}})),
        ("labels", json!({"labels": {"a": "b"}})),
        ("secrets", json!({"secrets": {"token": "TOKEN"}})),
        ("platforms", json!({"platforms": ["linux/amd64"]})),
        (SEVERAL_PLATFORMS, json!({"platforms": ["linux/amd64", "linux/arm64"]})),
        ("cache.to", json!({"cache": {"to": "registry.example/cache"}})),
        ("cache.from", json!({"cache": {"from": ["registry.example/app:green"]}})),
        ("cache.mode", json!({"cache": {"to": "registry.example/cache", "mode": "max"}})),
        ("no_cache", json!({"no_cache": true})),
        ("source_date_epoch", json!({"source_date_epoch": 1_700_000_000})),
        ("flags", json!({"flags": ["--quiet"]})),
        ("image", json!({"image": "registry.example/builder:1"})),
        ("cpu", json!({"cpu": "2"})),
        ("memory", json!({"memory": "4G"})),
        ("git_context", json!({"context": "https://git.example/app.git"})),
    ]
}

/// The built-in build plugins, by name.
pub async fn builders(host: &WasmHost) -> Vec<Builder> {
    let mut builders = Vec::new();
    for (name, _) in windlass_assets::PLUGINS {
        let info = host.inspect(&PluginReference::BuiltIn((*name).to_owned()), Path::new("/")).await.expect("it is built in");
        if info.kind == PluginKind::Build {
            builders.push(describe(host, info).await);
        }
    }
    builders
}

async fn describe(host: &WasmHost, info: PluginInfo) -> Builder {
    let brought = |dockerfile: &'static str| ask(host, &info, json!({}), dockerfile);
    let containers = |needs: Requirements| needs.containers.into_iter().map(|required| required.container).collect();
    let runs: Vec<ContainerPlan> = containers(brought("FROM busybox\nRUN true\n").await.expect("it builds an image"));
    let copies = containers(brought("FROM scratch\nCOPY app /app\n").await.expect("it builds an image"));
    let level = need(&pod(&runs)).level;
    let mut fields = Vec::new();
    for (field, more) in samples() {
        fields.push((field, answer(&info, field, ask(host, &info, more, "FROM busybox\nRUN true\n").await)));
    }
    Builder { info, runs, level, copies, fields }
}

/// What a plugin needs for the smallest request, with these fields on top of it.
async fn ask(host: &WasmHost, info: &PluginInfo, more: Value, dockerfile: &str) -> Result<Requirements, PluginError> {
    let mut request = json!({"tags": ["registry.example/app:1"]});
    let fields = request.as_object_mut().expect("a map");
    fields.extend(more.as_object().expect("a map").clone());
    let hints = BuildHints { dockerfile: Some(dockerfile.to_owned()), push: false };
    host.requirements(info, &request, Some(&hints)).await
}

fn answer(info: &PluginInfo, field: &str, answered: Result<Requirements, PluginError>) -> Answer {
    let listed_as = if field == SEVERAL_PLATFORMS { "platforms" } else { field };
    let listed = info.honours.iter().any(|honoured| honoured == listed_as);
    match answered {
        Ok(_) => Answer::Honoured,
        Err(PluginError::Unsupported { reason, .. }) if listed => Answer::Conditional(reason),
        Err(PluginError::Unsupported { .. }) => Answer::Refused,
        Err(other) => panic!("{} on {field}: {other}", info.name),
    }
}

/// A pod of what a plugin brings and nothing else.
fn pod(containers: &[ContainerPlan]) -> PodPlan {
    PodPlan::new("page", "page", "page", containers.to_vec(), 0)
}
