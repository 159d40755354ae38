//! Why a step failed: what it says itself, and what happened to other containers of its pod.

use std::time::{Duration, Instant};

use windlass_model::event::{Failure, FailureKind};
use windlass_model::plan::{StepAction, StepPlan};
use windlass_model::pod::{MAIN, PodPlan, Process};

use super::context::TaskContext;
use super::ends::{Ended, Span, When};
use super::{cause, sidecar_logs, sidecars};
use crate::ports::driver::ContainerEnd;

/// How long a failure waits for the time at which a container ended.
const PATIENCE: Duration = Duration::from_secs(5);

/// The failure of a step that began at a time, with all that is known of it. What its sidecars wrote meanwhile is shown before.
pub(super) async fn explain(context: &TaskContext, step: &StepPlan, began: Instant, own: Failure) -> Failure {
    let span = Span { began, failed: Instant::now() };
    // The working copy goes up while sidecars are still starting: their silence means nothing yet.
    if !matches!(step.action, StepAction::Workspace) {
        sidecars::settle(context).await;
    }
    let pod = &context.task.pod;
    let short = context.agents.short_of_memory().await;
    let own = cause::with_memory(pod, own, &short);
    let ended = ended(context, span).await;
    sidecar_logs::show(context, Some(began.elapsed())).await;
    tell(pod, &step.name, own, !short.is_empty(), &ended)
}

/// The containers whose end is worth telling, and when that was.
async fn ended(context: &TaskContext, step: Span) -> Vec<(Ended, When)> {
    let mut all = context.ended();
    all.retain(|ended| ended.is_bad() || serves(&context.task.pod, &ended.container));
    if all.is_empty() {
        return Vec::new();
    }
    let main = context.agents.began(MAIN).await;
    let mut dated = Vec::with_capacity(all.len());
    for ended in all {
        let asked = context.driver.ended_after(&context.task.pod, &ended.container);
        let after = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(after)) => after,
            Ok(Err(_)) | Err(_) => None,
        };
        let at = main.zip(after).map(|(main, after)| main + after);
        let when = ended.when(step, at);
        dated.push((ended, when));
    }
    dated
}

/// Whether steps count on a container: it listens for them, or a plugin brought it.
fn serves(pod: &PodPlan, container: &str) -> bool {
    let planned = pod.container(container);
    planned.is_some_and(|planned| !planned.readiness.is_empty() || !planned.ports.is_empty() || planned.brought_by.is_some())
}

/// Whether the end of a container while a step ran can be why that failed. A job that ends by itself explains nothing; nor is anything to be
/// explained when the step says why itself: it ran out of memory, its program is not there, its plugin may not do something.
fn can_explain(pod: &PodPlan, ended: &Ended, own: &Failure, short_of_memory: bool) -> bool {
    let explains_itself = short_of_memory || own.kind == FailureKind::Plugin || matches!(own.exit_code, Some(126 | 127));
    let by_force = matches!(ended.end, ContainerEnd::OutOfMemory { .. } | ContainerEnd::Signalled(_));
    // One that windlass did not make is there for the whole pod: a proxy, say.
    let counted_on = by_force || serves(pod, &ended.container) || pod.container(&ended.container).is_none();
    ended.is_bad() && counted_on && !explains_itself
}

/// The step's own words and those on containers, the cause first.
fn tell(pod: &PodPlan, step: &str, own: Failure, short_of_memory: bool, ended: &[(Ended, When)]) -> Failure {
    let is_cause = |(ended, when): &&(Ended, When)| {
        // Whose connection broke, or never came about, has its cause in the end of that container, however close they are.
        let lost = own.kind == FailureKind::Cluster
            && pod.container(&ended.container).is_some_and(|planned| planned.process == Process::Supervised);
        can_explain(pod, ended, &own, short_of_memory) && (*when == When::During || *when == When::Unclear && lost)
    };
    let cause = ended.iter().rev().find(is_cause);
    let others: String = ended.iter().filter(|other| Some(*other) != cause).map(|(ended, when)| beside(ended, *when)).collect();
    match cause {
        Some((ended, _)) => Failure {
            kind: FailureKind::Task,
            message: format!(
                "{} while step {step} ran; the step failed: {}{others}",
                cause::end_in_words(&ended.container, &ended.end),
                own.message
            ),
            exit_code: own.exit_code,
            help: cause::end_help(pod, &ended.container, &ended.end).or(own.help),
        },
        None => {
            let help = || ended.iter().rev().find_map(|(ended, _)| cause::end_help(pod, &ended.container, &ended.end));
            Failure { message: format!("{}{others}", own.message), help: own.help.or_else(help), ..own }
        }
    }
}

/// What is told of a container behind something else.
fn beside(ended: &Ended, when: When) -> String {
    let when = match when {
        When::Before => "before that step",
        When::During => "while it ran",
        When::Unclear => "at about that time",
    };
    format!("; {when}, {}", cause::end_in_words(&ended.container, &ended.end))
}

#[cfg(test)]
mod tests;
