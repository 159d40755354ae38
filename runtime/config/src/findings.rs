//! Problems that show only after a file was read, such as a plugin that is not there: told like all others, with their places.

use std::collections::HashSet;
use std::rc::Rc;

use crate::diagnostics::{Code, Diagnostic, Diagnostics, Severity};
use crate::lower::RULES;
use crate::source::{Document, Source, Span};
use crate::yaml::{Entry, Limits, Node, Origin, Value, decode, parse};

/// Where in a file something is wrong.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The key in this one-based line.
    Line(usize),
    /// What a path such as `with.tags[1]` leads to below the key in a line, or as far as it leads.
    Below(usize, &'a str),
    /// The same from the root of the file.
    Root(&'a str),
}

/// What is wrong.
#[derive(Debug, Clone)]
pub struct Message {
    text: String,
    listed: Option<(String, Vec<String>)>,
}

impl Message {
    /// The same for people as a heading and a line for each part.
    #[must_use]
    pub fn listed(self, heading: String, parts: Vec<String>) -> Self {
        Self { listed: Some((heading, parts)), ..self }
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self { text: text.into(), listed: None }
    }
}

/// The problems of one file, found after it was read.
pub struct Findings {
    document: Document,
    root: Option<Rc<Node>>,
    found: Diagnostics,
}

impl Findings {
    /// Begins with a file that could be read before; `None` for one that cannot.
    pub fn of(source: &Source) -> Option<Self> {
        let limits = Limits::default();
        let document = decode(source, &limits).ok()?;
        let root = parse(&document, &limits, RULES, &mut Diagnostics::new(document.clone()));
        Some(Self { found: Diagnostics::new(document.clone()), document, root })
    }

    /// Adds a problem.
    pub fn push(&mut self, severity: Severity, code: Code, place: Place<'_>, message: impl Into<Message>, help: Vec<String>) {
        let (span, Message { text: message, listed }) = (self.span(place), message.into());
        let problem = match severity {
            Severity::Error => Diagnostic::error(code, span, message),
            Severity::Warning => Diagnostic::warning(code, span, message),
            Severity::Note => Diagnostic::note(code, span, message),
        };
        self.found.push(help.into_iter().fold(problem.listed(listed), Diagnostic::help));
    }

    /// The one-based line and column of a place.
    pub fn position(&self, place: Place<'_>) -> (usize, usize) {
        let position = self.document.position(self.span(place).start);
        (position.line, position.column)
    }

    /// All of them, in the order of the text.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.found.sorted()
    }

    fn span(&self, place: Place<'_>) -> Span {
        match place {
            Place::Line(line) => self.keys_in(line).first().map_or_else(|| self.text_of(line), |entry| entry.key.span),
            Place::Below(line, path) => {
                let keys = self.keys_in(line);
                let furthest = keys.iter().map(|entry| descend(entry, path)).max_by_key(|(steps, _)| *steps);
                furthest.map_or_else(|| self.text_of(line), |(_, span)| span)
            }
            Place::Root(path) => {
                self.root.as_ref().and_then(|root| step(root, path)).map_or_else(Span::default, |(found, rest)| match found {
                    Found::Entry(entry) => descend(entry, rest).1,
                    Found::Item(item) => item.span,
                })
            }
        }
    }

    /// The keys that are written in a line, from the outermost inwards.
    fn keys_in(&self, line: usize) -> Vec<&Entry> {
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        if let Some(root) = &self.root {
            self.collect(root, line, &mut seen, &mut found);
        }
        found
    }

    fn collect<'n>(&self, node: &'n Node, line: usize, seen: &mut HashSet<*const Node>, found: &mut Vec<&'n Entry>) {
        match &node.value {
            Value::Text(_) => {}
            Value::List(items) => {
                for item in items {
                    if seen.insert(Rc::as_ptr(item)) {
                        self.collect(item, line, seen, found);
                    }
                }
            }
            Value::Map(entries) => {
                for entry in entries.iter().filter(|entry| entry.origin != Origin::Merged) {
                    if self.document.line(entry.key.span.start) == line {
                        found.push(entry);
                    }
                    if seen.insert(Rc::as_ptr(&entry.value)) {
                        self.collect(&entry.value, line, seen, found);
                    }
                }
            }
        }
    }

    /// What stands in a line, without the space around it.
    fn text_of(&self, line: usize) -> Span {
        let mut start = 0;
        for (at, text) in self.document.text().split_inclusive('\n').enumerate() {
            if at + 1 == line {
                let indent = text.len() - text.trim_start().len();
                return Span::new(start + indent, start + text.trim_end().len());
            }
            start += text.len();
        }
        Span::default()
    }
}

