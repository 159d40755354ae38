//! The exports of each world, called.

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::plugin::Credentials;

use crate::bindings::login::exports::windlass::plugin::login_plugin;
use crate::bindings::powers::windlass::plugin::types::Needs;
use crate::build_request::{build_request, push_request};
use crate::call::Call;
use crate::convert;
use crate::load::World;
use crate::state::{Reach, State};

impl World {
    /// Calls `requirements`, with nothing granted.
    pub(crate) async fn requirements(&self, call: &Call<'_>, request: Value) -> Result<Needs, PluginError> {
        let done = match self {
            Self::Step(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                call.perform(None, |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_step_plugin().call_requirements(store, &json).await
                    })
                })
                .await
            }
            Self::Login(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                call.perform(None, |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_login_plugin().call_requirements(store, &json).await
                    })
                })
                .await
            }
            Self::Build(pre) => {
                let (pre, typed) = (pre.clone(), build_request(request));
                call.perform(None, |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_build_plugin().call_requirements(store, &typed).await
                    })
                })
                .await
            }
            Self::Push(pre) => {
                let (pre, typed) = (pre.clone(), push_request(request));
                call.perform(None, |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_push_plugin().call_requirements(store, &typed).await
                    })
                })
                .await
            }
        };
        done.map(|(needs, _)| needs)
    }

    /// Calls the export that does the work.
    pub(crate) async fn run(
        &self,
        call: &Call<'_>,
        request: Value,
        input: &StepInput,
        reach: Reach,
    ) -> Result<StepResult, PluginError> {
        let nonsense = |message: String| PluginError::Failed {
            plugin: call.asker.plugin.clone(),
            message: format!("{} returned something that cannot be: {message}", call.asker.plugin),
            exit_code: None,
        };
        Ok(match self {
            Self::Step(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                let work = call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_step_plugin().call_run(store, &json).await
                    })
                });
                work.await?;
                StepResult::default()
            }
            Self::Login(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                let work = call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_login_plugin().call_login(store, &json).await
                    })
                });
                let (found, state) = work.await?;
                let credentials = found.into_iter().map(|found| credentials(found, &state)).collect::<Result<_, _>>();
                StepResult { credentials: credentials.map_err(nonsense)?, ..StepResult::default() }
            }
            Self::Build(pre) => {
                let (pre, typed) = (pre.clone(), build_request(request));
                let work = call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_build_plugin().call_build(store, &typed).await
                    })
                });
                let (image, _) = work.await?;
                StepResult { built: Some(convert::built(image).map_err(nonsense)?), ..StepResult::default() }
            }
            Self::Push(pre) => {
                let (pre, typed) = (pre.clone(), push_request(request));
                let images: Vec<_> = input.built.iter().map(convert::to_push).collect();
                let work = call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_push_plugin().call_push(store, &typed, &images).await
                    })
                });
                let (images, _) = work.await?;
                let pushed = images.into_iter().map(convert::pushed).collect::<Result<_, _>>();
                StepResult { pushed: pushed.map_err(nonsense)?, ..StepResult::default() }
            }
        })
    }

    /// Calls `cleanup`, in an instance that nothing happened to yet.
    pub(crate) async fn cleanup(&self, call: &Call<'_>, request: Value, reach: Reach) -> Result<(), PluginError> {
        let done = match self {
            Self::Step(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_step_plugin().call_cleanup(store, &json).await
                    })
                })
                .await
            }
            Self::Login(pre) => {
                let (pre, json) = (pre.clone(), request.to_string());
                call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_login_plugin().call_cleanup(store, &json).await
                    })
                })
                .await
            }
            Self::Build(pre) => {
                let (pre, typed) = (pre.clone(), build_request(request));
                call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_build_plugin().call_cleanup(store, &typed).await
                    })
                })
                .await
            }
            Self::Push(pre) => {
                let (pre, typed) = (pre.clone(), push_request(request));
                call.perform(Some(reach), |store| {
                    Box::pin(async move {
                        let plugin = pre.instantiate_async(&mut *store).await?;
                        plugin.windlass_plugin_push_plugin().call_cleanup(store, &typed).await
                    })
                })
                .await
            }
        };
        done.map(|((), _)| ())
    }
}

fn credentials(found: login_plugin::Credentials, state: &State) -> Result<Credentials, String> {
    let secret = state.table.get(&found.secret).map_err(|e| e.to_string())?;
    Ok(Credentials { registry: found.registry, username: found.username, secret: secret.0.clone(), expires_at: found.expires_at })
}
