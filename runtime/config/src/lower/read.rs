//! Reading one field: its text, its variables, its meaning; and a diagnostic at its place when there is none.

use super::Lowering;
use super::env::DefinedVariables;
use super::secrets::Secrets;
use super::undefined::Undefined;
use crate::diagnostics::{Code, Diagnostic};
use crate::expression::{self, World};
use crate::shape::Shape;
use crate::source::Span;
use crate::variables::Scope;
use crate::yaml::{Entry, Key, Node, Origin, Text, TextStyle};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use windlass_model::secret::{EnvValue, SecretName};

/// Reads fields of one task.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub lowering: &'a Lowering<'a>,
    pub scope: &'a Scope,
    pub environment: &'a DefinedVariables,
    pub secrets: &'a Secrets,
    pub undefined: &'a Undefined,
    /// A task that will not run may refer to variables that are not there.
    pub lenient: bool,
}

/// The last of the entries with this key: the one that counts.
pub(super) fn last<'e>(entries: &'e [Entry], key: &str) -> Option<&'e Entry> {
    entries.iter().rev().find(|entry| &*entry.key.text == key)
}

/// Where to point for a value: at itself, or at its key when there is nothing to see.
pub(super) fn place(entry: &Entry) -> Span {
    if entry.value.span.is_empty() || entry.value.is_absent() { entry.key.span } else { entry.value.span }
}

impl Reader<'_> {
    /// The secret that a variable of the task holds.
    pub(super) fn secret_in(&self, variable: &str) -> Option<&SecretName> {
        match self.environment.get(variable)? {
            EnvValue::Secret(name) => Some(name),
            EnvValue::Text(_) => None,
        }
    }

    pub(super) fn push(&self, problem: Diagnostic) {
        self.lowering.problems.push(problem);
    }

    /// The text of a value, as written.
    pub(super) fn raw(&self, entry: &Entry) -> Option<Rc<str>> {
        match entry.value.as_text() {
            Some(text) if text.style != TextStyle::Absent => Some(Rc::clone(&text.text)),
            _ => {
                self.wrong_type(entry, Shape::Text);
                None
            }
        }
    }

    pub(super) fn wrong_type(&self, entry: &Entry, wanted: Shape) {
        let message = format!("`{}` takes {}, and this is {}", entry.key.text, wanted.words(), entry.value.describe());
        self.push(Diagnostic::error(Code::WrongType, place(entry), message).help(wanted.help()));
    }

    /// Tells of a key that has to be there: where another is a slip of it, there and with its cure, else at `owner`.
    pub(super) fn missing(&self, owner: &Key, map: &[Entry], keys: &[&str], help: &str) {
        let key = keys.first().copied().unwrap_or_default();
        let slip =
            map.iter().find_map(|entry| Some((entry, self.lowering.problems.nearest(&entry.key.text, keys.iter().copied())?)));
        self.push(match slip {
            Some((slip, near)) => {
                let message = format!("`{}` has no key `{}`, and needs `{key}`", owner.text, slip.key.text);
                Diagnostic::error(Code::UnknownKey, slip.key.span, message).help(format!("did you mean `{near}`?"))
            }
            None => Diagnostic::error(Code::MissingKey, owner.span, format!("`{}` needs `{key}`", owner.text)).help(help),
        });
    }

    /// A field whose text has a form of its own.
    pub(super) fn parsed<T>(&self, entry: &Entry, parse: impl Fn(&str) -> Result<T, String>, help: &str) -> Option<T> {
        let text = self.known(entry)?;
        self.parsed_text(entry, &text, parse, help)
    }

    /// As [`Self::parsed`], of text that was filled in before.
    pub(super) fn parsed_text<T>(
        &self,
        entry: &Entry,
        text: &str,
        parse: impl Fn(&str) -> Result<T, String>,
        help: &str,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(message) => {
                let mut problem = Diagnostic::error(Code::InvalidValue, place(entry), message);
                if !help.is_empty() {
                    problem = problem.help(help);
                }
                self.push(problem);
                None
            }
        }
    }

    /// A field that holds an expression.
    pub(super) fn condition(&self, entry: &Entry) -> Option<bool> {
        let text = self.raw(entry)?;
        let world = World { scope: self.scope, patterns: &self.lowering.patterns };
        match expression::evaluate(&text, &world) {
            Ok(outcome) => {
                for doubt in outcome.suspicions {
                    let span = self.within(&entry.value, doubt.range);
                    self.push(Diagnostic::warning(Code::SuspiciousExpression, span, doubt.message).help(doubt.help));
                }
                Some(outcome.value)
            }
            Err(invalid) => {
                let span = self.within(&entry.value, invalid.range);
                let mut problem = Diagnostic::error(Code::InvalidExpression, span, invalid.message);
                if let Some(help) = invalid.help {
                    problem = problem.help(help);
                }
                self.push(problem);
                None
            }
        }
    }

    /// The place of a part of a text, when the text can be found in the file; else the whole.
    pub(super) fn within(&self, node: &Node, range: Range<usize>) -> Span {
        let written = self.lowering.document.slice(node.span);
        let offset = |part: Range<usize>| Span::new(node.span.start as usize + part.start, node.span.start as usize + part.end);
        match node.as_text().and_then(|text| part_as_written(written, text, range)) {
            Some(part) => offset(part),
            None => node.span,
        }
    }

    /// Text, or a list of texts.
    pub(super) fn texts(&self, entry: &Entry) -> Option<Vec<(Rc<str>, Span)>> {
        if let Some(text) = entry.value.as_text().filter(|_| !entry.value.is_absent()) {
            return Some(vec![(Rc::clone(&text.text), entry.value.span)]);
        }
        let items = entry.value.as_list();
        let texts: Option<Vec<_>> =
            items.and_then(|items| items.iter().map(|item| Some((Rc::clone(&item.as_text()?.text), item.span))).collect());
        if texts.is_none() {
            self.wrong_type(entry, Shape::Texts);
        }
        texts
    }

    /// Warns about keys that nothing reads, and about ones written twice.
    pub(super) fn check_keys<'k>(&self, entries: &[Entry], known: &[&'k str], more: &[&'k str], what: &str) {
        for entry in entries {
            let key = &*entry.key.text;
            if known.contains(&key) || more.contains(&key) {
                continue;
            }
            let mut problem = Diagnostic::warning(Code::UnknownKey, entry.key.span, format!("{what} has no key `{key}`"));
            problem = match self.lowering.problems.nearest(key, known.iter().chain(more).copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("it has no effect"),
            };
            self.push(problem);
        }
        self.check_repeats(entries);
    }

    /// Warns about keys that are written twice where only the last counts.
    pub(super) fn check_repeats(&self, entries: &[Entry]) {
        repeated(entries, super::keys::adds_up).for_each(|problem| self.push(problem));
    }
}

