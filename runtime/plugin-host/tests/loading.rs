//! What is not a plugin for this windlass is refused before any of it runs, with words that say what it is.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;

use support::{built_in, host, inspect};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_model::plugin::{PluginInfo, PluginKind, Power};
use windlass_model::plugin_reference::PluginReference;
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
async fn imports_from_elsewhere_are_named() {
    let message = refusal(&import("wasi:cli/environment@0.2.6"), MANIFEST).await;
    assert!(message.contains("`wasi:cli/environment@0.2.6`") && message.contains("no WASI"), "{message}");
}

#[tokio::test]
async fn a_manifest_that_does_not_fit_the_component_is_refused() {
    assert!(refusal("", MANIFEST).await.contains("does not export windlass:plugin/step-plugin"));
    assert!(refusal("", "{}").await.contains("cannot be read: missing field"));
    let odd = MANIFEST.replace(r#"{"type":"object"}"#, r#"{"oneOf":[]}"#);
    assert!(refusal("", &odd).await.contains("`oneOf`"));
}

/// Before, it was taken for a plugin of a newer windlass.
#[tokio::test]
async fn exports_that_are_not_those_of_the_manifest_s_kind_are_refused() {
    let export = |kind: &str| format!("(instance $e) (export \"windlass:plugin/{kind}-plugin@0.1.0\" (instance $e))");
    for kind in ["login", "build", "push"] {
        let manifest = MANIFEST.replace("\"step\"", &format!("\"{kind}\""));
        let message = refusal(&export("step"), &manifest).await;
        assert!(message.ends_with(&format!("it does not export windlass:plugin/{kind}-plugin")), "{message}");
        let message = refusal(&export(kind), &manifest).await;
        let expected =
            format!("its manifest says that it is a {kind} plugin, but its windlass:plugin/{kind}-plugin is another: ");
        assert!(message.starts_with(&expected) && message.contains("requirements"), "{message}");
        assert!(!message.contains("newer windlass"), "{message}");
    }
    let config = MANIFEST.replace("\"step\"", "\"config\"");
    let message = refusal(&export("config"), &config).await;
    assert!(
        message.starts_with("its manifest says that it is a config plugin, but its ") && message.contains("generate"),
        "{message}"
    );
    let unknown = refusal("", &MANIFEST.replace("\"step\"", "\"root\"")).await;
    assert!(unknown.contains("cannot be read: unknown variant `root`"), "{unknown}");
}

/// What makes tasks has no pod, no secret and no hand on the project, whatever its manifest does not say.
#[tokio::test]
async fn a_config_plugin_imports_few_powers() {
    let export = "(instance $e) (export \"windlass:plugin/config-plugin@0.1.0\" (instance $e))";
    let config = MANIFEST.replace("\"step\"", "\"config\"");
    let can = "a config plugin can have only environment, http, workspace-read";
    for power in Power::ALL.into_iter().filter(|power| *power != Power::Pod) {
        let message = refusal(&format!("{}{export}", import(&format!("windlass:plugin/{power}@0.1.0"))), &config).await;
        let refused = message == format!("it imports `windlass:plugin/{power}@0.1.0`, and {can}");
        assert_eq!(refused, !PluginKind::Config.powers().contains(&power), "{message}");
    }
    let asks = config.replace("\"powers\":{}", "\"powers\":{\"pod\":\"\"}");
    let message = refusal(export, &asks).await;
    assert!(message.ends_with(&format!("it asks for `pod`, and {can}")), "{message}");
}

/// A component may export all of them: its manifest, which everybody can read, says what it is called as.
#[tokio::test]
async fn a_component_of_several_kinds_is_what_its_manifest_says() {
    let host = host(Limits::default());
    for kind in [PluginKind::Step, PluginKind::Login, PluginKind::Build, PluginKind::Push] {
        assert_eq!(support::hostile(&host, kind).await.kind, kind);
    }
}

#[tokio::test]
async fn a_manifest_does_not_redefine_what_all_builders_share() {
    let own = r#"{"type":"object","properties":{"tags":{"type":"object"}}}"#;
    let manifest = MANIFEST.replace("\"step\"", "\"build\"").replace(r#"{"type":"object"}"#, own);
    let message = refusal("", &manifest).await;
    assert!(message.contains("`tags` is a field that all build plugins share"), "{message}");
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
