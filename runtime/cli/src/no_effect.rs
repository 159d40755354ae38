//! Options and settings that change nothing this time: whoever wrote them meant something, so it is said.

use std::collections::BTreeSet;
use std::path::Path;

use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::digest::Digest;
use windlass_model::plan::{OpenValue, Plan, StepAction, Target};
use windlass_model::task::{ClusterRequest, Placement};

use crate::args::Choice;
use crate::plugins::Plugins;
use crate::problems;
use crate::project::Project;

/// One line each.
pub async fn notes(choice: &Choice, project: &Project, plan: &Plan, plugins: &Plugins) -> Vec<String> {
    let mut notes = Vec::new();
    // A task that waits for a variable is not in the plan, and may be the one that is meant.
    let all_shown = !plan.open.iter().any(|open| matches!(open, OpenValue::Variable { .. }));
    if all_shown && !plan.tasks.is_empty() {
        notes.extend(of_plugins(choice, project, plan, plugins).await);
        notes.extend(of_namespace(choice, plan));
    }
    notes.extend(of_mappings(choice, project));
    notes
}

/// `--use` of a kind that no step is of, and `--plugin` that no step uses.
async fn of_plugins(choice: &Choice, project: &Project, plan: &Plan, plugins: &Plugins) -> Vec<String> {
    let used: BTreeSet<&Digest> =
        plan.tasks.iter().flat_map(|task| &task.steps).filter_map(|step| digest(&step.action)).collect();
    let mut notes = Vec::new();
    for substitute in &choice.plugins.substitutes {
        let found = plugins.inspect(&substitute.plugin, &project.directory).await;
        if found.is_ok_and(|plugin| !used.contains(&plugin.digest)) {
            notes.push(format!("--use {substitute} changes nothing: no step of these tasks is a {} step", substitute.kind));
        }
    }
    for (name, reference) in plugins.given() {
        let found = plugins.inspect(reference, Path::new(".")).await;
        if found.is_ok_and(|plugin| !used.contains(&plugin.digest)) {
            notes.push(format!("--plugin {reference} changes nothing: no step of these tasks uses {name}"));
        }
    }
    notes
}

fn digest(action: &StepAction) -> Option<&Digest> {
    match action {
        StepAction::Plugin(call) => Some(&call.plugin.digest),
        StepAction::Workspace | StepAction::File { .. } => None,
    }
}

/// `--namespace` where every task runs on the engine.
fn of_namespace(choice: &Choice, plan: &Plan) -> Option<String> {
    let namespace = choice.target.namespace.as_ref()?;
    let on_engine = plan.tasks.iter().all(|task| task.target == Target::Engine);
    on_engine.then(|| format!("--namespace {namespace} changes nothing: these tasks run on the container engine of this machine"))
}

/// The namespace of a mapping, where the task names another one.
fn of_mappings(choice: &Choice, project: &Project) -> BTreeSet<String> {
    if choice.target.namespace.is_some() || choice.target.context.is_some() {
        return BTreeSet::new();
    }
    let cluster = |placement: &Placement| match placement {
        Placement::Cluster(request) => Some(request.clone()),
        Placement::Engine => None,
    };
    let tasks = project.configuration.tasks.iter();
    let placed = tasks.filter_map(|task| Some((&task.name, cluster(&task.instance.as_ref()?.placement)?)));
    placed.filter_map(|(task, request)| overridden(project, task, &request)).collect()
}

fn overridden(project: &Project, task: &str, request: &ClusterRequest) -> Option<String> {
    let mapping = project.settings.cluster(request)?;
    let (says, counts) = (mapping.namespace.as_ref()?, request.namespace.as_ref()?);
    let (layer, at) = project.voices.mapping(mapping).filter(|_| says != counts)?;
    let place = problems::place_of(layer, &format!("clusters[{at}].namespace"));
    Some(format!("{place}: namespace {says} has no effect on task {task}, whose own `namespace` is {counts}"))
}
