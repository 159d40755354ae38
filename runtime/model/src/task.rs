//! Tasks as the configuration file says them: expanded, checked, and free of any position in the file but one per step.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::docker::DockerCommands;
use crate::image::ImageReference;
use crate::quantity::{MebiBytes, MilliCpu, Resources};
use crate::secret::{EnvVar, SecretName};

/// A task's place in its file; `depends_on` refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub usize);

/// One task: one pod, and the steps that run in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// Its place in the file.
    pub id: TaskId,
    /// Its name; a matrix gives several tasks the same one.
    pub name: String,
    /// A second name that `depends_on` and the command line accept.
    pub alias: Option<String>,
    /// The values that a matrix gave this copy, as `key:value`; empty without a matrix.
    pub labels: Vec<String>,
    /// Whether it runs.
    pub disposition: Disposition,
    /// Where it runs; `None` only when it does not run here.
    pub instance: Option<Instance>,
    /// The task's environment, root first, without the variables that the runner adds.
    pub env: Vec<EnvVar>,
    /// The secrets that its environment and its sidecars' refer to, each name once.
    pub secrets: Vec<SecretRequest>,
    /// Its instructions in document order.
    pub steps: Vec<Step>,
    /// What the docker commands of its scripts come to as typed steps, for `--use`.
    pub docker: DockerCommands,
    /// Tasks that must pass first.
    pub depends_on: Vec<TaskId>,
    /// Time for all steps together; sixty minutes unless `timeout_in` says otherwise.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// A failure of this task does not fail the run.
    pub allow_failures: bool,
}

/// A secret that a task's file refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretRequest {
    /// The name used in [`EnvVar`]s: the variable's own, unless two containers of the task set it to different secrets.
    pub name: SecretName,
    /// What the file says, `ENCRYPTED[…]`: an id whose value only the user can give.
    pub reference: String,
}

/// Whether a task runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It runs.
    Run,
    /// `skip` was true: it counts as passed.
    Skip,
    /// It is valid, but windlass cannot run it; the text says why and what would.
    NotHere(String),
}

/// Where a task runs and what its pod is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instance {
    /// Which cluster, or the container engine.
    pub placement: Placement,
    /// The main container's image.
    pub image: InstanceImage,
    /// The main container's resources.
    pub resources: Resources,
    /// Run the main container privileged.
    pub privileged: bool,
    /// Back the working directory's volume with memory.
    pub use_in_memory_disk: bool,
    /// The processor architecture of the node.
    pub architecture: Architecture,
    /// Kubernetes `nodeSelectorTerms`, as written.
    pub node_selector_terms: Vec<serde_json::Value>,
    /// Name of the `dockerconfigjson` Secret that image pulls use.
    pub registry_secret: Option<String>,
    /// The `additional_containers`, in order.
    pub sidecars: Vec<Sidecar>,
}

/// The image that a main container starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceImage {
    /// `image`: one that exists.
    Reference(ImageReference),
    /// `dockerfile`: one that the run builds first, unless it did before.
    Environment(Environment),
}

/// An image that a task wants to have been built for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Environment {
    /// Directory of the build context, relative to the working copy's root; `.` for the root itself.
    pub context: String,
    /// The Dockerfile, relative to the context.
    pub dockerfile: String,
    /// `docker_arguments`: values for its `ARG`s.
    pub arguments: BTreeMap<String, String>,
}

/// Which cluster a task asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// `container`, `arm_container` and `docker_builder`: any container engine.
    Engine,
    /// A `*_container` of a Kubernetes cluster.
    Cluster(ClusterRequest),
}

/// A cluster as a file names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterRequest {
    /// Which key asked.
    pub kind: ClusterKind,
    /// `cluster_name` or `cluster_id`.
    pub name: Option<String>,
    /// `zone`, `location` or `region`.
    pub location: Option<String>,
    /// A kubeconfig context that the file itself names (`kubernetes_container`).
    pub context: Option<String>,
    /// The namespace; the cluster mapping's, else `default`.
    pub namespace: Option<String>,
}

/// The key that asked for a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterKind {
    /// `gke_container`
    Gke,
    /// `eks_container`, and `aks_container` which the old guide used for it.
    Eks,
    /// `oke_container`
    Oke,
    /// `kubernetes_container` and `generic_container`
    Generic,
}

/// A processor architecture, in Go's and Kubernetes' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// x86-64
    #[default]
    Amd64,
    /// AArch64
    Arm64,
}

