//! The words of the language: which keys exist where, and what each kind of key is.

use crate::yaml::{Meeting, Rules};
use windlass_model::task::ClusterKind;

/// What a root key that names a task makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    /// `*task`
    Task,
    /// `*docker_builder`
    DockerBuilder,
    /// `*pipe`
    Pipe,
}

/// The kind of task a root key makes, and the name that its prefix gives.
pub(super) fn task_key(key: &str) -> Option<(TaskKind, &str)> {
    [("task", TaskKind::Task), ("docker_builder", TaskKind::DockerBuilder), ("pipe", TaskKind::Pipe)]
        .into_iter()
        .find_map(|(suffix, kind)| Some((kind, name_from(key.strip_suffix(suffix)?, "main"))))
}

fn name_from<'a>(prefix: &'a str, default: &'a str) -> &'a str {
    match prefix.trim_end_matches('_') {
        "" => default,
        name => name,
    }
}

/// The kinds of instructions, told apart by the end of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum InstructionKind {
    BackgroundScript,
    Script,
    Cache,
    Artifacts,
    File,
    Step,
}

/// The kind and name of an instruction's key.
pub(super) fn instruction_key(key: &str) -> Option<(InstructionKind, &str)> {
    [
        ("background_script", InstructionKind::BackgroundScript, "main"),
        ("script", InstructionKind::Script, "main"),
        ("cache", InstructionKind::Cache, "main"),
        ("artifacts", InstructionKind::Artifacts, "binary"),
        ("file", InstructionKind::File, "file"),
        ("step", InstructionKind::Step, "main"),
    ]
    .into_iter()
    .find_map(|(suffix, kind, default)| Some((kind, name_from(key.strip_suffix(suffix)?, default))))
}

/// What an instance key means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstanceKind {
    /// `container`
    Container,
    /// `arm_container`
    ArmContainer,
    /// A container in somebody's cluster.
    Cluster(ClusterKind),
    /// Known, and not something a container runner can give. The text says what it is.
    Elsewhere(&'static str),
}

/// The kind of instance that a key asks for.
pub(super) fn instance_key(key: &str) -> Option<InstanceKind> {
    Some(match key {
        "container" | "docker_container" => InstanceKind::Container,
        "arm_container" => InstanceKind::ArmContainer,
        "gke_container" | "gke_instance" => InstanceKind::Cluster(ClusterKind::Gke),
        "eks_container" | "eks_instance" | "aks_container" => InstanceKind::Cluster(ClusterKind::Eks),
        "oke_container" | "oke_instance" => InstanceKind::Cluster(ClusterKind::Oke),
        "kubernetes_container" | "generic_container" => InstanceKind::Cluster(ClusterKind::Generic),
        "macos_instance" | "osx_instance" | "mac_instance" | "anka_instance" => InstanceKind::Elsewhere("a macOS machine"),
        "windows_container" => InstanceKind::Elsewhere("a Windows container"),
        "freebsd_instance" => InstanceKind::Elsewhere("a FreeBSD machine"),
        "azure_container_instance" => InstanceKind::Elsewhere("an Azure container instance"),
        "persistent_worker" => InstanceKind::Elsewhere("a persistent worker"),
        _ if key.ends_with("_instance") => InstanceKind::Elsewhere("a virtual machine"),
        _ => return None,
    })
}

/// The keys that say where a task runs, as they are meant where another is a slip.
pub(super) const INSTANCES: [&str; 6] =
    ["container", "arm_container", "gke_container", "eks_container", "oke_container", "kubernetes_container"];

/// How a task file uses YAML.
pub(crate) const RULES: Rules = Rules { meeting, holds_list, drops_nulls: true };

/// Keys whose values the service collected from all places count at each of them, so that the last decides or all add up. Its
/// matrices were written out before that: one that stands above a merge is there already, one below it is one more.
fn meeting(key: &str) -> Meeting {
    match key {
        "matrix" => Meeting::FirstCounts,
        _ if adds_up(key) || decides_last(key) => Meeting::BothCount,
        _ => Meeting::OwnCounts,
    }
}

/// Fields of which the last one in the text decides, where it came from a template too.
fn decides_last(key: &str) -> bool {
    matches!(key, "only_if" | "skip" | "allow_failures" | "timeout_in" | "stateful")
}

