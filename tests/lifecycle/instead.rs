//! The real plugins, of which some run something else.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::WasmHost;

use super::support;

/// What runs in place of a plugin.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Runs it. `host` has the plugin itself.
    async fn run(
        &self,
        host: &WasmHost,
        call: &PluginCall,
        input: StepInput,
        backend: Arc<dyn StepBackend>,
    ) -> Result<StepResult, PluginError>;
}

/// A host whose plugins are the real ones until they run.
pub struct Instead<R> {
    host: WasmHost,
    pub runs: R,
}

impl<R: Runs> Instead<R> {
    pub fn new(runs: R) -> Arc<Self> {
        Arc::new(Self { host: support::plugins::host(), runs })
    }
}

#[async_trait]
impl<R: Runs> PluginHost for Instead<R> {
    fn carried(&self) -> Vec<PluginReference> {
        self.host.carried()
    }

    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        self.host.inspect(reference, base).await
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        self.host.requirements(plugin, request, build).await
    }

    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        self.runs.run(&self.host, call, input, backend).await
    }
}
