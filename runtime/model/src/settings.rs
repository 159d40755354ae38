//! `windlass.yaml` as data: the platform's side of a configuration. Which cluster a name means, where secrets come from, what
//! plugins may do.
//!
//! Paths are as written; relative ones count from the directory of the file.

mod cache;
mod grants;
mod names;
mod pods;
mod policy;
mod signers;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::cache::StoreLocation;
pub use crate::pattern::Pattern;
use crate::plugin_reference::PluginReference;
use crate::pod::{HostAlias, PullPolicy};
use crate::quantity::MebiBytes;
use crate::secret::SecretName;
use crate::task::{ClusterKind, ClusterRequest, SecretRequest};

pub use cache::CacheSettings;
pub use grants::{Granted, GrantedBy, PluginGrant};
pub use names::PluginNames;
pub use pods::{PodSettings, Seccomp, SecurityContext};
pub use policy::{Policy, PolicyLevel};
pub use signers::{SignedBy, TrustedSigner, Verdict, Vouching};

/// Everything that one `windlass.yaml` says. The default is an empty file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Settings {
    /// Which kubeconfig context a cluster of the task file means. The first that matches counts.
    pub clusters: Vec<ClusterMapping>,
    /// What the pods of all clusters have, whatever their tasks ask for.
    pub pods: PodSettings,
    /// Where values of secrets come from, by variable name, by the id in `ENCRYPTED[…]`, or by the whole reference.
    pub secrets: BTreeMap<String, SecretSource>,
    /// Lines for `/etc/hosts` of every pod.
    pub host_aliases: Vec<HostAlias>,
    /// How registries are reached, by host.
    pub registries: BTreeMap<String, RegistrySettings>,
    /// What tasks may ask for.
    pub policy: Policy,
    /// What plugins may do.
    pub plugins: Vec<PluginGrant>,
    /// Whose signatures are trusted, and how far, in the order in which they are written. Only the platform says it.
    pub signers: Vec<TrustedSigner>,
    /// Where the bundles are whose plugins tasks name as `BUNDLE/PLUGIN`, by the bundle's name.
    pub bundles: BTreeMap<String, PluginReference>,
    /// A layout with plugins of registries, which is looked into before any registry is.
    pub vendored: Option<String>,
    /// The files of a project that plugins make tasks of, in this order.
    pub generate: Vec<Generate>,
    /// Images of the containers that build plugins bring, by the plugin's name.
    pub images: BTreeMap<String, String>,
    /// How images are built that tasks name by a Dockerfile.
    pub environments: EnvironmentSettings,
    /// When images are pulled, unless the command line says otherwise.
    pub pull_policy: Option<PullPolicy>,
    /// How long a sidecar may take to listen on its port.
    pub sidecar_timeout: Option<Duration>,
    /// How long a cluster is asked again that does not answer.
    pub api_patience: Option<Duration>,
    /// How long a pod may wait for room in a quota.
    pub room_timeout: Option<Duration>,
    /// What is collected as artifacts.
    pub artifacts: ArtifactSettings,
    /// Where caches are kept, and for how long.
    pub cache: CacheSettings,
    /// Values for variables that no line of the task file defines.
    pub variables: BTreeMap<String, String>,
}

impl Settings {
    /// The mapping for a cluster that a task asks for.
    pub fn cluster(&self, request: &ClusterRequest) -> Option<&ClusterMapping> {
        self.clusters.iter().find(|mapping| mapping.matches(request))
    }

    /// Where the value of a secret comes from: by its name first, else by what the file says of it.
    pub fn secret(&self, request: &SecretRequest) -> Option<&SecretSource> {
        let id = || {
            let id = request.reference.strip_prefix("ENCRYPTED[")?.strip_suffix(']')?;
            self.secrets.get(id.trim_matches('!'))
        };
        self.secrets.get(request.name.as_str()).or_else(id).or_else(|| self.secrets.get(&request.reference))
    }
}

/// One entry of `clusters`: what it matches, and what is meant. What an entry leaves out matches anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterMapping {
    /// The key that asked for the cluster.
    pub kind: Option<ClusterKind>,
    /// `cluster_name` or `cluster_id`.
    pub name: Option<String>,
    /// `zone`, `location` or `region`.
    pub location: Option<String>,
    /// The kubeconfig context.
    pub context: String,
    /// The namespace for tasks that name none.
    pub namespace: Option<String>,
    /// The kubeconfig file, when not the usual one.
    pub kubeconfig: Option<String>,
    /// What the pods there have, whatever their tasks ask for.
    pub pods: PodSettings,
}

