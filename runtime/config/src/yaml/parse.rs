//! One document of one text, or of several that are read as one.
//!
//! Several texts are joined at the keys of their roots and nowhere else: each has to be YAML by itself, and none may go on with what another
//! has begun. Anchors of a text can be used in those behind it.

use super::build::{Built, build};
use super::rules::Rules;
use super::{Limits, Node, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::{Document, Span};
use std::rc::Rc;

/// Reads one document; `None` when there is nothing but comments.
///
/// Problems are added to `problems`. The parser stops at the first thing that is not YAML, so then there is one.
pub(crate) fn parse(document: &Document, limits: &Limits, rules: Rules, problems: &mut Diagnostics) -> Option<Rc<Node>> {
    if document.starts().is_empty() {
        return build(document, document.text(), limits, rules, problems).root;
    }
    let text = without_markers(document);
    let joined = Joined { document, text: &text, limits, rules };
    let mut found = Diagnostics::new(document.clone());
    let Built { root, goes_on, failed } = joined.build(text.len(), &mut found);
    let joins = root.as_ref().is_none_or(|root| joined.wrong_root(root).is_none());
    if failed || !joins {
        match joined.whose_fault() {
            Some(theirs) => found = theirs,
            None => found.extend(goes_on.map(|span| joined.continued(span))),
        }
    }
    problems.extend(found);
    root.filter(|_| joins)
}

/// Several texts as one.
struct Joined<'a> {
    document: &'a Document,
    /// Their text as it is read.
    text: &'a str,
    limits: &'a Limits,
    rules: Rules,
}

impl Joined<'_> {
    /// Where each text ends.
    fn ends(&self) -> impl Iterator<Item = usize> {
        self.document.starts().iter().map(|start| *start as usize).chain([self.text.len()])
    }

    /// Reads what there is up to `end`.
    fn build(&self, end: usize, found: &mut Diagnostics) -> Built {
        build(self.document, self.text.get(..end).unwrap_or(self.text), self.limits, self.rules, found)
    }

    /// What is wrong with the first text that makes something wrong of those up to it: the mistake of one may show in another.
    fn whose_fault(&self) -> Option<Diagnostics> {
        for end in self.ends() {
            let mut found = Diagnostics::new(self.document.clone());
            let built = self.build(end, &mut found);
            if let Some(problem) = built.root.and_then(|root| self.wrong_root(&root)) {
                let mut found = Diagnostics::new(self.document.clone());
                found.push(problem);
                return Some(found);
            }
            if built.failed {
                // Nothing is wrong but where it stands.
                return Some(found).filter(|_| built.goes_on.is_none());
            }
        }
        None
    }

    /// What keeps a root from being joined to another text.
    fn wrong_root(&self, root: &Node) -> Option<Diagnostic> {
        let span = root.span;
        if !matches!(root.value, Value::Map(_)) {
            let message = format!("a configuration is a map of tasks, and this is {}", root.describe());
            let problem = Diagnostic::error(Code::WrongType, span, message);
            return Some(problem.help("write `name_task:` and what it does below it, indented"));
        }
        let in_braces = self.text.get(span.range().start..).is_some_and(|rest| rest.starts_with('{'));
        let line = self.document.slice(self.document.whole_lines(span.start, span.start));
        let stands_so = in_braces || line.starts_with([' ', '\t']);
        (stands_so && self.are_several()).then(|| {
            Diagnostic::error(Code::Syntax, span, "this text is read as one with another, and cannot be joined to it")
                .help("begin each key of the root at the start of a line of its own, without `{` around them")
        })
    }

    /// Whether more than one of the texts says something.
    fn are_several(&self) -> bool {
        let mut start = 0;
        let texts = self.ends().map(|end| self.text.get(std::mem::replace(&mut start, end)..end).unwrap_or_default());
        texts.filter(|text| text.lines().any(|line| !says_nothing(line))).count() > 1
    }

    fn continued(&self, span: Span) -> Diagnostic {
        let before = self.document.starts().get(self.document.part(span.start).saturating_sub(1)).copied().unwrap_or_default();
        let before = self.document.name_at(before.saturating_sub(1));
        Diagnostic::error(Code::Syntax, span, format!("this goes on with what {before} has begun, and may not"))
            .help("begin each text with a key of the root, at the start of a line: `name_task:`")
    }
}

/// The text with the lines made comments that open or close each of its texts as a YAML document (`---`, `...`, `%YAML`): of several such
/// documents one is made. No byte changes its place.
fn without_markers(document: &Document) -> String {
    let mut text = String::with_capacity(document.text().len());
    let bounds: Vec<usize> = document.starts().iter().map(|start| *start as usize).chain([document.text().len()]).collect();
    let mut start = 0;
    for end in bounds {
        let part = document.text().get(start..end).unwrap_or_default();
        let lines: Vec<&str> = part.split_inclusive('\n').collect();
        let first = lines.iter().position(|line| !is_marker(line) && !says_nothing(line)).unwrap_or(lines.len());
        let last = lines.iter().rposition(|line| !is_marker(line) && !says_nothing(line)).unwrap_or_default();
        for (at, line) in lines.into_iter().enumerate() {
            match line.get(1..) {
                Some(rest) if (at < first || at > last) && is_marker(line) => {
                    text.push('#');
                    text.push_str(rest);
                }
                _ => text.push_str(line),
            }
        }
        start = end;
    }
    text
}

fn is_marker(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    let alone = rest.is_some_and(|rest| rest.trim().is_empty() || rest.starts_with([' ', '\t']) && says_nothing(rest));
    alone || line.starts_with("%YAML ")
}

/// Whether a line is blank or a comment.
fn says_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}
