//! Containers that ended.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, Pod};
use windlass_engine::ports::driver::ContainerEnd;
use windlass_model::pod::MAIN;

/// How a container ended.
pub(super) fn end(pod: &Pod, container: &str, state: &ContainerStateTerminated) -> ContainerEnd {
    let message = state.message.as_deref().unwrap_or_default();
    match (state.reason.as_deref().unwrap_or_default(), state.exit_code) {
        ("OOMKilled", _) => ContainerEnd::OutOfMemory { limit: memory_limit(pod, container) },
        ("StartError" | "ContainerCannotRun", _) => ContainerEnd::NotStarted(start_error(message)),
        _ if state.signal.is_some_and(|signal| signal != 0) => ContainerEnd::Signalled(state.signal.unwrap_or_default()),
        // What the container runtimes report for a process that a signal ended.
        (_, code @ 129..=192) => ContainerEnd::Signalled(code - 128),
        (_, code) => ContainerEnd::Exited(code),
    }
}

/// How long after the main container's start another one ended, the last time that it did.
pub(crate) fn ended_after(pod: &Pod, container: &str) -> Option<Duration> {
    let status = pod.status.as_ref()?;
    let state_of = |name: &str| super::roles::all(pod, status).find(|(_, status)| status.name == name).map(|(_, status)| status);
    let main = state_of(MAIN)?.state.as_ref()?;
    let running = main.running.as_ref().and_then(|state| state.started_at.as_ref());
    let started = running.or(main.terminated.as_ref().and_then(|state| state.started_at.as_ref()))?;
    let other = state_of(container)?;
    let ended = |state: Option<&ContainerState>| state.and_then(|state| state.terminated.as_ref()?.finished_at.clone());
    let finished = ended(other.state.as_ref()).or_else(|| ended(other.last_state.as_ref()))?;
    u64::try_from(finished.0.as_second() - started.0.as_second()).ok().map(Duration::from_secs)
}

fn memory_limit(pod: &Pod, container: &str) -> Option<String> {
    let limits = super::roles::planned(pod, container)?.resources.as_ref()?.limits.as_ref()?;
    limits.get("memory").map(|quantity| quantity.0.clone())
}

/// The runtime's message without the names of its layers, and what it means where that is not plain.
fn start_error(message: &str) -> String {
    let cause = message.rsplit_once("unable to start container process: ").map_or(message, |(_, cause)| cause);
    let cause = cause.trim().trim_end_matches(": unknown");
    if cause.contains("exec format error") {
        format!("{cause} (the image is for another architecture than the node's)")
    } else if cause.contains("/windlass/bin/agent") && cause.contains("permission denied") {
        format!("{cause} (the node mounts volumes noexec, so the agent cannot run there)")
    } else {
        cause.to_owned()
    }
}
