//! A plugin from outside the workspace: the example, built as its author would.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use support::backend::Local;
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{Grants, Power};
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::Limits;

#[tokio::test]
async fn a_plugin_of_somebody_elses_does_what_it_is_granted_and_no_more() {
    let host = support::host(Limits::default());
    let (directory, path) = support::example();
    let plugin = host.inspect(&PluginReference::File(path), &directory).await.expect("it is a plugin");
    assert_eq!(plugin.asks.list().collect::<Vec<_>>(), [Power::WorkspaceRead]);

    let call = |powers: &[Power], allow: &[&str]| PluginCall {
        plugin: plugin.clone(),
        request: json!({"allow": allow}),
        container: "main".into(),
        grants: Grants { powers: support::powers(powers), secrets: vec![], files: vec![], signers: vec![] },
        own_containers: BTreeSet::new(),
        build: None,
    };
    let backend = Local::plain(&[]);
    match host.run(&call(&[], &[]), StepInput::default(), Arc::clone(&backend) as _).await {
        Err(PluginError::Denied { grant, .. }) => assert_eq!(grant, "plugins: {./pinned-images.wasm: [workspace-read]}"),
        other => panic!("{other:?}"),
    }
    let granted = [Power::WorkspaceRead];
    let done = host.run(&call(&granted, &[]), StepInput::default(), Arc::clone(&backend) as _).await;
    assert!(done.is_err_and(|e| e.to_string().starts_with("plugin ./pinned-images.wasm says: 1 of the base images can change")));
    assert_eq!(backend.log(), ["Dockerfile:1: alpine:3 has no digest"]);
    let done = host.run(&call(&granted, &["alpine"]), StepInput::default(), Arc::clone(&backend) as _).await;
    assert!(done.is_ok(), "{done:?}");
}
