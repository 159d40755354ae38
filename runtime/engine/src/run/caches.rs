//! Caches of a task: what is under their keys comes into the container when their instruction runs, and what they have become goes to the store at the
//! end.
//!
//! A cache is there to save time. What goes wrong with the store is said, and costs that time; the task goes on without. What goes wrong in the
//! container fails the step, for nobody knows what lies in the folders then.

mod alive;
mod key;
mod known;
mod mover;
mod place;
mod restore;
mod shown;
mod store;

pub(super) use alive::ready;
pub(super) use known::Known;
pub(super) use mover::Movers;
pub(super) use restore::restore;
pub(super) use store::upload;

use windlass_model::event::{CacheOutcome, Failure, Level, RunEvent, StepRef};

use super::context::TaskContext;

/// Says how a cache fared.
async fn tell(context: &TaskContext, step: &StepRef, cache: &str, key: &str, outcome: CacheOutcome) {
    let event = RunEvent::Cache { step: step.clone(), cache: cache.to_owned(), key: key.to_owned(), outcome };
    context.send(event).await;
}

async fn warn(context: &TaskContext, message: String) {
    context.notice(None, Level::Warning, message).await;
}

/// Says which script of a cache failed.
fn of_script(script: &str, failure: Failure) -> Failure {
    if failure.is_interruption() { failure } else { Failure { message: format!("{script}: {}", failure.message), ..failure } }
}
