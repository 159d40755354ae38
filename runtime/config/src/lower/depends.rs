//! `depends_on`: names to tasks, and no circles among them.

use super::task::Read;
use crate::diagnostics::{Code, Diagnostic};
use crate::problems::Problems;
use crate::source::Span;
use std::collections::{BTreeSet, HashMap, HashSet};
use windlass_model::task::{Task, TaskId};

/// Numbers the tasks and turns the names they wait for into numbers. Where there are more tasks than these, a name may be that of another.
pub(super) fn resolve(read: Vec<Read>, more_tasks: bool, problems: &Problems) -> Vec<Task> {
    let mut by_name: HashMap<String, Vec<TaskId>> = HashMap::new();
    let mut places = Vec::new();
    for one in &read {
        let id = TaskId(places.len());
        let names = std::iter::once(&one.name).chain(one.alias.iter().filter(|alias| **alias != one.name));
        for name in names {
            let ids = by_name.entry(name.clone()).or_default();
            if one.task.is_some() {
                ids.push(id);
            }
        }
        if one.task.is_some() {
            places.push(one.span);
        }
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(places.len());
    for one in read {
        let Some(mut task) = one.task else {
            continue;
        };
        task.id = TaskId(tasks.len());
        task.depends_on = dependencies(&task, &one.depends_on, &by_name, more_tasks, problems);
        tasks.push(task);
    }
    check_circles(&tasks, &places, problems);
    tasks
}

fn dependencies(
    task: &Task,
    names: &[(String, Span)],
    by_name: &HashMap<String, Vec<TaskId>>,
    more_tasks: bool,
    problems: &Problems,
) -> Vec<TaskId> {
    let mut ids = BTreeSet::new();
    let mut seen = HashSet::new();
    for (name, span) in names.iter().filter(|(name, _)| seen.insert(name)) {
        match by_name.get(name) {
            Some(found) if found.is_empty() => problems.push(Diagnostic::warning(
                Code::DroppedDependency,
                *span,
                format!("`{name}` is not part of this run (its `only_if` is false), so `{}` does not wait for it", task.name),
            )),
            // It waits for nobody else of this name either: that would only be one more circle.
            Some(found) if found.contains(&task.id) => problems.push(
                Diagnostic::error(
                    Code::DependencyCycle,
                    *span,
                    format!("`{}` depends on itself, so it would never start", task.name),
                )
                .help(format!("take `{name}` out of its `depends_on`")),
            ),
            Some(found) => ids.extend(found),
            None if more_tasks => {}
            None => {
                let problem = Diagnostic::error(Code::UnknownTask, *span, format!("there is no task `{name}` to wait for"));
                problems.push(match problems.nearest(name, by_name.keys().map(String::as_str)) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.help("name a task by its key without `_task`, by its `name`, or by its `alias`"),
                });
            }
        }
    }
    ids.into_iter().collect()
}

/// Takes away tasks that wait for nobody until none is left; what stays waits in a circle.
fn check_circles(tasks: &[Task], places: &[Span], problems: &Problems) {
    let mut waiting: Vec<usize> = tasks.iter().map(|task| task.depends_on.len()).collect();
    let mut followers: HashMap<TaskId, Vec<usize>> = HashMap::new();
    for (at, task) in tasks.iter().enumerate() {
        for id in &task.depends_on {
            followers.entry(*id).or_default().push(at);
        }
    }
    let mut ready: Vec<usize> = (0..tasks.len()).filter(|at| waiting.get(*at) == Some(&0)).collect();
    while let Some(at) = ready.pop() {
        for follower in followers.get(&TaskId(at)).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*follower) {
                *count -= 1;
                if *count == 0 {
                    ready.push(*follower);
                }
            }
        }
    }
    let Some(start) = waiting.iter().position(|count| *count > 0) else {
        return;
    };
    let names = circle(tasks, &waiting, start);
    let span = places.get(start).copied().unwrap_or_default();
    problems.push(
        Diagnostic::error(Code::DependencyCycle, span, format!("these tasks wait for each other: {}", names.join(" → ")))
            .help("take one of the `depends_on` out"),
    );
}

/// One circle, by name, its first task repeated at the end.
fn circle(tasks: &[Task], waiting: &[usize], start: usize) -> Vec<String> {
    let next = |at: usize| {
        let ids = tasks.get(at).map(|task| task.depends_on.as_slice()).unwrap_or_default();
        ids.iter().map(|id| id.0).find(|id| waiting.get(*id).is_some_and(|count| *count > 0))
    };
    let mut path = vec![start];
    let mut at = start;
    while let Some(following) = next(at) {
        if let Some(first) = path.iter().position(|seen| *seen == following) {
            path.drain(..first);
            path.push(following);
            break;
        }
        path.push(following);
        at = following;
    }
    path.iter().filter_map(|at| tasks.get(*at).map(|task| task.name.clone())).collect()
}
