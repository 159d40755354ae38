//! Where a task runs, and what its pod is made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::image::ImageReference;
use crate::quantity::{MebiBytes, MilliCpu, Resources};
use crate::secret::EnvVar;

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

impl Instance {
    /// A pod of one container, in which nothing is unusual.
    pub fn new(placement: Placement, image: InstanceImage, resources: Resources) -> Self {
        Self {
            placement,
            image,
            resources,
            privileged: false,
            use_in_memory_disk: false,
            architecture: Architecture::default(),
            node_selector_terms: Vec::new(),
            registry_secret: None,
            sidecars: Vec::new(),
        }
    }
}

/// The image that a main container starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceImage {
    /// `image`: one that exists.
    Reference(ImageReference),
    /// `dockerfile`: one that the run builds first, unless it did before.
    Environment(BuiltImage),
}

/// An image that a task wants to have been built for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct BuiltImage {
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
    /// Another port at which the pod's containers reach it, when `HOST:CONTAINER` was written.
    pub host: Option<u16>,
    /// The port in the pod's network namespace.
    pub container: u16,
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
