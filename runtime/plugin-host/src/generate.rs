//! Tasks made from a file, before anything is planned.

use std::sync::Arc;

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, ProjectBackend, SourceFile};
use windlass_model::plugin::{Grants, PluginInfo};

use crate::bindings::config::exports::windlass::plugin::config_plugin::Source;
use crate::grant::{self, Asker};
use crate::host::{WasmHost, checked};
use crate::schema::Refusal;
use crate::state::Reach;
use crate::trial::Tried;
use crate::words;

impl WasmHost {
    /// The tasks that a config plugin makes from a file: a task file in YAML, not read yet. `request` is what stands under `with` beside the
    /// file. The plugin reaches the world through `backend` only, and only as far as `grants` go.
    ///
    /// # Errors
    /// When it is no config plugin, was not granted what it asks for, refuses the request, reports a failure, traps, or exceeds a limit; and
    /// when the file or what is made of it is too large.
    pub async fn generate(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        file: &SourceFile,
        grants: &Grants,
        backend: Arc<dyn ProjectBackend>,
    ) -> Result<String, PluginError> {
        grant::missing(plugin, grants).map_or(Ok(()), Err)?;
        self.generate_watched(plugin, request, file, grants, backend, &Tried::default()).await
    }

    /// The same with a word on what was tried in it. Each call of a power that was not granted is refused when it comes; whether all was
    /// granted that the plugin asks for is not looked at before.
    ///
    /// # Errors
    /// As there.
    pub async fn generate_watched(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        file: &SourceFile,
        grants: &Grants,
        backend: Arc<dyn ProjectBackend>,
        tried: &Tried,
    ) -> Result<String, PluginError> {
        let loaded = self.loaded(plugin)?;
        let asker = Asker::new(plugin);
        let pre = loaded.config(&asker)?.clone();
        let limits = self.limits();
        fits(file.text.len(), limits.source).map_err(|why| PluginError::Failed {
            plugin: asker.plugin.clone(),
            message: format!("{}: {why}", words::name(&file.path)),
            exit_code: None,
        })?;
        let json = checked(&loaded, request, &asker)?.to_string();
        let source = Source { path: file.path.clone(), text: file.text.clone() };
        let call = self.call(&asker, "generate", limits.generate_wall, tried);
        let reach = Reach {
            backend,
            pod: None,
            grants: grants.clone(),
            asks: plugin.asks.clone(),
            own: [].into(),
            container: String::new(),
            stoppable: true,
        };
        let made = call.perform(Some(reach), |store| {
            Box::pin(async move {
                let plugin = pre.instantiate_async(&mut *store).await?;
                plugin.windlass_plugin_config_plugin().call_generate(store, &json, &source).await
            })
        });
        let (text, _) = made.await?;
        let nonsense = |reason| asker.nonsense("returned", Refusal { field: "tasks".to_owned(), reason });
        fits(text.len(), limits.generated).map_err(nonsense)?;
        Ok(text)
    }
}

/// Refuses a text that is too large.
fn fits(bytes: usize, most: usize) -> Result<(), String> {
    if bytes <= most { Ok(()) } else { Err(format!("the text has {bytes} bytes, and at most {most} are taken")) }
}
