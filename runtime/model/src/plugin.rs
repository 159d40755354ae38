//! What windlass knows of a plugin without running it, and what it may do.

mod kind;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::plugin_reference::PluginReference;
use crate::pod::{ContainerPlan, Volume};
use crate::pod_security::Level;
pub use crate::power::{Power, Powers};
use crate::secret::EnvVar;
use crate::settings::Vouching;
use crate::text::shortened;

pub use kind::PluginKind;

/// A plugin as its manifest and its import list describe it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginInfo {
    /// Where it was found.
    pub reference: PluginReference,
    /// Where a plugin of a bundle lies, in full: `oci://REGISTRY/REPOSITORY:TAG`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_at: Option<String>,
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Which world it exports.
    pub kind: PluginKind,
    /// The version of `windlass:plugin` it was built for.
    pub interface: String,
    /// The SHA-256 of the component.
    pub digest: Digest,
    /// One sentence on what it does.
    pub description: String,
    /// JSON Schema of its request.
    pub schema: serde_json::Value,
    /// Every power that it may ask for: what its imports reach and what its manifest says, with the limits that the manifest sets itself.
    pub asks: Powers,
    /// Why it asks, in its manifest's words; a power is missing when the manifest gives no reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<Power, String>,
    /// Of a build plugin: the fields of the shared request that it honours, beside those that every builder does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub honours: Vec<String>,
    /// Of a build plugin: where it may leave its image; nothing when its manifest does not say.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub leaves: BTreeSet<ImagePlace>,
    /// Of a push plugin: from where it takes images; nothing when its manifest does not say.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub takes: BTreeSet<ImagePlace>,
    /// What the manifest says of the plugin for people who choose: what is maintained by whom, which formats it makes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// What those whom the settings name under `signers` have to do with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<Vouching>,
}

impl PluginInfo {
    /// The same, as a step in that container has it: what its manifest says of `main` holds for the container that the step runs in.
    #[must_use]
    pub fn in_container(mut self, container: &str) -> Self {
        self.asks.containers = self.asks.containers.map(|scope| scope.for_step(container));
        self
    }

    /// Where it comes from, with its digest; and what it calls itself where that is something else.
    pub fn origin(&self) -> String {
        match &self.reference {
            PluginReference::BuiltIn(name) => format!("{name} (built in, {})", self.digest.short()),
            PluginReference::File(path) => self.known_as(last_part(path)),
            PluginReference::Registry(reference) => self.known_as(last_part(&reference.name().repository())),
            PluginReference::Member { plugin, .. } => self.known_as(plugin),
        }
    }

    fn known_as(&self, file: &str) -> String {
        let known = file.strip_suffix(".wasm").unwrap_or(file);
        let own = if known == self.name { String::new() } else { format!(", calls itself {}", quoted(&self.name)) };
        let place = self.found_at.as_ref().map(|place| format!("{place}, ")).unwrap_or_default();
        format!("{} ({place}{}{own})", self.reference, self.digest.short())
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

impl PluginInfo {
    /// The Pod Security level that is enough for what it brings, when it builds: what its manifest asks for, exceptions counted. `None` for
    /// plugins of other kinds, and for those that say nothing that could be relied on.
    pub fn builds_within(&self) -> Option<Level> {
        (self.kind == PluginKind::Build).then_some(())?;
        self.asks.pod.as_ref().map(|limits| if limits.except.is_empty() { limits.level } else { Level::Privileged })
    }

    /// Whether it builds in, or pushes from, a docker daemon.
    pub fn needs_daemon(&self) -> bool {
        self.leaves.contains(&ImagePlace::Daemon) || self.takes.contains(&ImagePlace::Daemon)
    }
}

/// Where a build may leave its image: an [`ImageLocation`] without its particulars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImagePlace {
    /// In a docker daemon.
    Daemon,
    /// As an OCI layout in the run volume.
    Layout,
    /// In the registry already.
    Pushed,
}

impl ImagePlace {
    /// The place by its word in a manifest.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "daemon" => Some(Self::Daemon),
            "layout" => Some(Self::Layout),
            "pushed" => Some(Self::Pushed),
            _ => None,
        }
    }

    /// Places in words, such as `in a docker daemon or as an OCI layout`.
    pub fn in_words(places: &BTreeSet<Self>) -> String {
        let words = places.iter().map(|place| match place {
            Self::Daemon => "in a docker daemon",
            Self::Layout => "as an OCI layout",
            Self::Pushed => "in the registry already",
        });
        words.collect::<Vec<_>>().join(" or ")
    }
}

