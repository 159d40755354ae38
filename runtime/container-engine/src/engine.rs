//! A connection to an engine, and what is known of it.

use std::sync::Arc;

use bollard::Docker;
use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum, SystemVersion};

use windlass_model::roles::Builders;

use crate::connect::{Address, PodmanService};
use crate::refusal::Advice;

/// An engine that answers. Clones share the connection.
#[derive(Clone)]
pub struct Engine {
    pub(crate) docker: Docker,
    pub(crate) facts: Facts,
    /// The builders that can be suggested to whom it refuses a container.
    pub(crate) builders: Arc<Builders>,
    address: Address,
    // The engine lives as long as the last clone, when windlass started it.
    _service: Option<Arc<PodmanService>>,
}

impl Engine {
    pub(crate) fn new(docker: Docker, facts: Facts, address: Address, service: Option<Arc<PodmanService>>) -> Self {
        Self { docker, facts, builders: Arc::default(), address, _service: service }
    }

    /// Where it is, in words for messages: `Podman 4.3.1 at unix:///run/podman/podman.sock`.
    pub fn describe(&self) -> String {
        format!("{} {} at {}", self.facts.flavour.name(), self.facts.version, self.address)
    }

    pub(crate) fn advice(&self) -> Advice<'_> {
        Advice { facts: &self.facts, builders: &self.builders }
    }

    /// What is known of it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }
}

/// Whose engine it is; the two differ where they are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Docker Engine, or something that takes itself for it.
    Docker,
    /// Podman's API service.
    Podman,
}

impl Flavour {
    /// Its name, as its maker writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
        }
    }

    /// Its command-line program, for commands that we tell people to type.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

/// What an engine says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whose it is.
    pub flavour: Flavour,
    /// Its version.
    pub version: String,
    /// The version of the Docker Engine API that it speaks.
    pub api_version: String,
    /// How it stores images: `overlay2`, `vfs`, …
    pub storage_driver: String,
    /// The version of the kernel's control groups: 1 or 2.
    pub cgroup_version: Option<u8>,
    /// Whether it runs without root, so that `privileged` gives no power over the machine.
    pub rootless: bool,
    /// How many processors it has.
    pub cpus: Option<u32>,
    /// How much memory it has, in bytes.
    pub memory: Option<u64>,
    /// Whether processor time can be limited.
    pub cpu_limit: bool,
    /// Whether memory can be limited.
    pub memory_limit: bool,
    /// Whether swap can be limited.
    pub swap_limit: bool,
    /// Whether a volume can be a tmpfs. Rootless Podman refuses to mount one.
    pub memory_volumes: bool,
    /// The architecture of its processors, in Go's word.
    pub architecture: String,
}

impl Facts {
    /// Those of an engine as it should be, for tests.
    #[cfg(test)]
    pub(crate) fn usual() -> Self {
        Self {
            flavour: Flavour::Docker,
            version: "28.0.0".into(),
            api_version: "1.48".into(),
            storage_driver: "overlay2".into(),
            cgroup_version: Some(2),
            rootless: false,
            cpus: Some(4),
            memory: Some(8 << 30),
            cpu_limit: true,
            memory_limit: true,
            swap_limit: true,
            memory_volumes: true,
            architecture: "amd64".into(),
        }
    }

    pub(crate) fn new(version: SystemVersion, info: &SystemInfo) -> Self {
        let is_podman = version.components.iter().flatten().any(|c| c.name.to_lowercase().starts_with("podman"));
        let flavour = if is_podman { Flavour::Podman } else { Flavour::Docker };
        let rootless = info.security_options.iter().flatten().any(|o| o.contains("rootless"));
        Self {
            flavour,
            version: version.version.unwrap_or_default(),
            api_version: version.api_version.unwrap_or_default(),
            storage_driver: info.driver.clone().unwrap_or_default(),
            cgroup_version: match info.cgroup_version {
                Some(SystemInfoCgroupVersionEnum::_1) => Some(1),
                Some(SystemInfoCgroupVersionEnum::_2) => Some(2),
                _ => None,
            },
            rootless,
            cpus: info.ncpu.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
            memory: info.mem_total.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0),
            cpu_limit: info.cpu_cfs_quota.unwrap_or(true),
            memory_limit: info.memory_limit.unwrap_or(true),
            swap_limit: info.swap_limit.unwrap_or(false),
            memory_volumes: !(is_podman && rootless),
            architecture: version.arch.unwrap_or_default(),
        }
    }
}
