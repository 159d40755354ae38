//! What login steps give. Credentials that run out: the step that gave them is asked again before anything uses them.

pub(super) mod kept;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;
use windlass_model::event::{Failure, Level, StepRef};
use windlass_model::plan::{PluginCall, StepAction};
use windlass_model::plugin::{Credentials, PluginKind, Power};

use super::context::TaskContext;

/// Credentials that are refused sooner are not enough for a step: a push of a large image takes minutes.
const ENOUGH: Duration = Duration::from_secs(5 * 60);

/// Asks again for what would run out during a step of this plugin. Nothing happens for plugins that use no registry.
pub(super) async fn renew(context: &Arc<TaskContext>, call: &PluginCall, cancel: &CancellationToken) -> Result<(), Failure> {
    if !uses_registries(call) {
        return Ok(());
    }
    for index in context.logins_until(in_seconds(SystemTime::now() + ENOUGH)) {
        let (Some(login), Some(step)) = (context.task.steps.get(index), StepRef::of(&context.task, index)) else { continue };
        let StepAction::Plugin(call) = &login.action else { continue };
        let message = format!("credentials of step {} run out, so it is asked again", login.name);
        context.notice(None, Level::Info, message).await;
        let left = super::call::call(context, step, call, cancel, None).await;
        let left = left
            .map_err(|own| Failure { message: format!("logging in again with step {}: {}", login.name, own.message), ..own })?;
        take(context, index, left.credentials).await;
    }
    Ok(())
}

/// Takes what a login step gave for the steps after it, and says whose credentials are used no more.
pub(super) async fn take(context: &TaskContext, index: usize, given: Vec<Credentials>) {
    let name = |index: usize| context.task.steps.get(index).map_or("", |step| step.name.as_str());
    if given.is_empty() {
        context.notice(None, Level::Warning, format!("login step {} gave no credentials", name(index))).await;
    }
    for replaced in context.add_logins(index, given) {
        let (registry, of) = (&replaced.registry, name(replaced.of));
        let message = format!("step {} gave credentials for {registry}, which replace those of step {of}", name(index));
        context.notice(None, Level::Warning, message).await;
    }
}

fn uses_registries(call: &PluginCall) -> bool {
    match call.plugin.kind {
        // No step has a plugin of the latter kind.
        PluginKind::Login | PluginKind::Config => false,
        PluginKind::Build | PluginKind::Push => true,
        PluginKind::Step => call.grants.allows(Power::Registries),
    }
}

/// A time as credentials have it.
fn in_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
