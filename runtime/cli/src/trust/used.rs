//! What one run does of all that the repository asks for: read from its plan, so that the question is about exactly that.

use std::collections::BTreeSet;

use windlass_engine::planner::{SaidOfPods, plugin_names};
use windlass_engine::ports::project::ProjectFiles;
use windlass_model::plan::{StepAction, TaskPlan};
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::{ClusterMapping, PluginNames};
use windlass_model::task::Placement;

use super::ask::Ask;
use super::collect::{of_artifacts, of_caches, of_every_pod, of_grant, of_kubeconfig, of_pods, of_target};
use crate::placement::Where;
use crate::prepare::Prepared;
use crate::values;
use crate::voices::{Layer, Voices};

/// What needs trust in a run. It may be planned without: nothing of this is read or done before.
pub(super) fn asks(prepared: &Prepared, place: &Where<'_>) -> BTreeSet<Ask> {
    let Prepared { plan, project, .. } = prepared;
    let voices = &project.voices;
    let platform = voices.platform();
    let mut asks = BTreeSet::new();
    for task in &plan.tasks {
        // A task that the planner made stands beside the one that it is for, in the same place.
        let of_file = project.configuration.tasks.iter().find(|known| known.id == task.id);
        let placement = of_file.and_then(|known| Some(&known.instance.as_ref()?.placement));
        if let Some(placement) = placement {
            asks.extend(of_target(&task.target, place.said_by(placement, &platform), &platform));
        }
        if let Some(layer) = &voices.repository {
            let used = Used { prepared, layer };
            asks.extend(used.secrets(task));
            asks.extend(used.plugins(task));
            asks.extend(placement.into_iter().flat_map(|placement| used.cluster(task, placement, place)));
        }
    }
    if let Some(layer) = voices.repository.as_ref().filter(|_| !plan.tasks.is_empty()) {
        asks.extend(of_every_pod(layer, voices, &platform));
        if plan.tasks.iter().any(|task| task.caches.is_some()) {
            asks.extend(of_caches(layer, voices, &platform));
        }
        let collects = |task: &TaskPlan| task.steps.iter().any(|step| matches!(step.action, StepAction::Artifacts(_)));
        if plan.tasks.iter().any(collects) {
            asks.extend(of_artifacts(layer, voices, &platform));
        }
    }
    asks
}

/// What it takes to give a plugin its powers, where the repository's word is the first on it.
pub fn of_plugin(voices: &Voices, files: &dyn ProjectFiles, plugin: &PluginInfo) -> Option<Ask> {
    let layer = voices.repository.as_ref().filter(|_| !matches!(plugin.reference, PluginReference::BuiltIn(_)))?;
    let names: PluginNames = plugin_names(files, plugin);
    let narrows = voices.platform.iter().any(|layer| layer.settings.word(&layer.name(), &names).is_some());
    layer.settings.word(&layer.name(), &names).filter(|_| !narrows).map(|word| of_grant(word.grant, layer))
}

/// What a run uses of the repository's settings.
struct Used<'a> {
    prepared: &'a Prepared,
    layer: &'a Layer,
}

impl Used<'_> {
    /// The sources of the values that a task needs and the command line does not give.
    fn secrets(&self, task: &TaskPlan) -> Vec<Ask> {
        values::names(task).iter().filter_map(|name| self.prepared.ask_for_secret(task.id, name)).collect()
    }

    /// The powers of the plugins of its steps, where this file's word is the first on them.
    fn plugins(&self, task: &TaskPlan) -> Vec<Ask> {
        let project = &self.prepared.project;
        let calls = task.steps.iter().flat_map(|step| step.action.plugins());
        calls.filter_map(|call| of_plugin(&project.voices, &project.workspace(), &call.plugin)).collect()
    }

    /// A mapping as this file has it, when it is this file's.
    fn own(&self, mapping: &ClusterMapping) -> Option<&ClusterMapping> {
        let voices = &self.prepared.project.voices;
        let (layer, at) = voices.mapping(mapping).filter(|(layer, _)| voices.is_repository(layer))?;
        layer.settings.clusters.get(at)
    }

    /// The kubeconfig that leads to a task's cluster, and what is said of its pods there.
    fn cluster(&self, task: &TaskPlan, placement: &Placement, place: &Where<'_>) -> Vec<Ask> {
        if task.target.namespace().is_none() {
            return Vec::new();
        }
        let voices = &self.prepared.project.voices;
        let leading = place.leading_mapping(placement).and_then(|mapping| self.own(mapping));
        let mapping = place.mapping(placement, &task.target);
        let alone = Voices { platform: voices.platform.clone(), repository: None };
        // A mapping of the repository's is none of the platform's.
        let of_platform = mapping.filter(|mapping| self.own(mapping).is_none());
        let said = SaidOfPods::together(&alone.pods(of_platform)).fields;
        let mapping = mapping.and_then(|mapping| self.own(mapping));
        let general = said.clone().or(mapping.map(|mapping| mapping.pods.fields.clone()).unwrap_or_default());
        [
            leading.and_then(|mapping| of_kubeconfig(mapping, self.layer.directory())),
            mapping.and_then(|mapping| of_pods(Some(&mapping.context), &mapping.pods, &said)),
            of_pods(None, &self.layer.settings.pods, &general),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
