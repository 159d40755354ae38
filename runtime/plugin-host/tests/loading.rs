//! What is not a plugin for this windlass is refused before any of it runs, with words that say what it is.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;

use support::{built_in, host, inspect};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_model::plugin::{PluginInfo, PluginKind};
use windlass_model::task::PluginReference;
use windlass_plugin_host::{Limits, Settings, WasmHost};

const MANIFEST: &str =
    r#"{"manifest":1,"name":"odd","version":"1.0.0","kind":"step","description":"","powers":{},"request":{"type":"object"}}"#;

async fn load(bytes: &[u8]) -> Result<PluginInfo, PluginError> {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("odd.wasm"), bytes).expect("a file");
    let reference = PluginReference::File("./odd.wasm".into());
    host(Limits::default()).inspect(&reference, directory.path()).await
}

/// Why a component with these parts, and a manifest, is refused.
async fn refusal(parts: &str, manifest: &str) -> String {
    let text = format!("(component {parts} (@custom \"windlass.plugin\" \"{}\"))", manifest.replace('"', "\\\""));
    let bytes = wat::parse_str(text).expect("a component in text form");
    match load(&bytes).await {
        Err(PluginError::Unloadable { reference, message }) => {
            assert_eq!(reference, "./odd.wasm");
            message
        }
        other => panic!("{other:?}"),
    }
}

fn import(name: &str) -> String {
    format!("(import \"{name}\" (instance (export \"f\" (func))))")
}

#[tokio::test]
async fn a_file_that_is_no_component_is_told_what_it_is() {
    for (bytes, word) in [
        (b"#!/bin/sh\n".to_vec(), "not WebAssembly"),
        (wat::parse_str("(module)").expect("a module"), "core module"),
        (wat::parse_str("(component)").expect("a component"), "no manifest"),
        (b"\0asm\x0d\0\x01\0\xff\xff".to_vec(), "damaged"),
    ] {
        let message = load(&bytes).await.expect_err("it is no plugin").to_string();
        assert!(message.starts_with("./odd.wasm is not a plugin") && message.contains(word), "{message}");
    }
}

/// Machine code that somebody else compiled is never run, whatever it calls itself.
#[tokio::test]
async fn precompiled_code_is_refused() {
    let (_, shell) = built_in().iter().find(|(name, _)| *name == "shell").expect("it is built");
    let mut config = wasmtime::Config::new();
    config.epoch_interruption(true);
    let engine = wasmtime::Engine::new(&config).expect("wasmtime runs here");
    let compiled = engine.precompile_component(shell).expect("it compiles");
    let message = load(&compiled).await.expect_err("it is machine code").to_string();
    assert!(message.contains("`.cwasm`"), "{message}");
}

#[tokio::test]
async fn another_version_of_the_interface_is_named_with_what_is_served() {
    let message = refusal(&import("windlass:plugin/containers@0.2.0"), MANIFEST).await;
    assert_eq!(
        message,
        "it needs windlass:plugin/containers@0.2.0; this windlass serves 0.1; use a newer windlass, or build the plugin for this one"
    );
    let message = refusal(&import("windlass:plugin/containers@0.0.9"), MANIFEST).await;
    assert!(message.ends_with("use a plugin that was built for it, or an older windlass"), "{message}");
}

#[tokio::test]
async fn imports_from_elsewhere_are_named() {
    let message = refusal(&import("wasi:cli/environment@0.2.6"), MANIFEST).await;
    assert!(message.contains("`wasi:cli/environment@0.2.6`") && message.contains("no WASI"), "{message}");
    let message = refusal(&import("windlass:plugin/teleport@0.1.0"), MANIFEST).await;
    assert!(message.contains("windlass:plugin/teleport@0.1.0, which this windlass does not have"), "{message}");
}

#[tokio::test]
async fn a_function_that_does_not_exist_yet_is_named() {
    let parts = "(import \"windlass:plugin/host@0.1.9\" (instance (export \"sing\" (func))))
        (instance $empty) (export \"windlass:plugin/step-plugin@0.1.9\" (instance $empty))";
    let message = refusal(parts, MANIFEST).await;
    assert!(message.contains("use a newer windlass") && message.contains("sing"), "{message}");
}

#[tokio::test]
async fn a_manifest_that_does_not_fit_the_component_is_refused() {
    assert!(refusal("", MANIFEST).await.contains("does not export windlass:plugin/step-plugin"));
    assert!(refusal("", "{}").await.contains("cannot be read: missing field"));
    let odd = MANIFEST.replace(r#"{"type":"object"}"#, r#"{"oneOf":[]}"#);
    assert!(refusal("", &odd).await.contains("`oneOf`"));
}

#[tokio::test]
async fn a_plugin_is_described_without_running_it() {
    let info = inspect(&host(Limits::default()), "docker-build").await;
    assert_eq!((info.name.as_str(), info.kind, info.interface.as_str()), ("docker-build", PluginKind::Build, "0.1.0"));
    assert!(info.digest.as_str().starts_with("sha256:"));
    // What all builders share, and what this one adds.
    for key in ["tags", "context", "build_args", "existing_daemon"] {
        assert!(info.schema["properties"][key].is_object(), "{key}: {}", info.schema);
    }
}

#[tokio::test]
async fn compiled_plugins_are_kept_and_found_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = directory.path().join("windlass/aot");
    for _ in 0..2 {
        let settings = Settings { built_in: built_in(), cache: Some(cache.clone()), limits: Limits::default() };
        let host = WasmHost::new(settings).expect("wasmtime runs here");
        let shell = PluginReference::BuiltIn("shell".into());
        host.inspect(&shell, Path::new("/")).await.expect("it is built in");
        assert_eq!(std::fs::read_dir(&cache).expect("the cache is there").count(), 1);
    }
}
