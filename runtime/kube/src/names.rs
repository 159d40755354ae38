//! Names, labels and annotations of everything that windlass puts on a cluster.

use std::collections::BTreeMap;

use windlass_model::pod::PodPlan;

/// Label: `windlass` on everything of ours.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Label: the run.
pub const RUN: &str = "windlass.dev/run";
/// Label and annotation: the task; the label is cut to what a label may hold, the annotation has the name in full.
pub const TASK: &str = "windlass.dev/task";
/// Annotation: the machine that drives the run.
pub const HOST: &str = "windlass.dev/host";
/// Annotation: seconds from the object's creation after which no host waits for it.
pub const DEADLINE_SECONDS: &str = "windlass.dev/deadline-seconds";
/// Annotation of what belongs to a pod: the pod.
pub const POD: &str = "windlass.dev/pod";
/// Annotation: what only the process that made the object could know before it stood.
pub const CREATION: &str = "windlass.dev/creation";
/// Annotation of a pod: its Secrets by name and UID, for those who may delete Secrets and not look at them.
pub const SECRETS: &str = "windlass.dev/secrets";
/// Annotation of the Secret with the agent: the agent's digest.
pub const AGENT_DIGEST: &str = "windlass.dev/agent-digest";

/// Selects everything of ours.
pub const SELECTOR: &str = "app.kubernetes.io/managed-by=windlass";

/// The Secret that belongs to a pod.
pub fn secret(pod: &str) -> String {
    format!("{pod}-secret")
}

/// The Secret that the kubelet pulls a pod's images with.
pub fn pull_secret(pod: &str) -> String {
    format!("{pod}-pull")
}

/// The Secret with a pod's agent and the files of its containers. Earlier versions had them in a ConfigMap of this name.
pub fn agent(pod: &str) -> String {
    format!("{pod}-agent")
}

/// The names of all Secrets that a pod may have.
pub fn secrets(pod: &str) -> [String; 3] {
    [secret(pod), pull_secret(pod), agent(pod)]
}

/// The pod that a Secret or ConfigMap of this name would belong to.
pub fn owner(object: &str) -> Option<&str> {
    ["-secret", "-pull", "-agent"].into_iter().find_map(|suffix| object.strip_suffix(suffix))
}

/// The labels of a pod and of what belongs to it.
pub fn labels(pod: &PodPlan) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([(MANAGED_BY.to_owned(), "windlass".to_owned()), (RUN.to_owned(), label_value(&pod.run))]);
    let task = label_value(&pod.task);
    if !task.is_empty() {
        labels.insert(TASK.to_owned(), task);
    }
    labels
}

/// The annotations of a pod and of what belongs to it.
pub fn annotations(pod: &PodPlan, host: Option<&str>) -> BTreeMap<String, String> {
    let mut annotations =
        BTreeMap::from([(TASK.to_owned(), pod.task.clone()), (DEADLINE_SECONDS.to_owned(), pod.deadline_seconds.to_string())]);
    if let Some(host) = host {
        annotations.insert(HOST.to_owned(), host.to_owned());
    }
    annotations
}

/// What of a text a label value may hold: at most 63 letters, digits, `-`, `_` and `.`, an alphanumeric at either end.
fn label_value(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let edge = |c: char| !c.is_ascii_alphanumeric();
    let value: String = text.chars().map(allowed).collect::<String>().trim_start_matches(edge).chars().take(63).collect();
    value.trim_end_matches(edge).to_owned()
}

#[cfg(test)]
mod tests {
    use super::label_value;

    #[test]
    fn a_label_value_is_what_is_left_of_any_name() {
        for (name, label) in [
            ("docker_build", "docker_build"),
            ("build (linux, 1.2)", "build--linux--1.2"),
            ("größe", "gr--e"),
            ("---", ""),
            (".hidden.", "hidden"),
        ] {
            assert_eq!(label_value(name), label);
        }
        let long = format!("{}-{}", "a".repeat(62), "b".repeat(10));
        assert_eq!(label_value(&long), "a".repeat(62), "a cut value must not end in a dash");
    }
}
