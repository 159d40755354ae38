//! The plugin host with the plugins of a command: those that windlass carries, and those given with `--plugin`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use windlass_engine::ports::plugin::{PluginError, PluginHost, ProjectBackend, SourceFile, StepBackend, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, Grants, PluginInfo, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::{Limits, Settings, Tell, WasmHost};
use windlass_plugin_source::{PluginSource, SourceError, is_in_layout};

use crate::args::{Global, PluginChoice, PluginFiles};
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::output;
use crate::voices::{self, Found};

pub mod bundled;
mod given;
pub mod lock;
pub mod signers;
pub mod source;

pub use source::Locked;

/// A plugin host in which some names stand for files, and that finds plugins of registries and bundles. All of these stay plugins from
/// outside: each gets what it is granted.
pub struct Plugins {
    host: WasmHost,
    by_name: BTreeMap<String, PluginReference>,
    locked: Locked,
}

impl Plugins {
    /// Starts the host and reads the plugins of `--plugin`.
    ///
    /// # Errors
    /// When this machine cannot run plugins, a plugin is not found or is none, or two plugins are to do the same.
    pub async fn start(given: &PluginFiles, locked: Locked) -> Result<Arc<Self>, Failure> {
        let mut plugins = Self { host: host()?, by_name: BTreeMap::new(), locked };
        for reference in &given.files {
            for reference in given::each(&reference.0).await? {
                let info = plugins.inspect(&reference, Path::new(".")).await?;
                if plugins.by_name.insert(info.name.clone(), reference).is_some() {
                    let message = format!("two plugins given with --plugin are called {}", info.name);
                    return Err(Failure::usage(message, "give only one of them"));
                }
            }
        }
        Ok(Arc::new(plugins))
    }

    /// The same where no task file is read: with the settings of this machine and of the directory, and `more` bundles by what they are
    /// called. A name that the settings have stays theirs.
    ///
    /// # Errors
    /// As [`Self::start`], and when settings cannot be read.
    pub async fn of_here(
        global: &Global,
        given: &PluginFiles,
        more: BTreeMap<String, PluginReference>,
    ) -> Result<Arc<Self>, Failure> {
        let found = Found { named: &global.settings, beside: Some(Path::new("")) };
        let voices = voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?;
        Self::start(given, source::of_here(given, &voices, more)?).await
    }

    /// The same for a command that takes `--use`: each plugin that it names is there, and of the kind that it is to stand for. Paths count
    /// from `base`.
    ///
    /// # Errors
    /// As [`Self::start`], and when one is not, or two are to stand for one kind.
    pub async fn substituting(choice: &PluginChoice, base: &Path, locked: Locked) -> Result<Arc<Self>, Failure> {
        check_substitutes(choice)?;
        let plugins = Self::start(&choice.given, locked).await?;
        plugins.check_kinds(choice, base).await?;
        Ok(plugins)
    }

    /// Sees to it that each plugin of `--use` is there, and of the kind that it is to stand for.
    ///
    /// # Errors
    /// When one is not, or two are to stand for one kind.
    pub async fn check_kinds(&self, choice: &PluginChoice, base: &Path) -> Result<(), Failure> {
        check_substitutes(choice)?;
        for substitute in &choice.substitutes {
            let failed = |source| Failure::Substitute { substitute: substitute.to_string(), source: Box::new(source) };
            let plugin = self.inspect(&substitute.plugin, base).await.map_err(failed)?;
            if plugin.kind != substitute.kind {
                let message = format!("--use {substitute}: it is a {} plugin", plugin.kind);
                return Err(Failure::usage(message, "windlass plugin ls shows the kind of each plugin"));
            }
        }
        Ok(())
    }

