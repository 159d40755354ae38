//! Filling in the variables of a field, and remembering those that nothing defines.

use windlass_model::task::{UndefinedVariable, Unset};

use super::read::{Reader, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::variables::{Expanded, unresolved};
use crate::yaml::Entry;

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
        let all: Vec<UndefinedVariable> = names
            .iter()
            .map(|name| {
                let unset = self.lowering.context.unset.get(name).cloned();
                let slip = || self.lowering.problems.nearest(name, self.scope.names()).map(str::to_owned);
                let near = if unset.is_none() { slip() } else { None };
                UndefinedVariable { name: name.clone(), line, near, unset }
            })
            .collect();
        // Those of one reason have one cure.
        let mut reasons: Vec<&Option<Unset>> = all.iter().map(|variable| &variable.unset).collect();
        reasons.dedup();
        for reason in reasons {
            let of_it: Vec<&UndefinedVariable> = all.iter().filter(|variable| variable.unset == *reason).collect();
            self.push(without_value(&of_it, reason.as_ref(), span));
        }
        for variable in all {
            self.undefined.add(variable);
        }
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

/// The warning about variables without a value, all for one reason.
fn without_value(variables: &[&UndefinedVariable], unset: Option<&Unset>, span: Span) -> Diagnostic {
    let list = variables.iter().map(|variable| format!("`{}`", variable.name)).collect::<Vec<_>>().join(", ");
    let given = variables.iter().map(|variable| format!("-e {}=…", variable.name)).collect::<Vec<_>>().join(" ");
    let one = variables.len() == 1;
    if let Some(Unset { reason, cure }) = unset {
        let them = if one { "the variable" } else { "the variables" };
        let have = if one { "has" } else { "have" };
        let problem = Diagnostic::warning(Code::UnknownVariable, span, format!("{them} {list} {have} no value: {reason}"));
        return match cure {
            Some(cure) => problem.help(format!("{cure}; {given} gives a value for one command")),
            None => problem.help(format!("give it on the command line: {given}")),
        };
    }
    let message =
        if one { format!("the variable {list} is not defined") } else { format!("the variables {list} are not defined") };
    let mut problem = Diagnostic::warning(Code::UnknownVariable, span, message);
    for near in variables.iter().filter_map(|variable| variable.near.as_ref()) {
        problem = problem.help(format!("did you mean `{near}`?"));
    }
    problem.help(format!("give it on the command line ({given}), under `env`, or under `variables` in windlass.yaml"))
}
