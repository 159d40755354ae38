//! A pod as planned: what a driver creates, on Kubernetes or on a container engine.

mod security;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::image::ImageReference;
use crate::pod_fields::PodFields;
use crate::quantity::Resources;
use crate::secret::{EnvVar, SecretName};
use crate::task::{Architecture, Port};

pub use security::Security;

/// Where windlass's own files live in a supervised container. Both drivers lay them out alike.
pub mod paths {
    /// The agent's program.
    pub const AGENT: &str = "/windlass/bin/agent";
    /// The directory of the agent's program: read-only, one file.
    pub const BIN: &str = "/windlass/bin";
    /// A tmpfs of the container's own: the agent's socket, credentials and programs while a step needs them.
    pub const RUN: &str = "/windlass/run";
    /// Output that the host has not acknowledged yet.
    pub const SPOOL: &str = "/windlass/spool";
    /// The volume that all containers of the pod share, at a path that no image uses: builders fill and empty the rest of their
    /// root file system.
    pub const SHARED: &str = "/windlass/shared";
    /// One directory per registry whose authority windlass.yaml names, as `HOST/ca.crt`. Docker, Podman, Buildah and Skopeo look there by
    /// themselves (containers-certs.d(5)).
    pub const CERTIFICATES: &str = "/etc/docker/certs.d";
}

/// The name of the container that a task's steps run in unless they say otherwise.
pub const MAIN: &str = "main";

/// A pod and everything that comes and goes with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PodPlan {
    /// Its name, which the objects that belong to it start with: a DNS label of at most 52 characters.
    pub name: String,
    /// The run it belongs to.
    pub run: String,
    /// The task it runs, as its user named it.
    pub task: String,
    /// Its containers, the main one first.
    pub containers: Vec<ContainerPlan>,
    /// Volumes that live and die with the pod.
    pub volumes: Vec<Volume>,
    /// Lines for `/etc/hosts`.
    pub host_aliases: Vec<HostAlias>,
    /// How registries are reached, where it is not the usual way.
    pub registries: Vec<Registry>,
    /// When images are pulled.
    pub pull_policy: PullPolicy,
    /// The credentials for image pulls.
    pub registry_secret: Option<RegistrySecret>,
    /// Secrets whose values the task's steps need. Agents are told them when a step uses them; no object of the pod holds them.
    pub secrets: Vec<SecretName>,
    /// The node's architecture, which the agent's binary must match.
    pub architecture: Architecture,
    /// Kubernetes `nodeSelectorTerms`, as the file has them.
    pub node_selector_terms: Vec<serde_json::Value>,
    /// What settings add to it on a cluster.
    #[serde(skip_serializing_if = "PodFields::is_empty")]
    pub fields: PodFields,
    /// Seconds after which the cluster ends the pod, should the host have died.
    pub deadline_seconds: u64,
}

impl PodPlan {
    /// A container by name.
    pub fn container(&self, name: &str) -> Option<&ContainerPlan> {
        self.containers.iter().find(|c| c.name == name)
    }

    /// The directories of files that its containers have, each once: one path with the same files is one directory for all who have it.
    pub fn file_directories(&self) -> Vec<(&str, &Files)> {
        let of_containers = self.containers.iter().flat_map(|container| &container.files);
        let mut directories: Vec<_> = of_containers.map(|(path, files)| (path.as_str(), files)).collect();
        directories.sort_unstable();
        directories.dedup();
        directories
    }

    /// The secrets that its containers have in their environment from the start: those of sidecars. The pod's own objects hold these, and no
    /// others.
    pub fn secrets_in_environment(&self) -> impl Iterator<Item = &SecretName> {
        self.containers.iter().flat_map(|c| &c.env).filter_map(|var| match &var.value {
            crate::secret::EnvValue::Secret(name) => Some(name),
            crate::secret::EnvValue::Text(_) => None,
        })
    }

    /// Every secret that the run needs a value of.
    pub fn all_secrets(&self) -> impl Iterator<Item = &SecretName> {
        self.secrets.iter().chain(self.secrets_in_environment())
    }

