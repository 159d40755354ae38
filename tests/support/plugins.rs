//! The plugin host with the built-in plugins, as the command line makes it, and plugins from outside the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;

use windlass_plugin_host::{Limits, Settings, WasmHost, default_cache};

/// A host with the built-in plugins.
pub fn host() -> WasmHost {
    let settings = Settings { built_in: windlass_assets::PLUGINS, cache: default_cache(), limits: Limits::default() };
    WasmHost::new(settings).expect("wasmtime runs on this machine")
}

/// A plugin of `examples/plugins`, built as its author would: the component.
pub fn example(name: &str) -> PathBuf {
    built("examples/plugins", name)
}

/// A plugin of `plugins/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    built("plugins/fixtures", name)
}

fn built(below: &str, name: &str) -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside");
    let mut command = Command::new(repository.join("plugins/build.sh"));
    // What cargo says about this build does not hold for another target.
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|variable| variable.starts_with("CARGO") && variable != "CARGO_HOME") {
            command.env_remove(variable);
        }
    }
    let done = command.arg(&out).arg(repository.join(below).join(name)).output().expect("the build script starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    out.join(format!("{name}.wasm"))
}
