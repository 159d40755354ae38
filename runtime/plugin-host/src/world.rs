//! The exports of what works in a step, called.

use std::collections::BTreeSet;

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::plugin::{BuildHints, ImagePlace};

use crate::bindings::build::exports::windlass::plugin::build_plugin::BuildRequest;
use crate::bindings::powers::windlass::plugin::types::Needs;
use crate::build_request::{build_request, push_request};
use crate::call::Call;
use crate::convert;
use crate::load::World;
use crate::returned::images::{self, ToPush, Wanted};
use crate::returned::login;
use crate::schema::Refusal;
use crate::state::Reach;

/// Calls one export in an instance of its own.
macro_rules! perform {
    ($call:ident, $reach:expr, $pre:ident.$world:ident().$export:ident($($argument:ident),+)) => {{
        let pre = $pre.clone();
        $call.perform($reach, |store| {
            Box::pin(async move {
                let plugin = pre.instantiate_async(&mut *store).await?;
                plugin.$world().$export(store, $(&$argument),+).await
            })
        })
        .await
    }};
}

impl World {
    /// The export that does the work, as messages name it.
    pub(crate) fn export(&self) -> &'static str {
        match self {
            Self::Step(_) => "run",
            Self::Login(_) => "login",
            Self::Build(_) => "build",
            Self::Push(_) => "push",
        }
    }

    /// Calls `requirements`, with nothing granted.
    pub(crate) async fn requirements(&self, call: &Call<'_>, request: Value, hints: &BuildHints) -> Result<Needs, PluginError> {
        let done = match self {
            Self::Step(pre) => {
                let json = request.to_string();
                perform!(call, None, pre.windlass_plugin_step_plugin().call_requirements(json))
            }
            Self::Login(pre) => {
                let json = request.to_string();
                perform!(call, None, pre.windlass_plugin_login_plugin().call_requirements(json))
            }
            Self::Build(pre) => {
                let typed = typed(call, request, hints)?;
                perform!(call, None, pre.windlass_plugin_build_plugin().call_requirements(typed))
            }
            Self::Push(pre) => {
                let typed = push_request(request);
                perform!(call, None, pre.windlass_plugin_push_plugin().call_requirements(typed))
            }
        };
        done.map(|(needs, _)| needs)
    }

    /// Calls the export that does the work. `leaves` is where the manifest of a build plugin says that it leaves images.
    pub(crate) async fn run(
        &self,
        call: &Call<'_>,
        request: Value,
        hints: &BuildHints,
        leaves: &BTreeSet<ImagePlace>,
        input: &StepInput,
        reach: Reach,
    ) -> Result<StepResult, PluginError> {
        let nonsense = |refusal: Refusal| call.asker.nonsense("returned", refusal);
        let mut result = StepResult::default();
        match self {
            Self::Step(pre) => {
                let json = request.to_string();
                perform!(call, Some(reach), pre.windlass_plugin_step_plugin().call_run(json))?;
            }
            Self::Login(pre) => {
                let json = request.to_string();
                let (found, state) = perform!(call, Some(reach), pre.windlass_plugin_login_plugin().call_login(json))?;
                result.credentials = login::credentials(found, &state).map_err(nonsense)?;
            }
            Self::Build(pre) => {
                let typed = typed(call, request, hints)?;
                let shared = reach.pod.as_ref().map(|pod| pod.shared_directory()).unwrap_or_default();
                let wanted = Wanted {
                    tags: typed.tags.clone(),
                    push: typed.push,
                    shared,
                    leaves: leaves.clone(),
                    before: input.built.clone(),
                };
                let (image, _) = perform!(call, Some(reach), pre.windlass_plugin_build_plugin().call_build(typed))?;
                result.built = Some(images::built(image, &wanted).map_err(nonsense)?);
            }
            Self::Push(pre) => {
                let typed = push_request(request);
                let built: Vec<_> = input.built.iter().map(convert::to_push).collect();
                let to_push = ToPush::of(&typed.tags, &input.built);
                let (pushed, _) = perform!(call, Some(reach), pre.windlass_plugin_push_plugin().call_push(typed, built))?;
                result.pushed = images::pushed(pushed, &to_push).map_err(nonsense)?;
            }
        }
        Ok(result)
    }

    /// Calls `cleanup`, in an instance that nothing happened to yet.
    pub(crate) async fn cleanup(
        &self,
        call: &Call<'_>,
        request: Value,
        hints: &BuildHints,
        reach: Reach,
    ) -> Result<(), PluginError> {
        let done = match self {
            Self::Step(pre) => {
                let json = request.to_string();
                perform!(call, Some(reach), pre.windlass_plugin_step_plugin().call_cleanup(json))
            }
            Self::Login(pre) => {
                let json = request.to_string();
                perform!(call, Some(reach), pre.windlass_plugin_login_plugin().call_cleanup(json))
            }
            Self::Build(pre) => {
                let typed = typed(call, request, hints)?;
                perform!(call, Some(reach), pre.windlass_plugin_build_plugin().call_cleanup(typed))
            }
            Self::Push(pre) => {
                let typed = push_request(request);
                perform!(call, Some(reach), pre.windlass_plugin_push_plugin().call_cleanup(typed))
            }
        };
        done.map(|((), _)| ())
    }
}

/// A build plugin's request as its record.
fn typed(call: &Call<'_>, request: Value, hints: &BuildHints) -> Result<BuildRequest, PluginError> {
    build_request(request, hints).map_err(|refusal| call.asker.unsupported(refusal, []))
}