impl Architecture {
    /// The word that `kubernetes.io/arch` and image indexes use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// An entry of `additional_containers`: it keeps its image's own entrypoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sidecar {
    /// A DNS label, unique in the pod and not `main`.
    pub name: String,
    /// Its image.
    pub image: ImageReference,
    /// Its resources; 0.5 and 512 MiB unless said.
    pub resources: Resources,
    /// The ports it listens on, each a readiness condition.
    pub ports: Vec<Port>,
    /// Its own environment: a sidecar inherits none.
    pub env: Vec<EnvVar>,
    /// Replaces the image's `CMD`, never its entrypoint.
    pub args: Option<Vec<String>>,
    /// A command that exits 0 once the container is ready.
    pub readiness_command: Option<Vec<String>>,
    /// Run privileged, as docker-in-docker must.
    pub privileged: bool,
}

impl Sidecar {
    /// Processor time of a sidecar that asks for none.
    pub const DEFAULT_CPU: MilliCpu = MilliCpu(500);
    /// Memory of a sidecar that asks for none.
    pub const DEFAULT_MEMORY: MebiBytes = MebiBytes(512);

    /// Whether it is docker-in-docker: an image `docker` with a `dind` tag, or a privileged container on one of the daemon's
    /// ports, 2375 without TLS and 2376 with it.
    pub fn is_docker_daemon(&self) -> bool {
        let repository = self.image.repository();
        let image = repository.rsplit('/').next() == Some("docker") && self.image.tag().is_some_and(|tag| tag.contains("dind"));
        image || self.privileged && self.ports.iter().any(|port| matches!(port.container, 2375 | 2376))
    }
}

/// A port of a sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// The port of the node, when `HOST:CONTAINER` was written.
    pub host: Option<u16>,
    /// The port in the pod's network namespace.
    pub container: u16,
}

/// One instruction of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its name, unique in the task among its kind.
    pub name: String,
    /// When it runs.
    pub when: When,
    /// What it does.
    pub action: Action,
    /// One-based line of its key in the file, for messages.
    pub line: usize,
}

/// The condition under which a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// While nothing has failed.
    OnSuccess,
    /// Once something has failed.
    OnFailure,
    /// In any case.
    Always,
    /// Once the task's time was up.
    OnTimeout,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Brings the working copy into the pod: the implicit first step, unless the file has a `clone_script`.
    Workspace,
    /// A `*_script` or `*_background_script`: the `shell` plugin.
    Script {
        /// The lines of one file that one process runs.
        lines: Vec<String>,
        /// Started, counted as passed, ended with the task.
        background: bool,
    },
    /// A `*_file`.
    File {
        /// Where to, absolute or below the working directory.
        path: String,
        /// What it holds.
        contents: FileContents,
    },
    /// A `*_step` that names its plugin.
    Plugin {
        /// Which plugin.
        uses: PluginReference,
        /// Its request, variables expanded.
        with: serde_json::Value,
        /// The container it runs in; the main one unless said.
        container: Option<String>,
    },
}

/// What a `*_file` instruction writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileContents {
    /// The value of a variable; nothing is written, and the step passes, when it is not set.
    Variable(String),
    /// This text.
    Text(String),
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginReference {
    /// One that windlass carries, by name.
    BuiltIn(String),
    /// A component on disk, relative to the file that names it.
    File(String),
    /// A component in a registry (`oci://…`).
    Registry(String),
}

impl PluginReference {
    /// Reads what stands behind `uses:`: `oci://…`, a path (it holds a `/` or ends in `.wasm`), or a built-in's name.
    pub fn parse(text: &str) -> Self {
        if let Some(reference) = text.strip_prefix("oci://") {
            Self::Registry(reference.to_owned())
        } else if text.contains('/') || text.ends_with(".wasm") {
            Self::File(text.to_owned())
        } else {
            Self::BuiltIn(text.to_owned())
        }
    }
}

/// Durations as whole seconds, for people and machines alike.
mod seconds {
    use std::time::Duration;

    pub(super) fn serialize<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_is_told_by_its_image_or_by_privilege_and_port() {
        for (image, privileged, port, expected) in [
            ("docker:dind", true, 2375, true),
            ("mirror.corp/library/docker:29-dind", false, 9999, true),
            ("corp/own-daemon:1", true, 2376, true),
            ("corp/own-daemon:1", false, 2375, false),
            ("docker:cli", false, 80, false),
            ("postgres:16", true, 5432, false),
        ] {
            let sidecar = Sidecar {
                name: "d".into(),
                image: ImageReference::parse(image).unwrap(),
                resources: Resources { cpu: Sidecar::DEFAULT_CPU, memory: Sidecar::DEFAULT_MEMORY, greedy: false },
                ports: vec![Port { host: None, container: port }],
                env: Vec::new(),
                args: None,
                readiness_command: None,
                privileged,
            };
            assert_eq!(sidecar.is_docker_daemon(), expected, "{image} {privileged} {port}");
        }
    }
}
