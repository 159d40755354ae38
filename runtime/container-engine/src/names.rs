//! Names and labels of what a pod is made of on an engine. A label finds it again, whoever made it.

use std::collections::HashMap;

use windlass_model::pod::PodPlan;

/// The run that something belongs to.
pub(crate) const RUN: &str = "dev.windlass.run";
/// The task that it serves.
pub(crate) const TASK: &str = "dev.windlass.task";
/// The pod that it is part of.
pub(crate) const POD: &str = "dev.windlass.pod";
/// The container's name in its pod.
pub(crate) const CONTAINER: &str = "dev.windlass.container";
/// When it was made, in seconds since 1970.
pub(crate) const CREATED: &str = "dev.windlass.created";
/// When no host can be waiting for it any more, in seconds since 1970.
pub(crate) const DEADLINE: &str = "dev.windlass.deadline";

/// What only the process that made it could know before it stood.
pub(crate) const CREATION: &str = "dev.windlass.creation";

/// What `windlass doctor` tries out.
pub(crate) const DOCTOR: &str = "dev.windlass.doctor";

/// When a pod is made, and by which creation.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// Seconds since 1970.
    pub(crate) now: u64,
    pub(crate) mark: String,
}

/// Labels of everything that belongs to a pod.
pub(crate) fn labels(pod: &PodPlan, stamp: &Stamp) -> HashMap<String, String> {
    let now = stamp.now;
    HashMap::from([
        (CREATION.to_owned(), stamp.mark.clone()),
        (RUN.to_owned(), pod.run.clone()),
        (TASK.to_owned(), pod.task.clone()),
        (POD.to_owned(), pod.name.clone()),
        (CREATED.to_owned(), now.to_string()),
        (DEADLINE.to_owned(), now.saturating_add(pod.deadline_seconds).to_string()),
    ])
}

/// A filter for what carries a label of that value.
pub(crate) fn filter(label: &str, value: Option<&str>) -> HashMap<String, Vec<String>> {
    let wanted = value.map_or_else(|| label.to_owned(), |value| format!("{label}={value}"));
    HashMap::from([("label".to_owned(), vec![wanted])])
}

/// The engine's name for a container. A pod's name has no dot, so no two of them meet.
pub(crate) fn container(pod: &str, name: &str) -> String {
    format!("{pod}.{name}")
}

/// The engine's name for a volume of the plan.
pub(crate) fn volume(pod: &str, name: &str) -> String {
    format!("{pod}.{name}")
}

/// The volume that holds the agent's program.
pub(crate) fn agent_volume(pod: &str) -> String {
    format!("{pod}.windlass.bin")
}

/// The volume that holds a directory of files, by its number in the pod.
pub(crate) fn files_volume(pod: &str, number: usize) -> String {
    format!("{pod}.windlass.files.{number}")
}

/// The volume that holds a supervised container's unacknowledged output.
pub(crate) fn spool_volume(pod: &str, container: &str) -> String {
    format!("{pod}.windlass.spool.{container}")
}

/// The container that is made only to fill volumes, and never started.
pub(crate) fn loader(pod: &str) -> String {
    format!("{pod}.windlass.loader")
}
