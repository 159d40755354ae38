//! The plugin host with the plugins of a command: those that windlass carries, and those given with `--plugin`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use windlass_engine::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, Requirements};
use windlass_model::task::PluginReference;
use windlass_plugin_host::{Limits, Settings, WasmHost};

use crate::args::PluginChoice;
use crate::failure::Failure;

/// A plugin host in which some names stand for files. Such a plugin stays one from outside: it gets what it is granted.
pub struct Plugins {
    host: WasmHost,
    by_name: BTreeMap<String, PluginReference>,
}

impl Plugins {
    /// Starts the host and reads the plugins of `--plugin`.
    ///
    /// # Errors
    /// When this machine cannot run plugins, a file is not a plugin, or two plugins are to do the same.
    pub async fn start(choice: &PluginChoice) -> Result<Arc<Self>, Failure> {
        check_substitutes(choice)?;
        let settings = Settings {
            built_in: windlass_assets::PLUGINS,
            cache: windlass_plugin_host::default_cache(),
            limits: Limits::default(),
        };
        let host = WasmHost::new(settings).map_err(Failure::PluginHost)?;
        let mut by_name = BTreeMap::new();
        for file in &choice.files {
            let reference = PluginReference::file(&path_text(&file.0)?);
            let info = host.inspect(&reference, Path::new(".")).await?;
            if by_name.insert(info.name.clone(), reference).is_some() {
                let message = format!("two plugins given with --plugin are called {}", info.name);
                return Err(Failure::usage(message, "give only one of them"));
            }
        }
        Ok(Arc::new(Self { host, by_name }))
    }

    /// The plugins of `--plugin`, by their names.
    pub fn given(&self) -> impl Iterator<Item = (&str, &PluginReference)> {
        self.by_name.iter().map(|(name, reference)| (name.as_str(), reference))
    }

    /// The names that can be used without a path, those given with `--plugin` in place of built-in ones.
    pub fn names(&self) -> Vec<String> {
        let built_in = windlass_assets::PLUGINS.iter().map(|(name, _)| (*name).to_owned());
        let mut names: Vec<String> = built_in.chain(self.by_name.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Refuses two plugins for one kind of step: one of them would be passed over.
fn check_substitutes(choice: &PluginChoice) -> Result<(), Failure> {
    for (at, substitute) in choice.substitutes.iter().enumerate() {
        let earlier = choice.substitutes.iter().take(at).find(|earlier| earlier.kind == substitute.kind);
        if let Some(earlier) = earlier {
            let message = format!("--use {} is given twice: {} and {}", substitute.kind, earlier.plugin, substitute.plugin);
            return Err(Failure::usage(message, "give only one of them"));
        }
    }
    Ok(())
}

/// An absolute path: a plugin given on the command line is not relative to the task file.
fn path_text(path: &Path) -> Result<String, Failure> {
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source, help: Vec::new() };
    let absolute = path.canonicalize().map_err(unreadable)?;
    let text = absolute
        .to_str()
        .ok_or_else(|| Failure::usage(format!("the path of the plugin {} is not UTF-8 text", path.display()), "rename it"))?;
    Ok(text.to_owned())
}

#[async_trait]
impl PluginHost for Plugins {
    fn carried(&self) -> Vec<PluginReference> {
        self.names().into_iter().map(PluginReference::BuiltIn).collect()
    }

    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        let given = match reference {
            PluginReference::BuiltIn(name) => self.by_name.get(name),
            PluginReference::File(_) | PluginReference::Registry(_) => None,
        };
        self.host.inspect(given.unwrap_or(reference), base).await
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &serde_json::Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        self.host.requirements(plugin, request, build).await
    }

    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        self.host.run(call, input, backend).await
    }
}
