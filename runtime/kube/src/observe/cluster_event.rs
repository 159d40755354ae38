//! Kubernetes Events about a pod: the few that a waiting person wants to read.

use k8s_openapi::api::core::v1::Event;
use windlass_engine::ports::driver::PodEvent;
use windlass_model::event::Level;

/// Warnings that the state of the pod or its containers already tells, in better words.
const TOLD_BY_STATE: [&str; 6] = ["FailedScheduling", "Failed", "BackOff", "InspectFailed", "ErrImageNeverPull", "Evicted"];

/// The event as a notice, when it is worth one.
pub(super) fn notice(event: &Event) -> Option<PodEvent> {
    let reason = event.reason.as_deref().unwrap_or_default();
    let text = event.message.as_deref().unwrap_or_default().trim();
    let (level, message) = match (event.type_.as_deref(), reason) {
        (_, reason) if TOLD_BY_STATE.contains(&reason) => return None,
        // A property of the node, which has its own answer to it.
        (Some("Warning"), "MissingClusterDNS") => (Level::Debug, text.to_owned()),
        (Some("Warning"), _) => (Level::Warning, format!("{reason}: {text}")),
        (_, "Pulling") => (Level::Info, text.replacen("Pulling image", "pulling image", 1).replace('"', "")),
        (_, "Pulled") if text.starts_with("Successfully pulled image") => {
            (Level::Info, text.replacen("Successfully pulled image", "pulled image", 1).replace('"', ""))
        }
        _ => return None,
    };
    Some(PodEvent::Notice { container: container(event), level, message })
}

/// The container that an event is about: its `fieldPath` is `spec.containers{NAME}` then, or the same of another list of containers.
fn container(event: &Event) -> Option<String> {
    let (list, name) = event.involved_object.field_path.as_deref()?.split_once('{')?;
    let known = ["spec.containers", "spec.initContainers", "spec.ephemeralContainers"].contains(&list);
    name.strip_suffix('}').filter(|_| known).map(str::to_owned)
}
