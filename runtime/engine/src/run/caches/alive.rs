//! The HTTP cache of a task: it answers as long as the task runs, by another mover when one is lost.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;
use windlass_model::cache::{HTTP_CACHE, HTTP_PORT};
use windlass_model::secret::EnvValue;
use windlass_mover_client::Mover;
use windlass_mover_client::protocol::{Order, Outcome};

use super::super::context::TaskContext;
use super::{Movers, warn};
use crate::ports::plugin::BackendError;
use crate::words::in_one_line;

/// The variable that says where the HTTP cache answers.
const VARIABLE: &str = "CIRRUS_HTTP_CACHE_HOST";

/// The one that says where the Actions cache is.
const ACTIONS: &str = "ACTIONS_RESULTS_URL";

/// Between two movers, so that one that always ends at once does not keep two machines busy.
const PAUSE: Duration = Duration::from_secs(1);

/// Has the HTTP cache answer from now on, if the task has one. Steps do not wait for each other here: the first that comes starts it.
pub(in super::super) async fn ready(context: &Arc<TaskContext>) {
    let Some(movers) = &context.movers else { return };
    movers.serving.get_or_init(|| begin(context, movers)).await;
}

/// Starts it. The task goes on without it when it cannot be started.
async fn begin(context: &Arc<TaskContext>, movers: &Movers) -> Option<AbortOnDropHandle<()>> {
    // Whoever names another host has a cache of his own.
    if context.variable(VARIABLE)? != HTTP_CACHE {
        return None;
    }
    let mover = match movers.mover(context).await {
        Ok(mover) => mover,
        Err(error) => {
            warn(context, format!("{VARIABLE} does not answer: the mover cannot be started: {}", in_one_line(&error))).await;
            return None;
        }
    };
    serve(context, &mover).await;
    let weak = Arc::downgrade(context);
    Some(AbortOnDropHandle::new(tokio::spawn(async move {
        let mut current = mover;
        loop {
            current.lost().await;
            tokio::time::sleep(PAUSE).await;
            let Some(context) = weak.upgrade() else { return };
            let Some(movers) = &context.movers else { return };
            movers.forget(&current).await;
            match movers.mover(&context).await {
                Ok(mover) => current = mover,
                // The container has ended, most probably. If it has not, a step will tell.
                Err(error) => {
                    tracing::debug!(%error, "no other mover is started");
                    return;
                }
            }
            serve(&context, &current).await;
        }
    })))
}

/// Has a mover listen, and tells the steps where.
async fn serve(context: &TaskContext, mover: &Mover) {
    let why = match mover.order(Order::Serve { port: HTTP_PORT }, |_| {}).await {
        Ok(Ok(Outcome::Serves { port, token })) => match announce(context, port, token) {
            Ok(()) => return,
            Err(error) => error.to_string(),
        },
        Ok(Ok(_)) => "the mover did something else".to_owned(),
        Ok(Err(failed)) => failed.to_string(),
        Err(error) => in_one_line(&error),
    };
    warn(context, format!("{VARIABLE} does not answer: {why}")).await;
}

/// Sets the variables by which programs find the cache. Those of the Actions cache are for clients that know only GitHub; a task that has its own keeps
/// them.
fn announce(context: &TaskContext, port: u16, token: String) -> Result<(), BackendError> {
    if port != HTTP_PORT {
        context.set_variable(VARIABLE, EnvValue::Text(format!("127.0.0.1:{port}")))?;
    }
    let actions = [
        (ACTIONS, format!("http://127.0.0.1:{port}/")),
        ("ACTIONS_CACHE_SERVICE_V2", "true".to_owned()),
        ("ACTIONS_RUNTIME_TOKEN", token),
    ];
    if context.variable(ACTIONS).is_some_and(|set| !set.starts_with("http://127.0.0.1:")) {
        return Ok(());
    }
    actions.into_iter().try_for_each(|(name, value)| context.set_variable(name, EnvValue::Text(value)))
}
