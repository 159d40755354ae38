//! Who says what: the platform first, then the repository. What one says the next can narrow and never widen.
//!
//! The platform is `windlass.yaml` in the system's and in the user's configuration directory and each `--settings FILE`; the repository
//! is `windlass.yaml` beside the task file. How the keys of several files become one is the table in the README, which a test holds against [`merge`].

mod find;
mod generators;
mod merge;

use std::path::{Path, PathBuf};

use windlass_config::{Diagnostics, Source, Writer};
use windlass_engine::planner::SaidOfPods;
use windlass_model::settings::{ClusterMapping, PodSettings, RegistrySettings, SecretSource, Settings};
use windlass_model::task::SecretRequest;

pub use find::{Found, find, find_in_part, own_files};
pub use generators::Generator;

/// The name of every settings file that is found by itself.
const NAME: &str = "windlass.yaml";

/// One settings file.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The file, as a person would name it.
    pub file: PathBuf,
    /// What it says, paths as written.
    pub settings: Settings,
    /// Its text, where problems have their places.
    pub text: Vec<u8>,
}

impl Layer {
    /// What can be read of somebody's settings, with their problems.
    pub fn read(file: PathBuf, text: Vec<u8>, writer: Writer) -> (Self, Diagnostics) {
        let source = Source::new(file.display().to_string(), text);
        let (settings, problems) = windlass_config::load_settings_in_part(&source, writer);
        (Self { file, settings, text: source.text }, problems)
    }

    /// The file as it was read.
    pub fn source(&self) -> Source {
        Source::new(self.file.display().to_string(), self.text.clone())
    }

    /// The file as messages name it.
    pub fn name(&self) -> String {
        told(&self.file)
    }

    /// The directory that its paths count from.
    pub fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }
}

/// A settings file as messages name it. Several may have the usual name, so that each of these is told by its path.
fn told(file: &Path) -> String {
    if file == Path::new(NAME) { format!("./{NAME}") } else { file.display().to_string() }
}

/// Who names the authority of a registry, and how.
#[derive(Debug, Clone, Copy)]
pub struct Authority<'a> {
    /// The settings file.
    pub layer: &'a Layer,
    /// The registry as it is written there.
    pub host: &'a str,
    /// What is said of it.
    pub registry: &'a RegistrySettings,
    /// The authority's file.
    pub file: &'a str,
}

/// Every settings file that counts, in the order in which they speak.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Voices {
    /// The system's, the user's, and those of the command line; then those of bundles that the platform trusts with it.
    pub platform: Vec<Layer>,
    /// `windlass.yaml` beside the task file.
    pub repository: Option<Layer>,
}

impl Voices {
    /// What the platform says, without the repository.
    pub fn platform(&self) -> Settings {
        merge::merge(&self.platform)
    }

    /// What all say together.
    pub fn settings(&self) -> Settings {
        merge::merge(self.layers())
    }

    /// Where the value of a secret comes from, and which file says so. The platform's word counts, whatever a later file calls the secret.
    pub fn secret(&self, request: &SecretRequest) -> Option<(&Layer, &SecretSource)> {
        self.layers().find_map(|layer| Some((layer, layer.settings.secret(request)?)))
    }

    /// Where the key of caches comes from, and which file says so: the first that names a key or the store, with which its key goes.
    pub fn cache_key(&self) -> Option<(&Layer, &SecretSource)> {
        let layer = self.layers().find(|layer| {
            let cache = &layer.settings.cache;
            cache.key.is_some() || cache.store.is_some()
        })?;
        layer.settings.cache.key.as_ref().map(|key| (layer, key))
    }

    /// The file that names who signed a registry's certificate, of the first settings file that speaks of the registry.
    pub fn authority(&self, host: &str) -> Option<Authority<'_>> {
        let (layer, host, registry) = self.speaker(host)?;
        registry.ca_file.as_deref().map(|file| Authority { layer, host, registry, file })
    }

    /// The first settings file that speaks of a registry, with what it calls it and says of it.
    pub fn speaker(&self, host: &str) -> Option<(&Layer, &str, &RegistrySettings)> {
        self.layers().find_map(|layer| {
            let registries = &layer.settings.registries;
            let same = || registries.iter().find(|(other, _)| other.eq_ignore_ascii_case(host));
            let (host, registry) = registries.get_key_value(host).or_else(same)?;
            Some((layer, host.as_str(), registry))
        })
    }

    /// The first settings file that has a mapping, and its place in the list there.
    pub fn mapping(&self, mapping: &ClusterMapping) -> Option<(&Layer, usize)> {
        self.layers().find_map(|layer| {
            let same = |other: &ClusterMapping| {
                ClusterMapping { kubeconfig: None, ..other.clone() } == ClusterMapping { kubeconfig: None, ..mapping.clone() }
            };
            Some((layer, layer.settings.clusters.iter().position(same)?))
        })
    }

    /// What each file says of the pods of a mapping's tasks, or, without one, of any other tasks of clusters.
    pub fn pods(&self, mapping: Option<&ClusterMapping>) -> Vec<SaidOfPods> {
        let of_mapping = mapping.and_then(|mapping| Some((self.mapping(mapping)?.0, &mapping.pods)));
        let of_layer = |layer: &Layer| {
            let general = layer.settings.pods.clone();
            let pods = match of_mapping {
                Some((by, pods)) if by.file == layer.file => pods.clone().over(general),
                Some(_) | None => general,
            };
            SaidOfPods { file: layer.name(), pods }
        };
        self.layers().map(of_layer).filter(|said| said.pods != PodSettings::default()).collect()
    }

    /// Whether a file is the repository's.
    pub fn is_repository(&self, layer: &Layer) -> bool {
        self.repository.as_ref().is_some_and(|repository| repository.file == layer.file)
    }

    /// All of them.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.platform.iter().chain(&self.repository)
    }
}

#[cfg(test)]
mod tests;
