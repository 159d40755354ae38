//! Filling in the variables of a field, and remembering those that nothing defines.

use super::read::{Reader, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::variables::{Expanded, unresolved};
use crate::yaml::Entry;
use std::cell::RefCell;
use windlass_model::task::UndefinedVariable;

/// The variables that fields of one task refer to and nothing defines, each once.
#[derive(Debug, Default)]
pub(super) struct Undefined(RefCell<Vec<UndefinedVariable>>);

impl Undefined {
    fn add(&self, name: &str, line: usize) {
        let mut variables = self.0.borrow_mut();
        if !variables.iter().any(|variable| variable.name == name) {
            variables.push(UndefinedVariable { name: name.to_owned(), line });
        }
    }

    /// In the order of the lines that refer to them.
    pub(super) fn into_inner(self) -> Vec<UndefinedVariable> {
        let mut variables = self.0.into_inner();
        variables.sort_by_key(|variable| variable.line);
        variables
    }
}

/// Text with its variables filled in as far as they are known.
pub(super) enum Filled {
    /// All of them.
    Known(String),
    /// Some are still to be given; they stand as they were written.
    Open(String),
}

impl Filled {
    fn known(self) -> Option<String> {
        match self {
            Self::Known(text) => Some(text),
            Self::Open(_) => None,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Known(text) | Self::Open(text) => text,
        }
    }
}

impl Reader<'_> {
    /// The text of a value with its variables filled in; those that are still to be given stay as they are written.
    pub(super) fn field(&self, entry: &Entry) -> Option<String> {
        self.text_of(entry).map(Filled::shown)
    }

    /// The text of a value, when nothing in it is still to be given.
    pub(super) fn known(&self, entry: &Entry) -> Option<String> {
        self.text_of(entry)?.known()
    }

    /// The text of a value with its variables filled in.
    pub(super) fn text_of(&self, entry: &Entry) -> Option<Filled> {
        let text = self.raw(entry)?;
        self.fill(&text, place(entry), &entry.key.text)
    }

    /// Fills in the variables of a text that is of no use before all of them are known.
    pub(super) fn fill_known(&self, text: &str, span: Span, key: &str) -> Option<String> {
        self.fill(text, span, key)?.known()
    }

    /// Fills in the variables of a text that can be shown before all of them are known.
    pub(super) fn fill_shown(&self, text: &str, span: Span, key: &str) -> Option<String> {
        self.fill(text, span, key).map(Filled::shown)
    }

    /// Fills in variables and remembers those that are not known.
    fn fill(&self, text: &str, span: Span, key: &str) -> Option<Filled> {
        let expanded = self.expand(text, span)?;
        let unknown = unresolved(&expanded);
        if unknown.is_empty() {
            return Some(Filled::Known(expanded));
        }
        if self.lenient {
            return None;
        }
        if let Some(secret) = unknown.iter().find(|name| self.scope.is_secret(name)) {
            self.push(
                Diagnostic::error(Code::MisplacedSecret, span, format!("`{secret}` is a secret, and `{key}` cannot take one"))
                    .help("secrets reach scripts through the environment, and plugins through `with`"),
            );
            return None;
        }
        self.undefined(&unknown.into_iter().collect::<Vec<_>>(), span);
        Some(Filled::Open(expanded))
    }

    fn undefined(&self, names: &[String], span: Span) {
        let line = self.lowering.document.line(span.start);
        for name in names {
            self.undefined.add(name, line);
        }
        let list = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let message = match names {
            [_] => format!("the variable {list} is not defined"),
            _ => format!("the variables {list} are not defined"),
        };
        let given = names.iter().map(|name| format!("-e {name}=…")).collect::<Vec<_>>().join(" ");
        let mut problem = Diagnostic::warning(Code::UnknownVariable, span, message);
        for name in names {
            if let Some(near) = self.lowering.problems.nearest(name, self.scope.names()) {
                problem = problem.help(format!("did you mean `{near}`?"));
            }
        }
        self.push(
            problem.help(format!("give it on the command line ({given}), under `env`, or under `variables` in windlass.yaml")),
        );
    }

    /// Fills in the variables that are known.
    pub(super) fn expand(&self, text: &str, span: Span) -> Option<String> {
        for (written, name) in self.scope.cut_short(text) {
            let rest = written.strip_prefix(name).unwrap_or_default();
            let message = format!("`${written}` is read as `${name}` and `{rest}`: no variable is called `{written}`");
            let problem = Diagnostic::note(Code::UnknownVariable, span, message);
            self.push(problem.help(format!("write `${{{name}}}{rest}` if you mean it, or define `{written}`")));
        }
        match self.scope.expand(text) {
            Expanded::Text(text) => Some(text),
            Expanded::TooLong => {
                self.push(
                    Diagnostic::error(Code::TooMuchExpansion, span, "the variables in this value expand without end")
                        .help("does a variable refer to itself?"),
                );
                None
            }
        }
    }
}