/// A warning for each key that is written again, where only the last one counts. Those that `all_count` says may be repeated.
pub(super) fn repeated(entries: &[Entry], all_count: impl Fn(&str) -> bool) -> impl Iterator<Item = Diagnostic> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let written = entries.iter().filter(move |entry| entry.origin == Origin::Written && !all_count(&entry.key.text));
    written.filter_map(move |entry| {
        let first = seen.insert(&entry.key.text, entry.key.span)?;
        let message = format!("`{}` is written twice; only the last one counts", entry.key.text);
        Some(Diagnostic::warning(Code::RepeatedKey, entry.key.span, message).related(first, "this one is lost"))
    })
}

/// Where a part of a text stands in the form in which it is written. Lines may be joined and indentation lost between the
/// two, but everything else is there in the same order, unless a quoted text has escapes.
fn part_as_written(written: &str, text: &Text, part: Range<usize>) -> Option<Range<usize>> {
    let (written, skipped) = match text.style {
        TextStyle::Quoted => (written.get(1..written.len().checked_sub(1)?)?, 1),
        _ => (written, 0),
    };
    let visible = |text: &str| text.chars().filter(|char| !char.is_whitespace()).count();
    let (before, inside) = (visible(text.text.get(..part.start)?), visible(text.text.get(part.clone())?));
    if visible(written) != visible(&text.text) {
        return None;
    }
    let mut ends = written.char_indices().filter(|(_, char)| !char.is_whitespace());
    let start = ends.by_ref().nth(before)?;
    let end = match inside {
        0 | 1 => start,
        _ => ends.nth(inside - 2)?,
    };
    Some(start.0 + skipped..end.0 + end.1.len_utf8() + skipped)
}
