//! What the platform's side decides, as data.

use std::collections::BTreeMap;
use std::time::Duration;

use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::settings::{EnvironmentSettings, Granted, PluginNames, Policy, Settings};

use crate::times;

/// What `windlass.yaml` and the command line decide. The default says nothing: it forbids nothing, and grants what windlass carries.
#[derive(Debug, Clone, Default)]
pub struct Platform<'a> {
    /// Every settings file that counts, in the order in which they speak, as a person would name it: what each grants and forbids.
    pub files: Vec<(String, &'a Settings)>,
    /// Lines for the pods' `/etc/hosts`.
    pub host_aliases: Vec<HostAlias>,
    /// How registries are reached from the pods.
    pub registries: Vec<Registry>,
    /// Images of the containers that build plugins bring, in place of their own, by the plugin's name.
    pub builder_images: BTreeMap<String, String>,
    /// How images are built that tasks name by a Dockerfile.
    pub environments: EnvironmentSettings,
    /// When images are pulled.
    pub pull_policy: PullPolicy,
    /// How long a sidecar may take to be ready, where somebody says it.
    pub sidecar_timeout: Option<Duration>,
}

/// The policy of one settings file.
#[derive(Debug, Clone)]
pub(super) struct Deciding<'a> {
    /// The file, as a person would name it.
    pub(super) file: String,
    /// Its policy.
    pub(super) policy: &'a Policy,
}

impl<'a> Platform<'a> {
    /// What pods may be made of: every file that has a policy.
    pub(super) fn policies(&self) -> Vec<Deciding<'a>> {
        self.files.iter().map(|(file, settings)| Deciding { file: file.clone(), policy: &settings.policy }).collect()
    }

    /// What a plugin is granted.
    pub(super) fn granted(&self, plugin: &PluginNames) -> Granted {
        Granted::by(self.files.iter().cloned(), plugin)
    }

    /// How long a sidecar may take to be ready.
    pub(super) fn sidecar_timeout(&self) -> Duration {
        self.sidecar_timeout.unwrap_or(times::SIDECAR)
    }
}
