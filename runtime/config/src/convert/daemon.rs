//! The docker-in-docker daemon of a converted task leaves the text where that is safe.

use super::layout::{Layout, Part};
use super::shares::{self, Shares};
use super::{Edit, Uses, mentions_docker};
use crate::lower::Read;
use crate::source::{Document, Span};
use windlass_model::docker::DockerCommands;
use windlass_model::task::Sidecar;

/// What the daemons' leaving comes to.
#[derive(Default)]
pub(super) struct Leaving<'r> {
    /// What takes them out of the text.
    pub edits: Vec<Edit>,
    pub notes: Vec<String>,
    /// What the builders get of theirs.
    pub shares: Shares<'r>,
}

/// What takes the daemons of converted tasks out, and notes on those that stay. All stay when the steps go through one.
pub(super) fn leaving<'r>(document: &Document, layout: &Layout, reads: &[&'r Read], uses: &Uses) -> Leaving<'r> {
    let mut leaving = Leaving::default();
    let mut gone = Vec::new();
    let mut shares = Vec::new();
    for read in reads {
        let daemon = if uses.daemon { None } else { take_out(document, layout, read, &mut leaving) };
        let honoured = |(field, _): &(&str, String)| uses.honours.iter().any(|honoured| honoured == field);
        let share = daemon.map(shares::of_daemon).unwrap_or_default();
        shares.push((*read, share.into_iter().filter(honoured).collect()));
        gone.extend(daemon.map(|daemon| (*read, daemon)));
    }
    leaving.shares = Shares::settled(shares);
    leaving.notes.extend(gone.iter().filter_map(|(read, daemon)| told(read, daemon, &leaving.shares, uses)));
    // The variants of a matrix say the same.
    leaving.notes.dedup();
    if !gone.is_empty() {
        leaving.notes.push("DOCKER_HOST and the like under `env` have no effect any more, and can go".to_owned());
    }
    leaving
}

/// Takes the daemons of a task out, and answers with the first of them when they are gone.
fn take_out<'r>(document: &Document, layout: &Layout, read: &'r Read, leaving: &mut Leaving<'_>) -> Option<&'r Sidecar> {
    let task = read.task.as_ref()?;
    let sidecars = task.instance.iter().flat_map(|instance| &instance.sidecars);
    let daemons: Vec<&Sidecar> = sidecars.filter(|sidecar| sidecar.is_docker_daemon()).collect();
    let first = *daemons.first()?;
    let names: Vec<&str> = daemons.iter().map(|daemon| daemon.name.as_str()).collect();
    let stays = |why: &str| format!("task {}: container {} stays: {why}", task.name, names.join(", "));
    let typed: Vec<usize> = match &task.docker {
        DockerCommands::Typed(scripts) => scripts.iter().map(|script| script.step).collect(),
        _ => Vec::new(),
    };
    let other = task.steps.iter().enumerate().find(|(at, step)| !typed.contains(at) && mentions_docker(&step.action));
    let why = match (other, list_of(layout, read, &names)) {
        (Some((_, step)), _) => stays(&format!("{} mentions docker", step.name)),
        (None, Some((list, items))) if !layout.is_repeated(list.span) && !layout.is_used_elsewhere(list.span) => {
            leaving.edits.extend(without(document, &list, &items));
            return Some(first);
        }
        (None, Some(_)) => stays("other parts of the file use it, too"),
        (None, None) => stays("it is not written in the task itself"),
    };
    leaving.notes.push(why);
    None
}

/// What the builder gets of a daemon's, or why it gets nothing.
fn told(read: &Read, daemon: &Sidecar, shares: &Shares<'_>, uses: &Uses) -> Option<String> {
    let (had, gets) = (shares::of_daemon(daemon), shares.of_read(read));
    let (task, name, build) = (&read.name, &daemon.name, &uses.build);
    if had.is_empty() {
        return None;
    }
    let lost: Vec<_> = had.iter().filter(|field| !gets.contains(field)).cloned().collect();
    if lost.is_empty() {
        return Some(format!("task {task}: the builder gets the {} of container {name}", shares::told(gets)));
    }
    let (lost, honoured) = (shares::told(&lost), lost.iter().all(|(field, _)| uses.honours.iter().any(|other| other == field)));
    let why = if honoured {
        "tasks that share its scripts had other amounts; write what all of them need under `with` of the build step".to_owned()
    } else {
        format!("{build} does not take that")
    };
    Some(format!("task {task}: container {name} had {lost}, which the builder does not get: {why}"))
}

/// The `additional_containers` of a task and the daemons in it, when they are written below the task's own key.
fn list_of(layout: &Layout, read: &Read, names: &[&str]) -> Option<(Part, Vec<Part>)> {
    let whole = layout.entries.get(&read.span.start)?;
    let below = |part: &&Part| part.span.start >= whole.span.start && part.span.end <= whole.span.end;
    let mut lists = layout.entries.values().filter(|part| part.key == "additional_containers").filter(below);
    let (list, more) = (lists.next()?, lists.next());
    let is_daemon = |item: &&Part| {
        item.children.iter().any(|entry| entry.key == "name" && names.iter().any(|name| entry.text.eq_ignore_ascii_case(name)))
    };
    let items: Vec<Part> = list.children.iter().filter(is_daemon).cloned().collect();
    (more.is_none() && items.len() == names.len()).then(|| (list.clone(), items))
}

/// The edits that take these items out of a list, and the list when nothing is left in it.
fn without(document: &Document, list: &Part, items: &[Part]) -> Vec<Edit> {
    let gone = |span: Span| {
        let lines = document.whole_lines(span.start, span.end);
        let end = document.text().len().min(lines.end as usize + 1);
        Edit { span: Span::new(lines.start as usize, end), text: String::new() }
    };
    if items.len() == list.children.len() {
        return vec![gone(list.span)];
    }
    items.iter().map(|item| gone(item.span)).collect()
}
