//! Which tasks of the file run, under which names, and why the others do not.

use std::collections::BTreeMap;

use windlass_model::plan::{NotRun, NotRunReason};
use windlass_model::task::{Disposition, LeftOut, Task, TaskId};
use windlass_model::text::given_name;

use super::names;

/// Names, aliases or unique names of tasks, as given on the command line; empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection(pub Vec<String>);

/// A name on the command line that no task can answer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTask {
    /// No task has it.
    #[error("no task is called `{}`{}; the file has {known}", given_name(name), of_variable(name))]
    None {
        /// The name as given, which may be a variable with its value.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The task exists, but windlass cannot run it.
    #[error("task {name} cannot run here: {reason}")]
    NotHere {
        /// The task.
        name: String,
        /// Why.
        reason: String,
    },
}

fn of_variable(given: &str) -> &'static str {
    if given.contains('=') { " (a variable is given with `-e`)" } else { "" }
}

/// The outcome of a selection.
pub(super) struct Chosen<'a> {
    /// Tasks that run, in file order.
    pub(super) run: Vec<&'a Task>,
    /// Tasks that do not.
    pub(super) not_run: Vec<NotRun>,
    names: BTreeMap<TaskId, String>,
}

impl Chosen<'_> {
    /// The unique name of a task.
    pub(super) fn name_of(&self, id: TaskId) -> String {
        self.names.get(&id).cloned().unwrap_or_default()
    }

    /// What to say of tasks that were named and do not run all the same, beside others that do.
    pub(super) fn named_in_vain(&self, selection: &Selection) -> Vec<String> {
        let skipped = self.not_run.iter().filter(|task| task.reason.is_skipped());
        let named = skipped.filter(|task| selection.0.contains(&task.name));
        named.map(|task| format!("task {}, which you named, is {}", task.name, task.reason)).collect()
    }

    /// What to say of tasks that share a name.
    pub(super) fn notes(&self) -> Vec<String> {
        names::notes(&self.run, &self.names)
    }

    /// Whether a task runs.
    pub(super) fn runs(&self, id: TaskId) -> bool {
        self.run.iter().any(|t| t.id == id)
    }
}

/// Applies a selection. A named task runs without the tasks that it depends on, as `cirrus run NAME` did.
pub(super) fn choose<'a>(tasks: &'a [Task], left_out: &[LeftOut], selection: &Selection) -> Result<Chosen<'a>, UnknownTask> {
    let names = names::of_tasks(tasks);
    let unique = |task: &Task| names.get(&task.id).cloned().unwrap_or_default();
    let answers =
        |task: &Task, wanted: &str| task.name == wanted || task.alias.as_deref() == Some(wanted) || unique(task) == wanted;
    for wanted in &selection.0 {
        let found: Vec<&Task> = tasks.iter().filter(|t| answers(t, wanted)).collect();
        if found.is_empty() && !left_out.iter().any(|task| task.answers_to(wanted)) {
            return Err(UnknownTask::None { name: wanted.clone(), known: known(&names, left_out) });
        }
        if let Some((task, reason)) = found.iter().find_map(|t| match &t.disposition {
            Disposition::NotHere(reason) => Some((t, reason)),
            Disposition::Run | Disposition::Skip | Disposition::Manual => None,
        }) {
            return Err(UnknownTask::NotHere { name: unique(task), reason: reason.clone() });
        }
    }
    let named = |task: &Task| selection.0.iter().any(|wanted| answers(task, wanted));
    let mut reasons: BTreeMap<TaskId, NotRunReason> = BTreeMap::new();
    for task in tasks {
        let reason = match &task.disposition {
            Disposition::NotHere(reason) => NotRunReason::NotHere(reason.clone()),
            _ if !selection.0.is_empty() && !named(task) => NotRunReason::NotChosen,
            Disposition::Skip => NotRunReason::Skipped,
            Disposition::Manual if selection.0.is_empty() => NotRunReason::Manual,
            Disposition::Run | Disposition::Manual => continue,
        };
        reasons.insert(task.id, reason);
    }
    if selection.0.is_empty() {
        spread_to_dependents(tasks, &names, &mut reasons);
    }
    let run = tasks.iter().filter(|t| !reasons.contains_key(&t.id)).collect();
    let not_run = tasks.iter().filter_map(|t| Some(NotRun { id: Some(t.id), name: unique(t), reason: reasons.remove(&t.id)? }));
    let conditions = left_out.iter().map(|task| {
        let chosen = selection.0.is_empty() || selection.0.iter().any(|wanted| task.answers_to(wanted));
        let reason = if chosen { NotRunReason::OnlyIf(task.condition.clone()) } else { NotRunReason::NotChosen };
        NotRun { id: None, name: task.full_name(), reason }
    });
    let not_run = not_run.chain(conditions).collect();
    Ok(Chosen { run, not_run, names })
}

/// What depends on a task that does not run here, or waits to be named, does not run either. A skipped task counts as passed.
fn spread_to_dependents(tasks: &[Task], names: &BTreeMap<TaskId, String>, reasons: &mut BTreeMap<TaskId, NotRunReason>) {
    loop {
        let blocked = |id: &TaskId| {
            matches!(reasons.get(id), Some(NotRunReason::NotHere(_) | NotRunReason::Manual | NotRunReason::Dependency(_)))
        };
        let more: Vec<(TaskId, String)> = tasks
            .iter()
            .filter(|t| !reasons.contains_key(&t.id))
            .filter_map(|t| {
                t.depends_on.iter().find(|id| blocked(id)).map(|id| (t.id, names.get(id).cloned().unwrap_or_default()))
            })
            .collect();
        if more.is_empty() {
            return;
        }
        reasons.extend(more.into_iter().map(|(id, name)| (id, NotRunReason::Dependency(name))));
    }
}

fn known(names: &BTreeMap<TaskId, String>, left_out: &[LeftOut]) -> String {
    let names: Vec<String> =
        names.values().cloned().chain(left_out.iter().map(LeftOut::full_name)).map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "no tasks".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests;
