//! What is wrong with settings that could be read: files, contexts and plugins that they name and that are not there.

use std::collections::BTreeMap;

use windlass_config::{Code, Diagnostics, Severity};
use windlass_kube::Kubeconfig;
use windlass_model::task::{Placement, Task};

use crate::plugins::Plugins;
use crate::problems::{self, Wrong};
use crate::project::Project;
use crate::purpose::Purpose;
use crate::registries;
use crate::voices::{Layer, Voices};

/// What settings are held against.
pub struct Known<'a> {
    /// Whether all that the repository asks for is trusted.
    pub trusted: bool,
    /// The usual kubeconfig, on a machine that has one.
    pub kubeconfig: Option<&'a Kubeconfig>,
    /// The plugins that are known by name.
    pub plugins: &'a Plugins,
    /// What the settings were read for.
    pub purpose: Purpose,
}

impl Known<'_> {
    /// The problems of all settings files, those of each file together.
    pub fn problems(&self, project: &Project) -> Vec<Diagnostics> {
        let voices = &project.voices;
        let contexts = self.contexts(voices, &project.configuration.tasks);
        let of_layer = |layer: &Layer| {
            let contexts = contexts.iter().filter(|(file, _)| **file == layer.file.display().to_string());
            let contexts = contexts.flat_map(|(_, unknown)| unknown).map(|(at, context)| unknown_context(*at, context));
            let wrong = registries::wrong(voices, layer, self.trusted).into_iter();
            problems::of_settings(layer, wrong.chain(contexts).chain(self.images(layer)))
        };
        voices.layers().filter_map(of_layer).collect()
    }

    /// The contexts that tasks of the file would use and the kubeconfig does not have, by the settings file that names them.
    fn contexts(&self, voices: &Voices, tasks: &[Task]) -> BTreeMap<String, BTreeMap<usize, String>> {
        let mut unknown: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        let Some(kubeconfig) = self.kubeconfig.filter(|_| self.purpose == Purpose::Checking) else { return unknown };
        let settings = voices.settings();
        for task in tasks {
            let Some(Placement::Cluster(request)) = task.instance.as_ref().map(|instance| &instance.placement) else { continue };
            // Another file's contexts are not known here.
            let Some(mapping) = settings.cluster(request).filter(|mapping| mapping.kubeconfig.is_none()) else { continue };
            let there = kubeconfig.contexts.iter().any(|named| named.name == mapping.context);
            if let Some((layer, at)) = voices.mapping(mapping).filter(|_| !there) {
                unknown.entry(layer.file.display().to_string()).or_default().insert(at, mapping.context.clone());
            }
        }
        unknown
    }

    /// Images for plugins that nobody knows: one letter wrong, and the usual image is taken.
    fn images(&self, layer: &Layer) -> Vec<Wrong> {
        let names = self.plugins.names();
        let unknown = layer.settings.images.keys().filter(|name| !names.contains(name));
        let wrong = |name: &String| Wrong {
            severity: Severity::Warning,
            code: Code::UnknownPlugin,
            setting: format!("images.{name}"),
            message: format!("no plugin `{name}` is known, so nothing starts from this image"),
            help: format!("the plugins are {}", names.join(", ")),
        };
        unknown.map(wrong).collect()
    }
}

fn unknown_context(at: usize, context: &str) -> Wrong {
    Wrong {
        severity: Severity::Error,
        code: Code::UnknownContext,
        setting: format!("clusters[{at}].context"),
        message: format!("the kubeconfig has no context `{context}`"),
        help: "kubectl config get-contexts lists those that it has; --context names one for a single run".into(),
    }
}
