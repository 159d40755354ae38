//! What is wrong with a file: every problem at once, each with its place and what to do about it.

mod code;
mod render;
mod report;

pub use code::Code;
pub use render::Style;

use crate::source::{Document, Span};
use serde::Serialize;
use windlass_model::text::one_line;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing runs until it is fixed.
    Error,
    /// The file runs, though perhaps not as its writer meant.
    Warning,
    /// Something accepted that has no effect in windlass.
    Note,
}

/// One problem, at one place of one file.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    code: Code,
    severity: Severity,
    message: String,
    /// The message for people, where it has parts: what is said of each stands in a line below the first.
    listed: Option<(String, Vec<String>)>,
    label: Option<String>,
    span: Option<Span>,
    related: Option<(Span, String)>,
    help: Vec<String>,
    hides_source: bool,
}

impl Diagnostic {
    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, Some(span), message.into())
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, Some(span), message.into())
    }

    pub(crate) fn note(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, Some(span), message.into())
    }

    /// A problem of the file as a whole, such as its size.
    pub(crate) fn file(code: Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, None, message.into())
    }

    fn new(severity: Severity, code: Code, span: Option<Span>, message: String) -> Self {
        Self { code, severity, message, listed: None, label: None, span, related: None, help: Vec::new(), hides_source: false }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(one_line(&label.into()).into_owned());
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub(crate) fn listed(mut self, listed: Option<(String, Vec<String>)>) -> Self {
        self.listed = listed;
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related = Some((span, one_line(&label.into()).into_owned()));
        self
    }

    /// The line may hold a secret: say where it is, and do not show it.
    pub(crate) fn hiding_source(mut self) -> Self {
        self.hides_source = true;
        self
    }

    /// The stable name of this kind of problem.
    pub fn code(&self) -> Code {
        self.code
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// How many problems of one file are kept. A file with more is broken in a way that a longer list would not explain.
const KEPT: usize = 200;

/// The problems of one file, in the order of the text.
#[derive(Debug, Clone)]
pub struct Diagnostics {
    document: Document,
    list: Vec<Diagnostic>,
    dropped: usize,
}

impl Diagnostics {
    pub(crate) fn new(document: Document) -> Self {
        Self { document, list: Vec::new(), dropped: 0 }
    }

    /// Adds a problem unless the same one is known already: a template that several tasks use is wrong once.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        let known = self
            .list
            .iter()
            .any(|other| other.code == diagnostic.code && other.span == diagnostic.span && other.message == diagnostic.message);
        if known {
            return;
        }
        if self.list.len() < KEPT {
            self.list.push(diagnostic);
            return;
        }
        self.dropped += 1;
        // An error has to be kept, or the file would pass for a good one.
        let lesser = self.list.iter_mut().rev().find(|other| other.severity > Severity::Error);
        if let Some(lesser) = lesser.filter(|_| diagnostic.severity == Severity::Error) {
            *lesser = diagnostic;
        }
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.list.sort_by_key(|diagnostic| diagnostic.span);
        self
    }

    /// Turns warnings into errors, for `--strict`. Notes stay notes.
    pub(crate) fn promote_warnings(&mut self) {
        for diagnostic in &mut self.list {
            if diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
        }
    }

    /// The problems in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many problems there are, not counting those beyond the limit on kept ones.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those that are no mere notes.
    #[must_use]
    pub fn without_notes(&self) -> Self {
        let list = self.list.iter().filter(|diagnostic| diagnostic.severity != Severity::Note).cloned().collect();
        Self { document: self.document.clone(), list, dropped: self.dropped }
    }

    /// The notes, one line for each that is said, with the lines of the file that it is said of.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<(&str, Vec<usize>)> = Vec::new();
        for note in self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Note) {
            let line = note.span.map(|span| self.document.position(span.start).line);
            match notes.iter_mut().find(|(message, _)| *message == note.message) {
                Some((_, lines)) => lines.extend(line),
                None => notes.push((&note.message, line.into_iter().collect())),
            }
        }
        let one = |(message, lines): (&str, Vec<usize>)| {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            let place = if lines.is_empty() { String::new() } else { format!(":{}", lines.join(", ")) };
            format!("{message} ({}{place}; windlass check says more)", self.file())
        };
        notes.into_iter().map(one).collect()
    }

    /// Whether any of the problems keeps the file from running.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The name of the file that the problems are in.
    pub fn file(&self) -> &str {
        self.document.name()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Style::Plain, None))
    }
}

impl std::error::Error for Diagnostics {}