    /// The secret that its images are pulled with. No container sees it.
    pub fn pull_secret(&self) -> Option<&SecretName> {
        match &self.registry_secret {
            Some(RegistrySecret::Made { password, .. }) => Some(password),
            Some(RegistrySecret::Named(_)) | None => None,
        }
    }
}

/// Credentials that a cluster pulls a pod's images with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrySecret {
    /// A `kubernetes.io/dockerconfigjson` Secret that is there.
    Named(String),
    /// One that comes and goes with the pod.
    Made {
        /// The registry's host.
        registry: String,
        /// The user name.
        username: String,
        /// The password, token or key.
        password: SecretName,
    },
}

impl From<&str> for RegistrySecret {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

/// One container of a pod.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerPlan {
    /// A DNS label, unique in the pod.
    pub name: String,
    /// Its image.
    pub image: ImageReference,
    /// What runs as its first process.
    pub process: Process,
    /// Its environment as the container runtime sets it. A supervised container's commands get theirs from the agent.
    pub env: Vec<EnvVar>,
    /// What it asks for and is limited to.
    pub resources: Resources,
    /// What it may do to its node.
    pub security: Security,
    /// Ports it listens on.
    pub ports: Vec<Port>,
    /// Where the pod's volumes appear in it.
    pub mounts: Vec<Mount>,
    /// Directories that windlass fills, by absolute path. Each is mounted read-only; what the image has beside it stays in sight.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Files>,
    /// Conditions under which it counts as ready.
    pub readiness: Vec<Readiness>,
    /// The step whose plugin brought it; `None` for one that the task lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<String>,
}

/// The files of one directory: names and texts. Every user may read them.
pub type Files = BTreeMap<String, String>;

/// A container's first process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// The agent, which starts commands as told.
    Supervised,
    /// The image's own entrypoint, with these arguments in place of its `CMD` if given.
    Image {
        /// In place of the image's `CMD`.
        args: Option<Vec<String>>,
    },
}

/// A directory that lives as long as the pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// A DNS label, unique in the pod.
    pub name: String,
    /// Back it with memory.
    pub in_memory: bool,
}

/// Where a volume appears in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// The volume's name.
    pub volume: String,
    /// An absolute path.
    pub path: String,
    /// Refuse writes.
    pub read_only: bool,
}

/// How one registry is reached from inside the pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registry {
    /// Its host as it stands in image references, with its port if it has one.
    pub host: String,
    /// Speak plain HTTP, or do not check the certificate.
    pub insecure: bool,
    /// The authority that signed its certificate, in PEM. It appears below [`paths::CERTIFICATES`] in every container.
    pub certificate: Option<String>,
    /// Hosts to ask for images before the registry itself.
    pub mirrors: Vec<String>,
}

impl Registry {
    /// The name of the file with its authority's certificate.
    pub const CERTIFICATE: &str = "ca.crt";

    /// The directory of that file in a container, if it has one.
    pub fn certificate_directory(&self) -> Option<String> {
        self.certificate.as_ref().map(|_| format!("{}/{}", paths::CERTIFICATES, self.host))
    }

    /// The file with its authority's certificate in a container, if it has one.
    pub fn certificate_path(&self) -> Option<String> {
        self.certificate_directory().map(|directory| format!("{directory}/{}", Self::CERTIFICATE))
    }
}

/// Names that an address answers to inside the pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostAlias {
    /// An IP address.
    pub ip: String,
    /// The names.
    pub hostnames: Vec<String>,
}

/// When an image is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PullPolicy {
    /// Only when the node lacks it. The default, also for `:latest`, unlike Kubernetes' own.
    #[default]
    IfNotPresent,
    /// Each time.
    Always,
    /// Never: the node must have it.
    Never,
}

impl PullPolicy {
    /// The word that Kubernetes uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IfNotPresent => "IfNotPresent",
            Self::Always => "Always",
            Self::Never => "Never",
        }
    }
}

/// A condition under which a container counts as ready; the agent next door checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// A TCP port on the pod's loopback accepts a connection.
    Tcp(u16),
    /// A command run inside the container exits 0.
    Command(Vec<String>),
}
