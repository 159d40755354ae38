//! Options and settings that change nothing this time: whoever wrote them meant something, so it is said.

use std::collections::BTreeSet;
use std::path::Path;

use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::digest::Digest;
use windlass_model::nearest::nearest;
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
    notes.extend(slips(choice, project, plan));
    notes
}

/// Names of secrets that no task has and that look like one that a task has: of the command line, and of the repository's settings. Other
/// names are none of these: each secret of the command line is also a variable of every task, whose scripts may lie in other files.
pub fn slips(choice: &Choice, project: &Project, plan: &Plan) -> Vec<String> {
    let of_tasks = project.configuration.tasks.iter().flat_map(|task| &task.secrets).map(|request| request.name.as_str());
    let open = plan.open.iter().filter_map(|open| match open {
        OpenValue::Secret { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let known: BTreeSet<&str> = of_tasks.chain(open).collect();
    let text = project.source.whole();
    // A name or an id that the file has anywhere, as a whole word, is meant by something in it.
    let words: BTreeSet<&str> = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let slip = |name: &str| {
        let asked_for = known.contains(name) || words.contains(name);
        if asked_for { None } else { nearest(name, known.iter().copied()).map(str::to_owned) }
    };
    let secrets = choice.secrets.secret.iter().filter_map(|secret| secret.0.as_ref().ok());
    let given = secrets.map(|secret| ("--secret", secret.name.as_str()));
    let given = given
        .chain(project.given.iter().map(|variable| (if variable.by_flag { "-e" } else { "--env-file" }, variable.name.as_str())));
    let of_settings =
        project.voices.repository.iter().flat_map(|layer| layer.settings.secrets.keys().map(move |key| (layer, key)));
    let of_settings = of_settings.filter_map(|(layer, key)| {
        let near = slip(key)?;
        Some(format!(
            "{}: no task has a secret {key}; did you mean {near}?",
            problems::place_of(layer, &format!("secrets.{key}"))
        ))
    });
    given
        .filter_map(|(flag, name)| Some(format!("{flag} {name}: no task has a secret {name}; did you mean {}?", slip(name)?)))
        .chain(of_settings)
        .collect()
}

/// `--use` of a kind that no step is of, and `--plugin` that no step uses.
async fn of_plugins(choice: &Choice, project: &Project, plan: &Plan, plugins: &Plugins) -> Vec<String> {
    let made = project.generated.made.iter().map(|made| &made.plugin.digest);
    let used: BTreeSet<&Digest> =
        plan.tasks.iter().flat_map(|task| &task.steps).flat_map(|step| digests(&step.action)).chain(made).collect();
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

fn digests(action: &StepAction) -> impl Iterator<Item = &Digest> {
    action.plugins().map(|call| &call.plugin.digest)
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
