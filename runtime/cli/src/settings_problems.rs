//! What is wrong with settings that could be read: files, contexts and plugins that they name and that are not there.

mod named;

use std::collections::BTreeMap;

use windlass_config::{Code, Diagnostics, Severity};
use windlass_kube::Kubeconfig;
use windlass_model::task::{Placement, Task};

use crate::plugins::Plugins;
use crate::problems::{self, Wrong};
use crate::project::Project;
use crate::purpose::Purpose;
use crate::registries;
use crate::trust::Trust;
use crate::voices::Voices;

/// What settings are held against.
pub struct Known<'a> {
    /// What of the repository's is trusted.
    pub trust: &'a Trust,
    /// The usual kubeconfig, on a machine that has one.
    pub kubeconfig: Option<&'a Kubeconfig>,
    /// The plugins that are known by name.
    pub plugins: &'a Plugins,
    /// What the settings were read for.
    pub purpose: Purpose,
}

impl Known<'_> {
    /// The problems of all settings files, those of each file together.
    pub async fn problems(&self, project: &Project) -> Vec<Diagnostics> {
        let voices = &project.voices;
        let contexts = self.contexts(voices, &project.configuration.tasks);
        let mut found = Vec::new();
        for layer in voices.layers() {
            let contexts = contexts.iter().filter(|(file, _)| **file == layer.file.display().to_string());
            let contexts = contexts.flat_map(|(_, unknown)| unknown).map(|(at, context)| unknown_context(*at, context));
            let mut wrong = registries::wrong(voices, layer, self.trust);
            wrong.extend(contexts);
            wrong.extend(named::wrong(self.plugins, layer));
            wrong.extend(named::containers(layer, &project.configuration.tasks));
            wrong.extend(named::bundles(self.plugins, layer, &project.configuration.tasks).await);
            wrong.extend(named::environment_builder(self.plugins, layer, &project.directory).await);
            found.extend(problems::of_settings(layer, wrong));
        }
        found
    }

    /// The contexts that tasks of the file would use and the kubeconfig does not have, by the settings file that names them.
    fn contexts(&self, voices: &Voices, tasks: &[Task]) -> BTreeMap<String, BTreeMap<usize, String>> {
        let mut unknown: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
        let Some(kubeconfig) = self.kubeconfig.filter(|_| self.purpose.is_checking()) else { return unknown };
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
}

fn unknown_context(at: usize, context: &str) -> Wrong {
    Wrong {
        severity: Severity::Error,
        code: Code::UnknownContext,
        setting: format!("clusters[{at}].context"),
        message: format!("the kubeconfig has no context `{context}`").into(),
        help: vec!["kubectl config get-contexts lists those that it has; --context names one for a single run".into()],
    }
}
