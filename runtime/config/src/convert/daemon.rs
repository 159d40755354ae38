//! The docker-in-docker daemon of a converted task leaves the text where that is safe.

use super::layout::{Layout, Part};
use super::{Edit, mentions_docker};
use crate::source::{Document, Span};
use windlass_model::task::Task;

/// Adds the edits that take daemons out, and notes on those that stay.
pub(super) fn edits(document: &Document, layout: &Layout, tasks: &[&Task], edits: &mut Vec<Edit>, notes: &mut Vec<String>) {
    let mut gone = false;
    for task in tasks {
        let names: Vec<&str> = task
            .instance
            .iter()
            .flat_map(|instance| &instance.sidecars)
            .filter(|sidecar| sidecar.is_docker_daemon())
            .map(|sidecar| sidecar.name.as_str())
            .collect();
        if names.is_empty() {
            continue;
        }
        let stays = |why: &str| format!("task {}: container {} stays: {why}", task.name, names.join(", "));
        let typed = match &task.docker {
            windlass_model::docker::DockerCommands::Typed(scripts) => scripts.iter().map(|script| script.step).collect(),
            _ => Vec::new(),
        };
        let other = task.steps.iter().enumerate().find(|(at, step)| !typed.contains(at) && mentions_docker(&step.action));
        if let Some((_, step)) = other {
            notes.push(stays(&format!("{} mentions docker", step.name)));
            continue;
        }
        match list_of(document, layout, task, &names) {
            Some((list, items)) if !layout.is_repeated(list.span) && !layout.is_used_elsewhere(list.span) => {
                take_out(document, &list, &items, edits);
                notes.extend(resources(task));
                gone = true;
            }
            Some(_) => notes.push(stays("other parts of the file use it, too")),
            None => notes.push(stays("it is not written in the task itself")),
        }
    }
    if gone {
        notes.push("DOCKER_HOST and the like under `env` have no effect any more, and can go".to_owned());
    }
}

/// What the daemon had, which the builder does not get by itself: `run --use` gives it, a file has to say it.
fn resources(task: &Task) -> Option<String> {
    let daemon = task.instance.iter().flat_map(|instance| &instance.sidecars).find(|sidecar| sidecar.is_docker_daemon())?;
    let (cpu, memory) = (f64::from(daemon.resources.cpu.0) / 1000.0, daemon.resources.memory.0);
    let (name, task) = (&daemon.name, &task.name);
    Some(format!(
        "task {task}: container {name} had {cpu} processors and {memory} MiB; to give the builder as much, write `cpu: {cpu}` and \
         `memory: {memory}Mb` under `with` of the build step"
    ))
}

/// The `additional_containers` of a task and the daemons in it, when they are written below the task's own key.
fn list_of(document: &Document, layout: &Layout, task: &Task, names: &[&str]) -> Option<(Part, Vec<Part>)> {
    let line = task.steps.iter().map(|step| step.line).max()?;
    let inside = |part: &Part| document.line(part.span.start) <= line && document.line(part.span.end) >= line;
    let whole = layout
        .entries
        .values()
        .filter(|part| part.key.ends_with("task") && inside(part))
        .max_by_key(|part| part.span.end - part.span.start)?;
    let below = |part: &&Part| part.span.start >= whole.span.start && part.span.end <= whole.span.end;
    let mut lists = layout.entries.values().filter(|part| part.key == "additional_containers").filter(below);
    let (list, more) = (lists.next()?, lists.next());
    let is_daemon = |item: &&Part| {
        item.children.iter().any(|entry| entry.key == "name" && names.iter().any(|name| entry.text.eq_ignore_ascii_case(name)))
    };
    let items: Vec<Part> = list.children.iter().filter(is_daemon).cloned().collect();
    (more.is_none() && items.len() == names.len()).then(|| (list.clone(), items))
}

fn take_out(document: &Document, list: &Part, items: &[Part], edits: &mut Vec<Edit>) {
    let whole_lines = |span: Span| {
        let lines = document.whole_lines(span.start, span.end);
        Span::new(lines.start as usize, document.text().len().min(lines.end as usize + 1))
    };
    if items.len() == list.children.len() {
        edits.push(Edit { span: whole_lines(list.span), text: String::new() });
        return;
    }
    edits.extend(items.iter().map(|item| Edit { span: whole_lines(item.span), text: String::new() }));
}
