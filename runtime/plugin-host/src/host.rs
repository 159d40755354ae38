//! The port that the engine calls: inspect, ask what is needed, run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value;
use wasmtime::Engine;
use wasmtime::component::Linker;
use windlass_engine::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::event::Level;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, PluginKind, Requirements};
use windlass_model::task::PluginReference;

use crate::call::Call;
use crate::engine::{StartError, Ticker};
use crate::grant::{self, Asker};
use crate::honour;
use crate::limits::Limits;
use crate::load::{self, Loaded};
use crate::source::{self, BuiltIn};
use crate::state::{Reach, State};

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
        Ok(Self { settings, engine, linker, ticker, loaded: Mutex::default() })
    }

    /// A plugin that was inspected before.
    fn loaded(&self, info: &PluginInfo) -> Result<Arc<Loaded>, PluginError> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).get(&info.digest).cloned();
        loaded.ok_or_else(|| PluginError::NotFound {
            reference: Asker::new(info).reference,
            message: format!("no component with digest {} was loaded", info.digest),
        })
    }

    fn call<'a>(&'a self, asker: &'a Asker, export: &'static str, wall: std::time::Duration) -> Call<'a> {
        Call { engine: &self.engine, ticker: &self.ticker, limits: self.settings.limits, asker, export, wall }
    }
}

/// The request as the plugin may see it.
fn checked(loaded: &Loaded, request: &Value, asker: &Asker) -> Result<Value, PluginError> {
    loaded.schema.check(request).map_err(|refusal| asker.unsupported(refusal))
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
        let (engine, linker, cache) = (self.engine.clone(), self.linker.clone(), self.settings.cache.clone());
        let known = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Reading and compiling both take their time.
        let task = tokio::task::spawn_blocking(move || {
            let bytes = source::fetch(&wanted, &base, built_in)?;
            if let Some(loaded) = known.get(&load::digest(&bytes)) {
                return Ok(Arc::clone(loaded));
            }
            let loaded = load::load(&engine, &linker, cache.as_deref(), &wanted, &bytes);
            loaded.map(Arc::new).map_err(|e| unloadable(&wanted, e.to_string()))
        });
        let loaded = task.await.map_err(|e| unloadable(reference, e.to_string()))??;
        let info = PluginInfo { reference: reference.clone(), ..loaded.info.clone() };
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner).insert(info.digest.clone(), loaded);
        Ok(info)
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        let loaded = self.loaded(plugin)?;
        let asker = Asker::new(plugin);
        let request = checked(&loaded, request, &asker)?;
        if plugin.kind == PluginKind::Build {
            honour::check(&plugin.honours, &request, self.settings.built_in).map_err(|refusal| asker.unsupported(refusal))?;
        }
        let hints = build.cloned().unwrap_or_default();
        let needs = loaded
            .world
            .requirements(&self.call(&asker, "requirements", self.settings.limits.requirements_wall), request, &hints)
            .await?;
        crate::needs::requirements(needs).map_err(|refusal| asker.nonsense("asks for", refusal))
    }

    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        let loaded = self.loaded(&call.plugin)?;
        grant::missing(&call.plugin, &call.grants).map_or(Ok(()), Err)?;
        let asker = Asker::new(&call.plugin);
        let request = checked(&loaded, &call.request, &asker)?;
        let reach = Reach {
            backend,
            grants: call.grants.clone(),
            asks: call.plugin.asks.clone(),
            own: call.own_containers.clone(),
            container: call.container.clone(),
            stoppable: true,
        };
        let (limits, hints) = (self.settings.limits, call.build.clone().unwrap_or_default());
        let run = self.call(&asker, "run", limits.wall);
        let ran = loaded.world.run(&run, request.clone(), &hints, &input, reach.clone()).await;

        let reach = Reach { stoppable: false, ..reach };
        let backend = Arc::clone(&reach.backend);
        let cleanup = self.call(&asker, "cleanup", limits.cleanup_wall);
        match loaded.world.cleanup(&cleanup, request, &hints, reach).await {
            // Who was told to stop runs no more commands, and what they would tidy up goes with the pod.
            Ok(()) | Err(PluginError::Cancelled) => {}
            Err(e) => backend.log(Level::Warning, &format!("cleaning up after this step failed: {e}")).await,
        }
        ran
    }
}

fn unloadable(reference: &PluginReference, message: String) -> PluginError {
    let reference = match reference {
        PluginReference::BuiltIn(name) => name.clone(),
        PluginReference::File(path) => path.clone(),
        PluginReference::Registry(reference) => format!("oci://{reference}"),
    };
    PluginError::Unloadable { reference, message }
}
