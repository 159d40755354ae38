//! `<<`: what another map, or several, bring into this one.
//!
//! The rule is the hosted service's: keys of the map itself count, wherever they stand; what two merges bring, the first
//! one decides. Keys for which `keeps_both` holds are not replaced at all, they accumulate at their places.

use super::build::KeepsBoth;
use super::{Entry, Node, Origin, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use std::collections::HashSet;
use std::rc::Rc;

const MERGE: &str = "<<";

/// The map that `entries` come to, or the list or text that a lone `<<` names.
pub(super) fn flatten(entries: Vec<Entry>, span: Span, keeps_both: KeepsBoth, problems: &mut Diagnostics) -> Node {
    if !entries.iter().any(|entry| &*entry.key.text == MERGE) {
        return Node::map(entries, span);
    }
    if let [only] = entries.as_slice()
        && let Some(replacement) = replacement(&only.value)
    {
        return replacement;
    }
    let mut taken: HashSet<Rc<str>> =
        entries.iter().filter(|entry| &*entry.key.text != MERGE).map(|entry| Rc::clone(&entry.key.text)).collect();
    let mut merged = Vec::with_capacity(entries.len());
    for entry in entries {
        if &*entry.key.text != MERGE {
            merged.push(entry);
            continue;
        }
        for map in maps(&entry, problems) {
            let fresh: Vec<Entry> = map
                .iter()
                .filter(|brought| keeps_both(&brought.key.text) || !taken.contains(&brought.key.text))
                .map(|brought| Entry { origin: Origin::Merged, ..brought.clone() })
                .collect();
            taken.extend(fresh.iter().map(|brought| Rc::clone(&brought.key.text)));
            merged.extend(fresh);
        }
    }
    Node::map(merged, span)
}

/// A script may be written as `<<: *script`, where the template is a list or text rather than a map.
fn replacement(value: &Rc<Node>) -> Option<Node> {
    match &value.value {
        Value::List(items) if items.iter().any(|item| item.as_map().is_none()) => Some(Node::clone(value)),
        Value::Text(_) if !value.is_absent() => Some(Node::clone(value)),
        _ => None,
    }
}

fn maps<'a>(entry: &'a Entry, problems: &mut Diagnostics) -> Vec<&'a [Entry]> {
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
                .help("a list or text can stand behind `<<` only where no other key stands beside it"),
            ),
        }
    }
    maps
}
