//! Which scripts are converted: all docker scripts of a task or none, and a script that several tasks share in all of them.

use super::layout::Layout;
use super::{ConvertError, Uses};
use crate::lower::{Read, ScriptConversion};
use crate::source::{Document, Span};
use std::collections::{BTreeMap, BTreeSet};
use windlass_model::docker::DockerCommands;

/// What is converted, and what is left.
pub(super) struct Selected<'r> {
    /// Each script once, in the order of the text.
    pub scripts: Vec<&'r ScriptConversion>,
    /// The tasks that they belong to, as they were read.
    pub reads: Vec<&'r Read>,
    pub left: Vec<String>,
}

pub(super) fn select<'r>(
    document: &Document,
    layout: &Layout,
    reads: &'r [Read],
    uses: &Uses,
    names: &[String],
) -> Result<Selected<'r>, ConvertError> {
    let answers = |read: &Read, name: &str| read.name == name || read.alias.as_deref() == Some(name);
    if let Some(name) = names.iter().find(|name| !reads.iter().any(|read| answers(read, name))) {
        let known: BTreeSet<String> = reads.iter().map(|read| format!("`{}`", read.name)).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        return Err(ConvertError::UnknownTask { name: name.clone(), known });
    }
    let mut left = Vec::new();
    let mut wanted: BTreeSet<usize> = BTreeSet::new();
    for (at, read) in reads.iter().enumerate() {
        let Some(task) = read.task.as_ref().filter(|_| names.is_empty() || names.iter().any(|name| answers(read, name))) else {
            continue;
        };
        match &task.docker {
            DockerCommands::None => {}
            DockerCommands::Refused { words, .. } => {
                let lines = words.iter().map(|word| {
                    let help = word.help.iter().map(|help| format!("; {help}")).collect::<String>();
                    format!("task {}, {word}{help}", task.name)
                });
                left.extend(lines);
            }
            DockerCommands::Typed(scripts) if scripts.iter().any(|script| !script.requests.is_empty()) => {
                wanted.insert(at);
            }
            DockerCommands::Typed(_) => {}
        }
    }
    while let Some((at, reason)) = wanted.iter().find_map(|at| Some((*at, blocked(document, layout, reads, *at, &wanted, uses)?)))
    {
        left.push(reason);
        wanted.remove(&at);
    }
    left.dedup();
    let mut scripts: BTreeMap<Span, &ScriptConversion> = BTreeMap::new();
    for read in wanted.iter().filter_map(|at| reads.get(*at)) {
        for script in read.conversion.scripts.iter().filter(|script| is_edited(script, uses)) {
            scripts.insert(script.written.key.span, script);
        }
    }
    let reads = wanted.iter().filter_map(|at| reads.get(*at)).collect();
    Ok(Selected { scripts: scripts.into_values().collect(), reads, left })
}

/// A script that only shows something is left to a daemon that stays.
fn is_edited(script: &ScriptConversion, uses: &Uses) -> bool {
    !(script.harmless && uses.daemon)
}

/// Why a task cannot be converted although its scripts have a typed form.
fn blocked(
    document: &Document,
    layout: &Layout,
    reads: &[Read],
    at: usize,
    wanted: &BTreeSet<usize>,
    uses: &Uses,
) -> Option<String> {
    let read = reads.get(at)?;
    for script in read.conversion.scripts.iter().filter(|script| is_edited(script, uses)) {
        let key = &script.written.key;
        let position = document.position(key.span.start);
        let place = format!("{}:{}:{}", document.name(), position.line, position.column);
        let left = |why: &str| Some(format!("task {}, {}: {why} ({place})", read.name, key.text));
        let Some(entry) = layout.entries.get(&key.span.start) else { return left("its place in the text is not known") };
        let line = document.whole_lines(key.span.start, key.span.start);
        let before = document.slice(Span::new(line.start as usize, key.span.start as usize));
        if !before.chars().all(|c| c == ' ' || c == '-')
            || document.slice(rest_of_line(document, entry.span)).trim_start().starts_with(|c| c != '#')
        {
            return left("it is on a line with other keys, which cannot hold a step; give it lines of its own");
        }
        if layout.is_used_elsewhere(entry.span) {
            return left("another part of the file uses what is anchored in it; write that part out first");
        }
        for (other, shared) in reads.iter().enumerate().filter(|(_, other)| other.conversion.keys.contains(&key.span)) {
            let same = shared.conversion.scripts.iter().find(|other| other.written.key.span == key.span);
            let same = same.is_some_and(|other| other.steps == script.steps);
            if !wanted.contains(&other) || !same {
                return left(&format!("task {} shares it, where it cannot be the same steps", shared.name));
            }
        }
    }
    None
}

/// What follows a value on its last line.
pub(super) fn rest_of_line(document: &Document, span: Span) -> Span {
    let line = document.whole_lines(span.end, span.end);
    Span::new(span.end as usize, (line.end as usize).max(span.end as usize))
}