impl ClusterMapping {
    /// Whether a task's cluster is the one that this entry describes.
    pub fn matches(&self, request: &ClusterRequest) -> bool {
        self.kind.is_none_or(|kind| kind == request.kind)
            && self.name.as_ref().is_none_or(|name| Some(name) == request.name.as_ref())
            && self.location.as_ref().is_none_or(|location| Some(location) == request.location.as_ref())
    }
}

/// Where the value of a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretSource {
    /// An environment variable of the process that runs windlass.
    Env(String),
    /// The content of a file, as it is.
    File(String),
    /// The standard output of a command, without one trailing newline. The first word is the program; no shell is involved.
    Command(Vec<String>),
    /// A key of a Kubernetes Secret in the cluster that the task runs in.
    Kubernetes {
        /// The Secret's namespace; the task's when not given.
        namespace: Option<String>,
        /// The Secret.
        name: String,
        /// The key in it.
        key: String,
    },
}

/// A file of the project that a plugin makes tasks of, before anything is planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generate {
    /// Its path, below the directory of the task file.
    pub file: String,
    /// The plugin.
    pub uses: PluginReference,
    /// What it is told: an object.
    pub with: serde_json::Value,
}

/// How images are built that tasks name by a Dockerfile, and where clusters find them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EnvironmentSettings {
    /// The repository that they go to, such as `gcr.io/my-project/environments`; each is a tag of it.
    pub registry: Option<String>,
    /// The build plugin; the one whose role it is when not given.
    pub build: Option<PluginReference>,
    /// Who may push to and pull from that repository; nobody has to log in when not given.
    pub login: Option<EnvironmentLogin>,
}

/// A login to the registry of environments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnvironmentLogin {
    /// The user name.
    pub username: String,
    /// The password, token or key.
    pub password: SecretName,
}

/// What is collected as artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ArtifactSettings {
    /// The most bytes that the files of one have together; [`MAX_SIZE`](crate::artifact::MAX_SIZE) when not given.
    pub max_size: Option<MebiBytes>,
    /// Where they are kept beside this machine.
    pub store: Option<StoreLocation>,
}

impl ArtifactSettings {
    /// What both say: the store of the earlier, of bounds the smaller.
    #[must_use]
    pub fn narrowed(self, later: Self) -> Self {
        let max_size = self.max_size.into_iter().chain(later.max_size).min();
        Self { max_size, store: self.store.or(later.store) }
    }
}

/// How one registry is reached.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RegistrySettings {
    /// Speak plain HTTP, or do not check the certificate.
    pub insecure: bool,
    /// A PEM file with the authority that signed its certificate.
    pub ca_file: Option<String>,
    /// Hosts to ask for images before the registry itself.
    pub mirrors: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_matches_what_it_names_and_nothing_else() {
        let request = ClusterRequest {
            kind: ClusterKind::Gke,
            name: Some("a".into()),
            location: Some("z".into()),
            context: None,
            namespace: None,
        };
        let mapping = |kind, name: Option<&str>, location: Option<&str>| ClusterMapping {
            kind,
            name: name.map(str::to_owned),
            location: location.map(str::to_owned),
            context: "c".into(),
            namespace: None,
            kubeconfig: None,
            pods: PodSettings::default(),
        };
        assert!(mapping(None, None, None).matches(&request));
        assert!(mapping(Some(ClusterKind::Gke), Some("a"), Some("z")).matches(&request));
        assert!(!mapping(Some(ClusterKind::Eks), Some("a"), Some("z")).matches(&request));
        assert!(!mapping(None, Some("b"), None).matches(&request));
        assert!(!mapping(None, Some("a"), Some("y")).matches(&request));
    }

    #[test]
    fn a_secret_is_found_by_name_before_id() {
        let mut settings = Settings::default();
        settings.secrets.insert("abc".into(), SecretSource::Env("BY_ID".into()));
        let request = |name: &str, reference: &str| SecretRequest {
            name: SecretName::new(name).unwrap_or_else(|e| panic!("{e}")),
            reference: reference.to_owned(),
        };
        assert_eq!(settings.secret(&request("KEY", "ENCRYPTED[!abc!]")), Some(&SecretSource::Env("BY_ID".into())));
        settings.secrets.insert("KEY".into(), SecretSource::Env("BY_NAME".into()));
        assert_eq!(settings.secret(&request("KEY", "ENCRYPTED[abc]")), Some(&SecretSource::Env("BY_NAME".into())));
        settings.secrets.insert("VAULT[a b]".into(), SecretSource::Env("BY_REFERENCE".into()));
        assert_eq!(settings.secret(&request("V", "VAULT[a b]")), Some(&SecretSource::Env("BY_REFERENCE".into())));
        assert_eq!(settings.secret(&request("V", "ENCRYPTED[no]")), None);
    }
}