/// What one step of a path leads to.
enum Found<'n> {
    Entry(&'n Entry),
    Item(&'n Node),
}

/// Goes down a path as far as it leads: how many steps that were, and where it ended.
fn descend(entry: &Entry, path: &str) -> (usize, Span) {
    let (mut node, mut span, mut rest, mut steps) = (&*entry.value, entry.key.span, path, 0);
    while let Some((found, after)) = step(node, rest) {
        (node, span) = match found {
            Found::Entry(entry) => (&*entry.value, entry.key.span),
            Found::Item(item) => (item, item.span),
        };
        (rest, steps) = (after, steps + 1);
    }
    (steps, span)
}

/// One step down. A key may hold dots: the longest that the path begins with is meant.
fn step<'n, 'p>(node: &'n Node, path: &'p str) -> Option<(Found<'n>, &'p str)> {
    match &node.value {
        Value::Text(_) => None,
        Value::List(items) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let item = items.get(index.parse::<usize>().ok()?)?;
            Some((Found::Item(item), rest.trim_start_matches('.')))
        }
        Value::Map(entries) => {
            let leads = |entry: &&Entry| {
                let rest = path.strip_prefix(&*entry.key.text);
                !entry.key.text.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            let entry = entries.iter().filter(leads).max_by_key(|entry| entry.key.text.len())?;
            let rest = path.get(entry.key.text.len()..).unwrap_or_default();
            Some((Found::Entry(entry), rest.strip_prefix('.').unwrap_or(rest)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
a_task:
  container: {image: a}
  build_step:
    uses: kaniko
    with:
      tags:
        - a
        - b
      cache: {to: x}
  push_step: {uses: oci-push, with: {tag: b}}
registries:
  registry.corp:5000:
    ca_file: nope
";

    /// Every problem has a line and a column, at the deepest key that the path knows.
    #[test]
    fn places_are_found_by_line_and_path() {
        let findings = Findings::of(&Source::new("f", FILE)).expect("a file");
        for (place, position) in [
            (Place::Line(3), (3, 3)),
            (Place::Below(3, "with.tags[1]"), (8, 11)),
            (Place::Below(3, "with.cache.to"), (9, 15)),
            (Place::Below(3, "with.missing"), (5, 5)),
            (Place::Below(10, "with.tag"), (10, 38)),
            (Place::Below(1, "build_step.uses"), (4, 5)),
            (Place::Line(8), (8, 9)),
            (Place::Root("registries.registry.corp:5000.ca_file"), (13, 5)),
            (Place::Root("nothing"), (1, 1)),
        ] {
            assert_eq!(findings.position(place), position, "{place:?}");
        }
    }

    #[test]
    fn problems_come_in_the_order_of_the_text_and_once_each() {
        let mut findings = Findings::of(&Source::new("f", FILE)).expect("a file");
        for line in [10, 3, 3] {
            findings.push(Severity::Error, Code::UnknownPlugin, Place::Line(line), "no", vec!["first\nsecond".into()]);
        }
        let text = findings.into_diagnostics().to_string();
        let (first, second) = (text.find("f:3:3").expect("the first"), text.find("f:10:3").expect("the second"));
        assert!(first < second && text.matches("error[unknown-plugin]").count() == 2, "{text}");
        assert!(text.lines().any(|line| line.trim() == "second"), "help keeps its lines: {text}");
    }
}
