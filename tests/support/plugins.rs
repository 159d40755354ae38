//! The plugin host with the built-in plugins, as the command line makes it.

use windlass_plugin_host::{Limits, Settings, WasmHost, default_cache};

/// A host with the built-in plugins.
pub fn host() -> WasmHost {
    let settings = Settings { built_in: windlass_assets::PLUGINS, cache: default_cache(), limits: Limits::default() };
    WasmHost::new(settings).expect("wasmtime runs on this machine")
}
