//! Components for other versions of the interface: what they need is served, or refused with both versions.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use support::backend::Local;
use support::{built_in, everything, host};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::{Limits, WasmHost};

const MANIFEST: &str =
    r#"{"manifest":1,"name":"odd","version":"1.0.0","kind":"step","description":"","powers":{},"request":{"type":"object"}}"#;

async fn load(host: &WasmHost, bytes: &[u8]) -> Result<PluginInfo, PluginError> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("odd.wasm"), bytes).expect("a file");
    host.inspect(&PluginReference::File("./odd.wasm".into()), directory.path()).await
}

async fn refusal(parts: &str) -> String {
    let text = format!("(component {parts} (@custom \"windlass.plugin\" \"{}\"))", MANIFEST.replace('"', "\\\""));
    let bytes = wat::parse_str(text).expect("a component in text form");
    match load(&host(Limits::default()), &bytes).await {
        Err(PluginError::Unloadable { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_this_host_does_not_know_is_refused_with_both_versions() {
    let import = |name: &str| format!("(import \"{name}\" (instance (export \"f\" (func))))");
    for (parts, needs, what) in [
        (
            import("windlass:plugin/containers@0.2.0"),
            "windlass:plugin/containers@0.2.0",
            "use a newer windlass, or build the plugin for this one",
        ),
        (
            import("windlass:plugin/containers@1.0.0"),
            "windlass:plugin/containers@1.0.0",
            "use a newer windlass, or build the plugin for this one",
        ),
        (
            import("windlass:plugin/containers@0.0.9"),
            "windlass:plugin/containers@0.0.9",
            "use a plugin that was built for it, or an older windlass",
        ),
        (import("windlass:plugin/teleport@0.1.9"), "windlass:plugin/teleport@0.1.9", "use a newer windlass"),
        (
            "(import \"windlass:plugin/host@0.1.9\" (instance (export \"sing\" (func))))
             (instance $empty) (export \"windlass:plugin/step-plugin@0.1.9\" (instance $empty))"
                .to_owned(),
            "windlass:plugin 0.1.9",
            "sing",
        ),
    ] {
        let message = refusal(&parts).await;
        let served = message.replace(needs, "");
        assert!(message.contains(needs) && served.contains("this windlass serves") && served.contains("0.1"), "{message}");
        assert!(message.contains(what), "{message}");
    }
}

/// The promise of `wit/`: a patch adds functions, and who uses none of them runs on any host of its minor version.
#[tokio::test]
async fn a_component_for_another_patch_runs_where_it_uses_nothing_new() {
    let host = host(Limits::default());
    let (_, component) = built_in().iter().find(|(name, _)| *name == "misbehaving").expect("it is built");
    let newer = replaced(component, b"@0.1.0", b"@0.1.9");
    assert_ne!(newer, *component);
    let plugin = load(&host, &newer).await.expect("it is served");
    assert_eq!(plugin.interface, "0.1.9");
    let backend = Local::plain(&[]);
    let file = backend.path("work/written").display().to_string();
    for (call, with) in [("results.set", json!({"text": "A"})), ("containers.container.write-file", json!({"text": file}))] {
        let (plugin, grants) = (plugin.clone(), everything());
        let request = json!({"call": call, "with": with});
        let call =
            PluginCall { plugin, request, container: "main".into(), grants, own_containers: Default::default(), build: None };
        let done = host.run(&call, StepInput::default(), Arc::clone(&backend) as _).await;
        assert!(done.is_ok(), "{done:?}");
    }
    assert!(Path::new(&file).exists());
}

/// The same bytes with one text in place of another of its length.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = bytes.windows(from.len()).enumerate().filter(|(_, part)| *part == from).map(|(at, _)| at).collect();
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}
