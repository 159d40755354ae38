//! What the platform's side decides, as data.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use windlass_model::artifact;
use windlass_model::cache::StoreLocation;
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::quantity::MebiBytes;
use windlass_model::settings::{ArtifactSettings, EnvironmentSettings, Granted, PluginNames, Policy, Settings};

use crate::times;

/// What `windlass.yaml` and the command line decide. The default says nothing: it forbids nothing, and grants what windlass carries.
#[derive(Debug, Clone, Default)]
pub struct Platform<'a> {
    /// Every settings file that counts, in the order in which they speak, as a person would name it: what each grants and forbids.
    pub files: Vec<(String, &'a Settings)>,
    /// The settings file of the project, and the user's own, whether or not they are there: where an entry goes for a plugin that no file
    /// speaks of.
    pub own_files: OwnFiles,
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
    /// Where artifacts are kept beside the machine that windlass runs on.
    pub artifact_store: Option<StoreLocation>,
}

/// The settings files that may speak of a plugin first, as a person would name them.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles {
    /// The project's.
    pub project: Option<String>,
    /// The user's.
    pub user: Option<String>,
}

impl OwnFiles {
    /// The file for an entry of this name: what lies elsewhere on the machine is no matter of the project.
    pub(super) fn file_for(&self, key: &str) -> Option<String> {
        let elsewhere = self.user.as_ref().filter(|_| key.starts_with('/'));
        elsewhere.or(self.project.as_ref()).cloned()
    }
}

/// The policy of one settings file.
#[derive(Debug, Clone)]
pub(super) struct Deciding<'a> {
    /// The file, as a person would name it.
    pub(super) file: String,
    /// Its policy.
    pub(super) policy: &'a Policy,
    /// The bundles that it or an earlier file names.
    pub(super) bundles: BTreeSet<&'a str>,
}

impl<'a> Platform<'a> {
    /// What pods may be made of: every file that has a policy.
    pub(super) fn policies(&self) -> Vec<Deciding<'a>> {
        let mut known = BTreeSet::new();
        let decides = |(file, settings): &(String, &'a Settings)| {
            known.extend(settings.bundles.keys().map(String::as_str));
            Deciding { file: file.clone(), policy: &settings.policy, bundles: known.clone() }
        };
        self.files.iter().map(decides).collect()
    }

    /// What a plugin is granted.
    pub(super) fn granted(&self, plugin: &PluginNames) -> Granted {
        Granted::by(self.files.iter().cloned(), plugin)
    }

    /// The files whose word counts for a plugin: where more would have to be granted.
    pub(super) fn deciding(&self, plugin: &PluginNames) -> Vec<String> {
        self.granted(plugin).by.iter().filter_map(|by| by.file.clone().or_else(|| self.own_files.file_for(&by.key))).collect()
    }

    /// The most bytes that the files of one artifact have together: the smallest number that a file names.
    pub(super) fn artifact_size(&self) -> MebiBytes {
        let said = self.files.iter().map(|(_, settings)| settings.artifacts.clone());
        said.fold(ArtifactSettings::default(), ArtifactSettings::narrowed).max_size.unwrap_or(artifact::MAX_SIZE)
    }

    /// How long a sidecar may take to be ready.
    pub(super) fn sidecar_timeout(&self) -> Duration {
        self.sidecar_timeout.unwrap_or(times::SIDECAR)
    }
}
