//! Pods that are lost as a whole.

use k8s_openapi::api::core::v1::{Pod, PodStatus};
use windlass_engine::ports::driver::PodEvent;

/// Why the pod is lost, when it is.
pub(super) fn loss(pod: &Pod, status: &PodStatus, ours: bool) -> Option<PodEvent> {
    if ours {
        return None;
    }
    let (message, help) = failed(pod, status).or_else(|| disrupted(pod, status)).or_else(|| deleted(pod))?;
    Some(PodEvent::Lost { message, help: help.map(str::to_owned) })
}

/// What is told when a pod vanished between two looks at it.
pub(crate) fn vanished(name: &str) -> PodEvent {
    PodEvent::Lost {
        message: format!("pod {name} was deleted, and not by windlass"),
        help: Some("somebody, or a clean-up job of the cluster, deleted it; the cluster's audit log can say who".to_owned()),
    }
}

/// What is told of a pod that failed when none of its containers, nor anything else, says why.
pub(super) fn unexplained(pod: &Pod, status: &PodStatus) -> PodEvent {
    let said = status.message.as_deref().map(str::trim).filter(|message| !message.is_empty());
    let message = format!("{} ended the pod: {}", node(pod), said.unwrap_or("it does not say why"));
    PodEvent::Lost { message, help: Some("look at the pod's events above, and at the node's kubelet".to_owned()) }
}

type Cause = (String, Option<&'static str>);

/// The kubelet or a controller ended it (`pkg/kubelet/eviction`, `pkg/kubelet/active_deadline.go`,
/// `pkg/kubelet/nodeshutdown`, `pkg/kubelet/lifecycle` in kubernetes/kubernetes).
fn failed(pod: &Pod, status: &PodStatus) -> Option<Cause> {
    let reason = status.reason.as_deref()?;
    let message = status.message.as_deref().unwrap_or_default().trim();
    let node = node(pod);
    Some(match reason {
        "Evicted" => (
            format!("{node} evicted the pod: {message}"),
            Some(if message.contains("ephemeral") {
                "the task wrote more to disk than the node has to spare: write less, or choose nodes with more disk"
            } else {
                "the node ran short: ask for the `memory` that the task really uses, so that it is not placed on a full node"
            }),
        ),
        "DeadlineExceeded" => (
            format!("the pod's time was up: the cluster ended it {} s after its start", deadline(pod)),
            Some(
                "this limit lies beyond the task's own time-out, so the host was gone; raise `timeout_in` if the task needs longer",
            ),
        ),
        "NodeLost" => (format!("{node} does not answer any more"), Some("run the task again: another node will take it")),
        "Preempting" | "Preempted" => (
            format!("a pod of higher priority took its place on {node}"),
            Some("run the task again, or when the cluster is less busy"),
        ),
        "Terminated" | "NodeShutdown" | "Shutdown" => {
            (format!("{node} is being shut down"), Some("run the task again: another node will take it"))
        }
        _ if status.phase.as_deref() == Some("Failed") => (format!("{node} refused the pod: {reason}: {message}"), None),
        _ => return None,
    })
}

/// The condition that says beforehand why a pod is about to go.
fn disrupted(pod: &Pod, status: &PodStatus) -> Option<Cause> {
    let conditions = status.conditions.as_deref().unwrap_or_default();
    let condition = conditions.iter().find(|c| c.type_ == "DisruptionTarget" && c.status == "True")?;
    let node = node(pod);
    Some(match condition.reason.as_deref().unwrap_or_default() {
        "PreemptionByScheduler" => (
            format!("a pod of higher priority took its place on {node}"),
            Some("run the task again, or when the cluster is less busy"),
        ),
        "DeletionByTaintManager" => {
            (format!("{node} does not answer any more, or was tainted"), Some("run the task again: another node will take it"))
        }
        "EvictionByEvictionAPI" => (
            format!("the pod was evicted from {node}, as when a node is drained"),
            Some("run the task again: another node will take it"),
        ),
        "DeletionByPodGC" => {
            (format!("{node} was removed from the cluster"), Some("run the task again: another node will take it"))
        }
        "TerminationByKubelet" => (format!("{node} ended the pod: {}", condition.message.as_deref().unwrap_or_default()), None),
        other => (format!("the pod is being removed: {other}"), None),
    })
}

fn deleted(pod: &Pod) -> Option<Cause> {
    pod.metadata.deletion_timestamp.as_ref()?;
    let PodEvent::Lost { message, .. } = vanished(pod.metadata.name.as_deref().unwrap_or_default()) else { return None };
    Some((message, Some("somebody, or a clean-up job of the cluster, deleted it; the cluster's audit log can say who")))
}

fn node(pod: &Pod) -> String {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    node.map_or_else(|| "the node".to_owned(), |node| format!("node {node}"))
}

fn deadline(pod: &Pod) -> i64 {
    pod.spec.as_ref().and_then(|spec| spec.active_deadline_seconds).unwrap_or_default()
}