    /// The tasks that a config plugin makes from a file, as text.
    ///
    /// # Errors
    /// As [`WasmHost::generate`].
    pub async fn generate(
        &self,
        plugin: &PluginInfo,
        request: &serde_json::Value,
        file: &SourceFile,
        grants: &Grants,
        backend: Arc<dyn ProjectBackend>,
    ) -> Result<String, PluginError> {
        self.host.generate(plugin, request, file, grants, backend).await
    }

    /// The names of the bundles that the settings know.
    pub fn bundles(&self) -> &[String] {
        &self.locked.bundles
    }

    /// Where plugins come from that windlass does not carry.
    pub fn source(&self) -> &PluginSource {
        &self.locked.source
    }

    /// Writes what was found and was not in `windlass.lock` yet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_lock(&self) -> Result<(), Failure> {
        let Some(file) = &self.locked.file else { return Ok(()) };
        if self.source().lock_changed() {
            lock::write(file, &self.source().lock())?;
        }
        Ok(())
    }

    /// A plugin of a layout or a registry, held against the lock where it comes from a registry.
    async fn found(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        let failed = |error: SourceError| not_found(reference, &error, &self.locked.unheard);
        let found = self.source().component(reference, base).await.map_err(failed)?;
        let info = self.host.load(reference, found.component).await?;
        let info = PluginInfo { signers: found.signers, ..info };
        let Some(origin) = found.origin else { return Ok(info) };
        let found_at = origin.bundle.as_ref().map(|bundle| bundle.reference.clone());
        let info = PluginInfo { found_at, ..info };
        if self.locked.file.is_some() {
            self.source().pin(&info, &origin).map_err(failed)?;
        }
        Ok(info)
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

/// WebAssembly with the plugins that windlass carries.
///
/// # Errors
/// When this machine cannot run it.
pub fn host() -> Result<WasmHost, Failure> {
    let settings =
        Settings { built_in: windlass_assets::PLUGINS, cache: windlass_plugin_host::default_cache(), limits: Limits::default() };
    Ok(WasmHost::new(settings).map_err(Failure::PluginHost)?.telling(compiling()))
}

/// A line for each plugin that takes long to compile: somebody waits, and does so once.
pub fn compiling() -> Tell {
    Arc::new(|name: &str| output::line(&format!("compiling {name} for this machine (once)")))
}

/// What the engine is told of a plugin that is not found.
fn not_found(reference: &PluginReference, error: &SourceError, unheard: &BTreeMap<String, String>) -> PluginError {
    let (reference, mut message) = (reference.to_string(), failure::causes(error));
    // Whoever reads "write it in windlass.yaml", and has, is to know why it does not count.
    let about = unheard.iter().find(|(host, _)| matches!(error, SourceError::Registry(_)) && message.contains(host.as_str()));
    if let Some((host, file)) = about {
        message.push_str(&format!("; what {file} says of {host} counts once you trust the project (windlass trust)"));
    }
    match error {
        error if error.may_pass() => {
            PluginError::Infrastructure { plugin: reference.clone(), message: format!("plugin {reference}: {message}") }
        }
        SourceError::Manifest { .. } | SourceError::Bundle { .. } | SourceError::Layout(_) | SourceError::Vendored(_) => {
            PluginError::Unloadable { reference, message }
        }
        _ => PluginError::NotFound { reference, message },
    }
}

#[async_trait]
impl PluginHost for Plugins {
    fn carried(&self) -> Vec<PluginReference> {
        self.names().into_iter().map(PluginReference::BuiltIn).collect()
    }

    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        let given = if let PluginReference::BuiltIn(name) = reference { self.by_name.get(name) } else { None };
        match given.unwrap_or(reference) {
            reference @ PluginReference::BuiltIn(_) => self.host.inspect(reference, base).await,
            reference @ PluginReference::File(path) if !is_in_layout(&base.join(path)) => {
                let info = self.host.inspect(reference, base).await?;
                Ok(PluginInfo { signers: self.source().signers_of_bare(), ..info })
            }
            reference => self.found(reference, base).await,
        }
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