/// Keys that may be written several times in one map because all of them count.
pub(super) fn adds_up(key: &str) -> bool {
    matches!(key, "env" | "environment" | "matrix" | "upload_caches") || group(key).is_some() || instance_key(key).is_some()
}

fn holds_list(key: &str) -> bool {
    matches!(key, "matrix" | "additional_containers")
}

/// Keys under which instructions stand, with the condition they run under.
pub(super) fn group(key: &str) -> Option<windlass_model::task::When> {
    use windlass_model::task::When;
    Some(match key {
        "always" => When::Always,
        "on_failure" => When::OnFailure,
        "on_success" => When::OnSuccess,
        "on_timeout" => When::OnTimeout,
        _ => return None,
    })
}

/// Keys of a task that are read, apart from instances and instructions.
pub(super) const TASK: [&str; 16] = [
    "name",
    "alias",
    "env",
    "environment",
    "depends_on",
    "only_if",
    "skip",
    "allow_failures",
    "timeout_in",
    "always",
    "on_failure",
    "on_success",
    "on_timeout",
    "upload_caches",
    "registry_config",
    "trigger_type",
];

/// Keys of a task that say something to the hosted service only, with what that was.
pub(super) const SERVICE: [(&str, &str); 17] = [
    ("execution_lock", "windlass does not know of other runs to wait for"),
    ("required_pr_labels", "windlass sees no pull request"),
    ("stateful", "windlass never restarts a task by itself"),
    ("auto_cancellation", "windlass does not know of other runs to cancel"),
    ("skip_notifications", "windlass sends no notifications"),
    ("experimental", "it has no experimental features to turn on"),
    ("use_compute_credits", "there are no credits to use"),
    ("gcp_credentials", "clusters come from kubeconfig"),
    ("gce_credentials", "clusters come from kubeconfig"),
    ("google_credentials", "clusters come from kubeconfig"),
    ("aws_credentials", "clusters come from kubeconfig"),
    ("azure_credentials", "clusters come from kubeconfig"),
    ("oracle_credentials", "clusters come from kubeconfig"),
    ("eks_credentials", "clusters come from kubeconfig"),
    ("compute_credits", "there are no credits to use"),
    ("use_in_memory_disk", "it belongs in the container's map"),
    ("labels", "workers are not chosen by label"),
];

/// Keys of a container that are read.
pub(super) const CONTAINER: [&str; 25] = [
    "image",
    "dockerfile",
    "docker_arguments",
    "cpu",
    "memory",
    "additional_containers",
    "privileged",
    "use_in_memory_disk",
    "greedy",
    "registry_config",
    "cluster_name",
    "cluster_id",
    "zone",
    "location",
    "region",
    "namespace",
    "context",
    "nodeSelectorTerms",
    "architecture",
    "platform",
    "os_version",
    "kvm",
    "use_static_ip",
    "builder_image_name",
    "builder_image_project",
];

/// Keys of an entry of `additional_containers`.
pub(super) const SIDECAR: [&str; 11] =
    ["name", "image", "cpu", "memory", "port", "ports", "env", "environment", "command", "readiness_command", "privileged"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_key_tells_what_it_is_and_the_rest_names_it() {
        assert_eq!(task_key("docker_build_task"), Some((TaskKind::Task, "docker_build")));
        assert_eq!(task_key("task"), Some((TaskKind::Task, "main")));
        assert_eq!(task_key("docker_builder"), Some((TaskKind::DockerBuilder, "main")));
        assert_eq!(task_key("lint_docker_builder"), Some((TaskKind::DockerBuilder, "lint")));
        assert_eq!(task_key("pipe"), Some((TaskKind::Pipe, "main")));
        assert_eq!(task_key("task_foo"), None);
        assert_eq!(instruction_key("serve_background_script"), Some((InstructionKind::BackgroundScript, "serve")));
        assert_eq!(instruction_key("script"), Some((InstructionKind::Script, "main")));
        assert_eq!(instruction_key("artifacts"), Some((InstructionKind::Artifacts, "binary")));
        assert_eq!(instruction_key("build_step"), Some((InstructionKind::Step, "build")));
    }
}
