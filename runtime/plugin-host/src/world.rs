//! The exports of each world, called.

use std::time::SystemTime;

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::plugin::{BuildHints, Credentials};
use windlass_model::secret::SecretName;

use crate::bindings::build::exports::windlass::plugin::build_plugin::BuildRequest;
use crate::bindings::login::exports::windlass::plugin::login_plugin;
use crate::bindings::powers::windlass::plugin::types::Needs;
use crate::build_request::{build_request, push_request};
use crate::call::Call;
use crate::convert;
use crate::load::World;
use crate::returned::{self, Wanted, refused};
use crate::schema::Refusal;
use crate::state::{Reach, State};

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

    /// Calls the export that does the work.
    pub(crate) async fn run(
        &self,
        call: &Call<'_>,
        request: Value,
        hints: &BuildHints,
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
                result.credentials = credentials(found, &state).map_err(nonsense)?;
            }
            Self::Build(pre) => {
                let typed = typed(call, request, hints)?;
                let wanted = Wanted { tags: typed.tags.clone(), push: typed.push, shared: reach.backend.shared_directory() };
                let (image, _) = perform!(call, Some(reach), pre.windlass_plugin_build_plugin().call_build(typed))?;
                result.built = Some(returned::built(image, &wanted).map_err(nonsense)?);
            }
            Self::Push(pre) => {
                let typed = push_request(request);
                let images: Vec<_> = input.built.iter().map(convert::to_push).collect();
                let of_images = || images.iter().flat_map(|image| image.references.clone()).collect();
                let wanted = if typed.tags.is_empty() { of_images() } else { typed.tags.iter().cloned().collect() };
                let (images, _) = perform!(call, Some(reach), pre.windlass_plugin_push_plugin().call_push(typed, images))?;
                result.pushed = returned::pushed(images, &wanted).map_err(nonsense)?;
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
    build_request(request, hints).map_err(|refusal| call.asker.unsupported(refusal))
}

fn credentials(found: Vec<login_plugin::Credentials>, state: &State) -> Result<Vec<Credentials>, Refusal> {
    if found.len() > returned::MAX_ITEMS {
        return Err(refused(
            "credentials",
            format!("there are {}, and at most {} are allowed", found.len(), returned::MAX_ITEMS),
        ));
    }
    let now = SystemTime::now();
    let mut taken: Vec<Credentials> = Vec::with_capacity(found.len());
    for (i, found) in found.into_iter().enumerate() {
        let at = |member: &str| format!("credentials[{i}].{member}");
        let registry = returned::registry(&found.registry, &at("registry"))?;
        if taken.iter().any(|other| other.registry == registry) {
            return Err(refused(&at("registry"), format!("`{registry}` is listed twice")));
        }
        let secret = state.table.get(&found.secret).map_err(|e| refused(&at("secret"), e.to_string()))?;
        let expires_at = found.expiry.map(|expiry| returned::expiry(expiry, now, &at("expiry"))).transpose()?;
        let secret: SecretName = secret.0.clone();
        taken.push(Credentials { registry, username: returned::username(&found.username, &at("username"))?, secret, expires_at });
    }
    Ok(taken)
}
