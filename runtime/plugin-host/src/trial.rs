//! The parts of a run one by one, and what an instance tries in them: for a plugin's tests. A run is made of the same parts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, StepBackend, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, PluginKind, Power, Requirements};

use crate::build_request::wrong_amounts;
use crate::grant::Asker;
use crate::honour;
use crate::host::{WasmHost, checked};
use crate::schema::{Fitted, Refusal};
use crate::state::Reach;

/// The powers whose functions an instance called, granted or not.
#[derive(Debug, Clone, Default)]
pub struct Tried(Arc<Mutex<BTreeSet<Power>>>);

impl Tried {
    /// Those that were called until now.
    pub fn powers(&self) -> BTreeSet<Power> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note(&self, power: Power) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(power);
    }
}

impl WasmHost {
    /// What [`windlass_engine::ports::plugin::PluginHost::requirements`] does, with a word on what was tried in it.
    ///
    /// # Errors
    /// As there.
    pub async fn requirements_watched(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        build: Option<&BuildHints>,
        tried: &Tried,
    ) -> Result<Requirements, PluginError> {
        let loaded = self.loaded(plugin)?;
        let asker = Asker::new(plugin);
        let world = loaded.world(&asker)?;
        let Fitted { request, mut refused, mut whole } = loaded.schema.check(request);
        if plugin.kind == PluginKind::Build {
            let known = refused.len();
            refused.extend(honour::check(&plugin.honours, &request, self.built_in()));
            refused.extend(wrong_amounts(&request));
            whole &= refused.len() == known;
        }
        let hints = build.cloned().unwrap_or_default();
        let call = self.call(&asker, "requirements", self.limits().requirements_wall, tried);
        if let (false, Some(error)) = (whole, asker.all_unsupported(refused.clone())) {
            return Err(error);
        }
        // Without the keys that nobody knows it is whole, and the plugin says what it thinks of that, too.
        let asked = world.requirements(&call, request, &hints).await;
        if let Err(PluginError::Unsupported { field, reason, .. }) = &asked {
            refused.push(Refusal { field: field.clone(), reason: reason.clone() });
        }
        if let Some(error) = asker.all_unsupported(refused) {
            return Err(error);
        }
        crate::needs::requirements(asked?).map_err(|refusal| asker.nonsense("asks for", refusal))
    }

    /// The work of a step, without its cleanup. Each call of a power that was not granted is refused when it comes; whether all was granted that
    /// the plugin asks for is not looked at before.
    ///
    /// # Errors
    /// When the plugin reports a failure, traps, or exceeds a limit.
    pub async fn work(
        &self,
        call: &PluginCall,
        input: StepInput,
        backend: Arc<dyn StepBackend>,
        tried: &Tried,
    ) -> Result<StepResult, PluginError> {
        let loaded = self.loaded(&call.plugin)?;
        let asker = Asker::new(&call.plugin);
        let world = loaded.world(&asker)?;
        let request = checked(&loaded, &call.request, &asker)?;
        let hints = call.build.clone().unwrap_or_default();
        let run = self.call(&asker, world.export(), self.limits().wall, tried);
        world.run(&run, request, &hints, &call.plugin.leaves, &input, reach(call, backend, true)).await
    }

    /// The cleanup of a step, in an instance that nothing happened to yet.
    ///
    /// # Errors
    /// As [`WasmHost::work`].
    pub async fn clean_up(&self, call: &PluginCall, backend: Arc<dyn StepBackend>, tried: &Tried) -> Result<(), PluginError> {
        let loaded = self.loaded(&call.plugin)?;
        let asker = Asker::new(&call.plugin);
        let world = loaded.world(&asker)?;
        let request = checked(&loaded, &call.request, &asker)?;
        let hints = call.build.clone().unwrap_or_default();
        let cleanup = self.call(&asker, "cleanup", self.limits().cleanup_wall, tried);
        world.cleanup(&cleanup, request, &hints, reach(call, backend, false)).await
    }
}

fn reach(call: &PluginCall, backend: Arc<dyn StepBackend>, stoppable: bool) -> Reach {
    Reach {
        backend: Arc::clone(&backend) as _,
        pod: Some(backend),
        grants: call.grants.clone(),
        asks: call.plugin.asks.clone(),
        own: call.own_containers.clone(),
        container: call.container.clone(),
        stoppable,
    }
}
