//! The port that the engine calls: inspect, ask what is needed, run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::Notify;
use wasmtime::Engine;
use wasmtime::component::Linker;
use windlass_engine::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::event::Level;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, Requirements};
use windlass_model::plugin_reference::PluginReference;

use crate::call::Call;
use crate::engine::{StartError, Ticker};
use crate::grant::{self, Asker};
use crate::limits::Limits;
use crate::load::{self, Loaded};
use crate::patience::{self, Tell, WORTH_A_WORD};
use crate::schema::Fitted;
use crate::source::{self, BuiltIn};
use crate::state::State;
use crate::trial::Tried;

/// What a [`WasmHost`] is made of.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The plugins that windlass carries: names and components.
    pub built_in: BuiltIn,
    /// The directory that keeps compiled components, which must be the user's own; compiled anew each time when `None`.
    pub cache: Option<PathBuf>,
    /// Limits of each instance.
    pub limits: Limits,
}

/// Runs plugins on wasmtime.
pub struct WasmHost {
    settings: Settings,
    engine: Engine,
    linker: Linker<State>,
    ticker: Ticker,
    loaded: Mutex<HashMap<Digest, Arc<Loaded>>>,
    tell: Option<Tell>,
}

impl std::fmt::Debug for WasmHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WasmHost").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl WasmHost {
    /// Starts WebAssembly.
    ///
    /// # Errors
    /// When it cannot run on this machine.
    pub fn new(settings: Settings) -> Result<Self, StartError> {
        let engine = crate::engine::engine()?;
        let linker = crate::engine::linker(&engine)?;
        let ticker = Ticker::new(&engine)?;
        Ok(Self { settings, engine, linker, ticker, loaded: Mutex::default(), tell: None })
    }

    /// The same, and whoever waits for a compiler for more than a second is told which plugin it compiles. What windlass carries is small, and is
    /// not told of.
    #[must_use]
    pub fn telling(self, tell: Tell) -> Self {
        Self { tell: Some(tell), ..self }
    }

    /// A plugin that was inspected before.
    pub(crate) fn loaded(&self, info: &PluginInfo) -> Result<Arc<Loaded>, PluginError> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(&info.digest).cloned();
        loaded.ok_or_else(|| PluginError::NotFound {
            reference: Asker::new(info).reference,
            message: format!("no component with digest {} was loaded", info.digest),
        })
    }

    /// Loads a component whose bytes somebody else has found, as [`PluginHost::inspect`] does with those that it finds itself.
    ///
    /// # Errors
    /// When it is no plugin for this windlass.
    pub async fn load(
        &self,
        reference: &PluginReference,
        component: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<PluginInfo, PluginError> {
        self.loading(reference, move || Ok(component)).await
    }

    async fn loading<B: AsRef<[u8]>>(
        &self,
        reference: &PluginReference,
        bytes: impl FnOnce() -> Result<B, PluginError> + Send + 'static,
    ) -> Result<PluginInfo, PluginError> {
        let wanted = reference.clone();
        let (engine, linker, cache) = (self.engine.clone(), self.linker.clone(), self.settings.cache.clone());
        let known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (begun, tell) = (Arc::new(Notify::new()), self.tell.as_ref());
        let begins = Arc::clone(&begun);
        // Reading and compiling both take their time.
        let task = tokio::task::spawn_blocking(move || {
            let bytes = bytes()?;
            let bytes = bytes.as_ref();
            let digest = Digest::of(bytes);
            if let Some(loaded) = known.get(&digest) {
                return Ok(Arc::clone(loaded));
            }
            let loaded = load::load(&engine, &linker, cache.as_deref(), &wanted, (bytes, digest), &|| begins.notify_one());
            loaded.map(Arc::new).map_err(|e| unloadable(&wanted, e.to_string()))
        });
        let tell = tell.filter(|_| !matches!(reference, PluginReference::BuiltIn(_)));
        let telling = || tell.into_iter().for_each(|tell| tell(&reference.to_string()));
        let loaded = patience::waiting(task, &begun, WORTH_A_WORD, telling).await;
        let loaded = loaded.map_err(|e| unloadable(reference, e.to_string()))??;
        let info = PluginInfo { reference: reference.clone(), ..loaded.info.clone() };
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(info.digest.clone(), loaded);
        Ok(info)
    }

    pub(crate) fn call<'a>(
        &'a self,
        asker: &'a Asker,
        export: &'static str,
        wall: std::time::Duration,
        tried: &Tried,
    ) -> Call<'a> {
        let (limits, tried) = (self.settings.limits, tried.clone());
        Call { engine: &self.engine, ticker: &self.ticker, limits, asker, export, wall, tried }
    }

    pub(crate) fn limits(&self) -> Limits {
        self.settings.limits
    }

    pub(crate) fn built_in(&self) -> BuiltIn {
        self.settings.built_in
    }
}

/// The request as the plugin may see it.
pub(crate) fn checked(loaded: &Loaded, request: &Value, asker: &Asker) -> Result<Value, PluginError> {
    let Fitted { request, refused, .. } = loaded.schema.check(request);
    asker.all_unsupported(refused).map_or(Ok(request), Err)
}

#[async_trait]
impl PluginHost for WasmHost {
    fn carried(&self) -> Vec<PluginReference> {
        self.settings.built_in.iter().map(|(name, _)| PluginReference::BuiltIn((*name).to_owned())).collect()
    }

    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        // The path that is opened is the one that is granted.
        let reference = &reference.normal();
        let (wanted, base, built_in) = (reference.clone(), base.to_owned(), self.settings.built_in);
        self.loading(reference, move || source::fetch(&wanted, &base, built_in)).await
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        self.requirements_watched(plugin, request, build, &Tried::default()).await
    }

    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        let loaded = self.loaded(&call.plugin)?;
        grant::missing(&call.plugin, &call.grants).map_or(Ok(()), Err)?;
        // What is no request of this plugin, or no plugin for a step, leaves nothing to clean up.
        loaded.world(&Asker::new(&call.plugin))?;
        checked(&loaded, &call.request, &Asker::new(&call.plugin))?;
        let ran = self.work(call, input, Arc::clone(&backend), &Tried::default()).await;
        match self.clean_up(call, Arc::clone(&backend), &Tried::default()).await {
            // Who was told to stop runs no more commands, and what they would tidy up goes with the pod.
            Ok(()) | Err(PluginError::Cancelled) => {}
            Err(e) => backend.log(Level::Warning, &format!("cleaning up after this step failed: {e}")).await,
        }
        ran
    }
}

fn unloadable(reference: &PluginReference, message: String) -> PluginError {
    PluginError::Unloadable { reference: reference.to_string(), message }
}
