//! `<<`: what another map, or several, bring into this one.
//!
//! The rule is the hosted service's: keys of the map itself count, wherever they stand; what two merges bring, the first
//! one decides. [`Meeting`] says which keys are other than that.

use super::build::Rules;
use super::{Entry, Node, Origin, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use std::collections::HashSet;
use std::rc::Rc;

const MERGE: &str = "<<";

/// What becomes of a key that a map has and `<<` brings too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// The map's own key counts, and of two merges the first.
    OwnCounts,
    /// What is brought is dropped when the key stands above; a key further down stays beside it.
    FirstCounts,
    /// Both stay, each at its place.
    BothCount,
}

/// The map that `entries` come to, or the list or text that a lone `<<` names. `under` is the key of this map, if it has one.
pub(super) fn flatten(entries: Vec<Entry>, span: Span, under: Option<&str>, rules: Rules, problems: &mut Diagnostics) -> Node {
    if !entries.iter().any(|entry| &*entry.key.text == MERGE) {
        return Node::map(entries, span);
    }
    let holds_list = under.is_some_and(rules.holds_list);
    if let [only] = entries.as_slice()
        && let Some(replacement) = replacement(only, holds_list)
    {
        return replacement;
    }
    let meeting = |entry: &Entry| (rules.meeting)(&entry.key.text);
    let mut above: HashSet<Rc<str>> = HashSet::new();
    let mut taken: HashSet<Rc<str>> =
        entries.iter().filter(|entry| &*entry.key.text != MERGE).map(|entry| Rc::clone(&entry.key.text)).collect();
    let mut merged = Vec::with_capacity(entries.len());
    for entry in entries {
        if &*entry.key.text != MERGE {
            above.insert(Rc::clone(&entry.key.text));
            merged.push(entry);
            continue;
        }
        for map in maps(&entry, holds_list, problems) {
            let stays = |brought: &&Entry| match meeting(brought) {
                Meeting::OwnCounts => !taken.contains(&brought.key.text),
                Meeting::FirstCounts => !above.contains(&brought.key.text),
                Meeting::BothCount => true,
            };
            let fresh: Vec<Entry> =
                map.iter().filter(stays).map(|brought| Entry { origin: Origin::Merged, ..brought.clone() }).collect();
            for lost in map.iter().filter(|brought| meeting(brought) == Meeting::FirstCounts && !stays(brought)) {
                let message = format!("the `{}` that this brings has no effect: there is one above it already", lost.key.text);
                let problem = Diagnostic::note(Code::Ignored, entry.key.span, message).related(lost.key.span, "this one");
                problems.push(problem.help("put `<<` above to have both"));
            }
            for brought in &fresh {
                taken.insert(Rc::clone(&brought.key.text));
                above.insert(Rc::clone(&brought.key.text));
            }
            merged.extend(fresh);
        }
    }
    Node::map(merged, span)
}

/// A script may be written as `<<: *script`, where the template is a list or text rather than a map. Where lists of maps are
/// expected, a template list of maps stands for itself too.
fn replacement(merge: &Entry, holds_list: bool) -> Option<Node> {
    let value = &merge.value;
    match &value.value {
        Value::List(items) if items.iter().any(|item| item.as_map().is_none()) || holds_list && is_template(merge) => {
            Some(Node::clone(value))
        }
        Value::Text(_) if !value.is_absent() => Some(Node::clone(value)),
        _ => None,
    }
}

/// Whether the value is an alias: what an alias names was written before it.
fn is_template(merge: &Entry) -> bool {
    merge.value.span.start < merge.key.span.start
}

fn maps<'a>(entry: &'a Entry, holds_list: bool, problems: &mut Diagnostics) -> Vec<&'a [Entry]> {
    if holds_list && entry.value.as_list().is_some() && is_template(entry) {
        problems.push(
            Diagnostic::error(Code::WrongType, entry.key.span, "this `<<` brings a list, which would replace the keys beside it")
                .related(entry.value.span, "the list it names")
                .help("put nothing beside `<<`, or name the list as the value itself: `matrix: *list`"),
        );
        return Vec::new();
    }
    let candidates: Vec<&Rc<Node>> = match &entry.value.value {
        Value::List(items) => items.iter().collect(),
        Value::Map(_) | Value::Text(_) => vec![&entry.value],
    };
    let mut maps = Vec::new();
    for candidate in candidates {
        match candidate.as_map() {
            Some(map) => maps.push(map),
            None if candidate.is_absent() => {}
            None => problems.push(
                Diagnostic::error(
                    Code::WrongType,
                    entry.key.span,
                    format!("`<<` merges maps, and this is {}", candidate.describe()),
                )
                .related(candidate.span, "the value it names")
                .help("a list or text can follow `<<` only where there is no other key beside it"),
            ),
        }
    }
    maps
}