/// A plugin's own words in quotes, cut where they are long: nothing in them can pass for windlass' words, or move a terminal's cursor.
pub fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text, 200))
}

/// What the planner knows of a build beside its request. The default is a build of which nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BuildHints {
    /// The Dockerfile's text, when it was there to be read. Not part of what a plan prints.
    #[serde(skip)]
    pub dockerfile: Option<String>,
    /// The next step pushes the image under the very tags that it is built with.
    pub push: bool,
}

/// What one plugin may do in one step: asked for and granted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Grants {
    /// The powers, with their limits.
    pub powers: Powers,
    /// The secrets it may open, by name; meaningless without [`Power::Secrets`].
    pub secrets: Vec<crate::secret::SecretName>,
    /// The settings files in which more would have to be granted, as a person would name them.
    #[serde(skip)]
    pub files: Vec<String>,
    /// The signers whose word granted them, as the settings call them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<String>,
}

impl Grants {
    /// Whether a power was granted.
    pub fn allows(&self, power: Power) -> bool {
        self.powers.has(power)
    }
}

/// What a step brings to the pod: the answer of a plugin's pure `requirements`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Requirements {
    /// Containers, each left out when the task lists one that serves (see [`ContainerRequirement::unless_port`]).
    pub containers: Vec<ContainerRequirement>,
    /// Volumes.
    pub volumes: Vec<Volume>,
    /// Variables for the task's environment, below what the task itself sets.
    pub env: Vec<EnvVar>,
    /// Secrets that the step will open, by name.
    pub secrets: Vec<crate::secret::SecretName>,
}

/// A container that a plugin brings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerRequirement {
    /// The container.
    pub container: ContainerPlan,
    /// Leave it out when a container of the task listens on one of these ports already.
    pub unless_port: Vec<u16>,
}

/// Credentials for a registry, as a login plugin returns them; the secret part is known by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The registry's host, as it stands in image references.
    pub registry: String,
    /// The user name.
    pub username: String,
    /// The password, token or key.
    pub secret: crate::secret::SecretName,
    /// Seconds since 1970 after which they are refused.
    pub expires_at: Option<u64>,
}

/// Where a build left its image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "at")]
pub enum ImageLocation {
    /// In the daemon that a container of the pod talks to, under this reference.
    Daemon {
        /// The reference in the daemon.
        reference: String,
    },
    /// An OCI layout directory in the run volume.
    Layout {
        /// The directory.
        path: String,
    },
    /// In the registry already.
    Pushed,
}

/// What a build step leaves for a push step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltImage {
    /// Where it is.
    pub location: ImageLocation,
    /// The references it is to be pushed under.
    pub references: Vec<String>,
    /// The manifest's digest, when the builder knows it before the push.
    pub digest: Option<Digest>,
}

/// One image as a registry now serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushedImage {
    /// The reference.
    pub reference: String,
    /// The manifest's digest.
    pub digest: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugins_own_words_cannot_pass_for_windlass() {
        assert_eq!(quoted("a\u{1b}[2J\n\u{202e}\"b\""), "\"a\u{fffd}[2J \u{fffd}\\\"b\\\"\"");
        assert!(quoted(&"x".repeat(300)).len() < 250);
    }

    #[test]
    fn a_plugin_is_known_by_where_it_comes_from() {
        let plugin = |reference: &str, name: &str| PluginInfo {
            reference: PluginReference::parse(reference).expect("a reference"),
            found_at: None,
            name: name.to_owned(),
            version: String::new(),
            kind: PluginKind::Step,
            interface: String::new(),
            digest: Digest::from_sha256([0; 32]),
            description: String::new(),
            schema: serde_json::Value::Null,
            asks: Powers::default(),
            reasons: BTreeMap::new(),
            honours: Vec::new(),
            leaves: BTreeSet::new(),
            takes: BTreeSet::new(),
            facts: BTreeMap::new(),
            signers: Vec::new(),
        };
        let short = Digest::from_sha256([0; 32]).short().to_owned();
        assert_eq!(plugin("shell", "shell").origin(), format!("shell (built in, {short})"));
        assert_eq!(plugin("./x/scan.wasm", "scan").origin(), format!("./x/scan.wasm ({short})"));
        assert_eq!(plugin("./evil.wasm", "shell").origin(), format!("./evil.wasm ({short}, calls itself \"shell\")"));
    }
}
