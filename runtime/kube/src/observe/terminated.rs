//! Containers that ended.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Pod};
use windlass_engine::ports::driver::ContainerEnd;

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

fn memory_limit(pod: &Pod, container: &str) -> Option<String> {
    let container = pod.spec.iter().flat_map(|spec| &spec.containers).find(|c| c.name == container)?;
    let limits = container.resources.as_ref()?.limits.as_ref()?;
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
