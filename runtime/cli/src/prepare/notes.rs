//! What is worth knowing of a plan that is no mistake: where it goes, and what is not as it was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use windlass_model::digest::Digest;
use windlass_model::plan::{Plan, Target};
use windlass_model::task::{Placement, TaskId};

use super::Prepared;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::ledger::{self, Ledger};
use crate::output;
use crate::project::Project;
use crate::purpose::Purpose;

/// What to say of a commit that the service would have made no build for. Who types a command means it, so it runs.
pub(super) fn asks_to_be_skipped(project: &Project) -> Option<String> {
    let git = project.copy.variables.iter().find(|(name, _)| *name == "CIRRUS_CHANGE_MESSAGE").map(|(_, value)| value);
    let given = project.given.iter().find(|given| given.name == "CIRRUS_CHANGE_MESSAGE").map(|given| &given.value);
    let message = given.or(git)?.to_ascii_lowercase();
    let word = ["[skip ci]", "[ci skip]", "[skip cirrus]"].into_iter().find(|word| message.contains(word))?;
    Some(format!("the commit message says {word}, which keeps CI services from building it; windlass runs what you ask for"))
}

/// The tasks that name a cluster and run on the engine, because nothing on this machine knows any cluster.
///
/// # Errors
/// When the user names kubeconfigs that are not there: then a cluster is meant, and nobody knows which.
pub(super) fn on_engine_instead(project: &Project, plan: &Plan, purpose: Purpose) -> Result<Vec<String>, Failure> {
    let names_cluster = |id: TaskId| {
        let task = project.configuration.tasks.iter().find(|task| task.id == id);
        task.and_then(|task| task.instance.as_ref()).is_some_and(|instance| matches!(instance.placement, Placement::Cluster(_)))
    };
    let mut moved = plan.tasks.iter().filter(|task| task.target == Target::Engine && names_cluster(task.id)).peekable();
    // What is wrong with this machine is nothing that is wrong with the files.
    if let (Some(first), false, Some(files)) = (moved.peek(), purpose.is_checking(), windlass_kube::missing_kubeconfigs()) {
        return Err(Failure::ClusterUnknown { task: first.name.clone(), files });
    }
    let why = "this machine has no kubeconfig";
    Ok(moved.map(|task| format!("task {} names a cluster, and {why}: it runs on {}", task.name, task.target)).collect())
}

/// The plugins that are others than when this project last ran them.
pub(super) fn changed_plugins(project: &Project, plan: &Plan) -> Vec<String> {
    let now = plugins(project, plan);
    let Some((ledger, directory)) = plugin_ledger(project).filter(|_| !now.is_empty()) else { return Vec::new() };
    match ledger.plugins(&directory) {
        Ok(last) => ledger::changes(&last, &now),
        Err(error) => vec![format!("cannot tell whether plugins changed since the last run: {error}")],
    }
}

/// Remembers the plugins of a run that begins. That they could not be remembered is no reason not to run.
pub fn remember_plugins(prepared: &Prepared) {
    let now = plugins(&prepared.project, &prepared.plan);
    let Some((ledger, directory)) = plugin_ledger(&prepared.project).filter(|_| !now.is_empty()) else { return };
    if let Err(error) = ledger.record_plugins(&directory, now) {
        output::progress(&format!("warning: the plugins of this run could not be remembered: {error}"));
    }
}

/// The plugins of a plan, and those that made tasks.
fn plugins(project: &Project, plan: &Plan) -> BTreeMap<String, Digest> {
    let steps = plan.tasks.iter().flat_map(|task| &task.steps);
    let of_steps = steps.flat_map(|step| step.action.plugins()).map(|call| &call.plugin);
    ledger::from_outside(of_steps.chain(project.generated.made.iter().map(|made| &made.plugin)))
}

/// Where plugins are remembered, and under which name this project is known there.
fn plugin_ledger(project: &Project) -> Option<(Ledger, PathBuf)> {
    let state = crate::environment::state_directory(&ProcessEnvironment)?;
    Some((Ledger::below(&state), project.directory.canonicalize().ok()?))
}
