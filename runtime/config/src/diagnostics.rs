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
        // That a key is not known and that it stands where a known one is missing is one problem: the graver word tells both.
        let same_key = |other: &&mut Diagnostic| {
            diagnostic.code == Code::UnknownKey && (other.code, other.span) == (diagnostic.code, diagnostic.span)
        };
        if let Some(other) = self.list.iter_mut().find(same_key).filter(|other| other.severity != diagnostic.severity) {
            if diagnostic.severity < other.severity {
                *other = diagnostic;
            }
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

    pub(crate) fn extend(&mut self, problems: impl IntoIterator<Item = Diagnostic>) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// The same with the problems of the same file that were found later.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.dropped += later.dropped;
        later.list.into_iter().for_each(|problem| self.push(problem));
        self.sorted()
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

    /// Those that are of no such kind.
    #[must_use]
    pub fn without(mut self, kind: impl Fn(Code) -> bool) -> Self {
        self.list.retain(|problem| !kind(problem.code));
        self
    }

    /// Those that are no mere notes.
    #[must_use]
    pub fn without_notes(&self) -> Self {
        let list = self.list.iter().filter(|diagnostic| diagnostic.severity != Severity::Note).cloned().collect();
        Self { document: self.document.clone(), list, dropped: self.dropped }
    }

    /// Those that are not about a variable without a value: for who tells of these together with how to give them.
    #[must_use]
    pub fn without_missing_variables(&self) -> Self {
        let missing = |one: &Diagnostic| one.code == Code::UnknownVariable && one.severity == Severity::Warning;
        let list = self.list.iter().filter(|diagnostic| !missing(diagnostic)).cloned().collect();
        Self { document: self.document.clone(), list, dropped: self.dropped }
    }

    /// The notes, one line for each that is said, with the lines of the file that it is said of.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<(&str, &str, Vec<usize>)> = Vec::new();
        for note in self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Note) {
            let (file, line) = (self.file_of(note), note.span.map(|span| self.document.position(span.start).line));
            match notes.iter_mut().find(|(known, message, _)| (*known, *message) == (file, note.message.as_str())) {
                Some((_, _, lines)) => lines.extend(line),
                None => notes.push((file, &note.message, line.into_iter().collect())),
            }
        }
        let one = |(file, message, lines): (&str, &str, Vec<usize>)| {
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            let place = if lines.is_empty() { String::new() } else { format!(":{}", lines.join(", ")) };
            format!("{message} ({file}{place}; windlass check says more)")
        };
        notes.into_iter().map(one).collect()
    }

    /// Whether any of the problems keeps the file from running.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The name of the file that the problems are in; of the first, where texts were joined to it.
    pub fn file(&self) -> &str {
        self.document.name()
    }

    /// The name of the text that one of the problems is in.
    fn file_of(&self, diagnostic: &Diagnostic) -> &str {
        diagnostic.span.map_or_else(|| self.file(), |span| self.document.name_at(span.start))
    }

    /// Each text with errors, in the order of the texts, and how many they are.
    pub fn errors(&self) -> Vec<(String, usize)> {
        let mut counted: Vec<(String, usize)> = Vec::new();
        for error in self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            let file = self.file_of(error);
            match counted.iter_mut().find(|(known, _)| known == file) {
                Some((_, errors)) => *errors += 1,
                None => counted.push((file.to_owned(), 1)),
            }
        }
        counted
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl std::fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(Style::Plain, None))
    }
}

impl std::error::Error for Diagnostics {}
