//! Variables in fields, filled in while the file is read: `$V`, `${V}` and `%V%`.
//!
//! Script lines are left alone (their shell expands them) and so are the values of `env` (the agent expands those, with the
//! container's own environment at hand).

mod known;

use crate::budget::Budget;
use known::is_known;
use std::collections::{BTreeMap, BTreeSet};

/// What a name stands for while a task is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    Text(String),
    /// A secret. Its value is not known here and must not be.
    Secret,
}

/// The variables that a task sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    bindings: BTreeMap<String, Binding>,
    budget: Budget,
}

/// Text after expansion.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expanded {
    /// Everything that is known is filled in.
    Text(String),
    /// It grows without end.
    TooLong,
}

/// Values may hold variables themselves; this many rounds are made, as the hosted service did.
const ROUNDS: usize = 10;

/// Longer text is taken for a mistake (or an attack: ten rounds can grow it without bound). Bytes.
const LONGEST: usize = 64 * 1024;

impl Scope {
    /// An empty scope. Expansions are paid from `budget`, which all scopes of a file share.
    pub(crate) fn new(budget: Budget) -> Self {
        Self { bindings: BTreeMap::new(), budget }
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, binding: Binding) {
        self.bindings.insert(name.into(), binding);
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Binding> {
        self.bindings.get(name)
    }

    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.get(name) == Some(&Binding::Secret)
    }

    /// The names of all variables, for "did you mean".
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.bindings.keys().map(String::as_str)
    }

    /// Fills in what is known and leaves the rest as it stands.
    pub(crate) fn expand(&self, text: &str) -> Expanded {
        let mut text = text.to_owned();
        for _ in 0..ROUNDS {
            match self.round(&text) {
                None => break,
                Some(next) if next.len() > LONGEST || !self.budget.spend(next.len()) => return Expanded::TooLong,
                Some(next) => text = next,
            }
        }
        Expanded::Text(text)
    }

    /// One pass from left to right; `None` when nothing changed.
    fn round(&self, text: &str) -> Option<String> {
        if !text.contains(['$', '%']) {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut changed = false;
        let mut rest = text;
        while let Some(at) = rest.find(['$', '%']) {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            match self.reference(from) {
                Some((value, length)) if out.len() <= LONGEST => {
                    changed |= from.get(..length) != Some(value);
                    out.push_str(value);
                    rest = from.get(length..).unwrap_or_default();
                }
                _ => {
                    let (sign, after) = from.split_at(1);
                    out.push_str(sign);
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        changed.then_some(out)
    }

    /// The value of the reference that `text` starts with, and how many bytes it takes.
    fn reference<'a>(&'a self, text: &str) -> Option<(&'a str, usize)> {
        if let Some(rest) = text.strip_prefix("${") {
            let name = rest.get(..rest.find('}')?)?;
            return Some((self.text_of(name)?, name.len() + 3));
        }
        if let Some(rest) = text.strip_prefix('%') {
            let name = rest.get(..rest.find('%')?)?;
            return Some((self.text_of(name)?, name.len() + 2));
        }
        let name = self.name(text.get(1..)?)?;
        Some((self.text_of(name)?, name.len() + 1))
    }

    /// The variable that `text`, behind a `$` without braces, names. The longest name counts, whether it has a value or not;
    /// `$CIRRUS_OS_x` is `CIRRUS_OS` only because no variable has the longer name. A name ends where a word does: `CI` is no part
    /// of `CIRRUS_TAG`.
    fn name<'t>(&self, text: &'t str) -> Option<&'t str> {
        let run = text.get(..name_length(text))?;
        let ends = run.match_indices('_').map(|(at, _)| at).filter(|at| *at > 0);
        let mut names = std::iter::once(run.len()).chain(ends.rev()).filter_map(|end| run.get(..end));
        names.find(|name| self.bindings.contains_key(*name) || is_known(name))
    }

    /// The references without braces that name a shorter variable than they look like: what is written, and the variable.
    pub(crate) fn cut_short<'t>(&self, text: &'t str) -> Vec<(&'t str, &'t str)> {
        let written = text.match_indices('$').filter_map(|(at, _)| text.get(at + 1..));
        let looks_like = written.filter_map(|after| Some((after.get(..name_length(after))?, self.name(after)?)));
        looks_like.filter(|(whole, name)| whole != name && self.text_of(name).is_some()).collect()
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        match self.bindings.get(name)? {
            Binding::Text(text) => Some(text),
            Binding::Secret => None,
        }
    }
}

/// The names that are still referred to in expanded text.
pub(crate) fn unresolved(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let inner = rest.strip_prefix('{').unwrap_or(rest);
        let length = name_length(inner);
        if let Some(name) = inner.get(..length).filter(|name| !name.is_empty()) {
            names.insert(name.to_owned());
        }
    }
    names
}

/// How much of the start of `text` can be a variable's name.
pub(crate) fn name_length(text: &str) -> usize {
    if text.starts_with(|char: char| char.is_ascii_digit()) {
        return 0;
    }
    text.find(|char: char| !(char.is_ascii_alphanumeric() || char == '_')).unwrap_or(text.len())
}

/// The variable that `text` refers to, when it is nothing but one reference.
pub(crate) fn sole_reference(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('$')?;
    let name = match rest.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?,
        None => rest,
    };
    (!name.is_empty() && name_length(name) == name.len()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(pairs: &[(&str, &str)]) -> Scope {
        let mut scope = Scope::default();
        for (name, value) in pairs {
            scope.set(*name, Binding::Text((*value).to_owned()));
        }
        scope
    }

    #[test]
    fn references_are_filled_in_and_unknown_ones_stay() {
        let scope = scope(&[("A", "1"), ("CIRRUS_OS", "linux"), ("CIRRUS", "no"), ("B", "<$A>")]);
        for (text, expected) in [
            ("$A${A}%A%", "111"),
            ("$CIRRUS_OS_x", "linux_x"),
            ("${CIRRUS_OS}x", "linuxx"),
            ("$B", "<1>"),
            ("$UNKNOWN ${ALSO} %AND% 100% $", "$UNKNOWN ${ALSO} %AND% 100% $"),
            ("${A", "${A"),
            ("ü$A%", "ü1%"),
        ] {
            assert_eq!(scope.expand(text), Expanded::Text(expected.to_owned()), "{text}");
        }
    }

    /// `CI` is always set, and a tag is not: what asks for the tag must not get `true` and the rest of its name.
    #[test]
    fn a_variable_that_is_not_set_is_never_taken_for_a_shorter_one() {
        let scope = scope(&[("CI", "true"), ("CIRRUS_CI", "true"), ("CIRRUS_PR", "12"), ("OS", "linux"), ("APP", "shop")]);
        for open in
            ["$CIRRUS_TAG", "$CIRRUS_PR_TITLE", "$CIRRUS_CI_x $CIX", "$OSX", "app:$CIRRUS_TAG-x", "$APPLE", "$CIRRUS_TAG_x"]
        {
            let expected = open.replace("$CIRRUS_CI_x", "true_x");
            assert_eq!(scope.expand(open), Expanded::Text(expected), "{open}");
        }
        assert_eq!(scope.cut_short("$APP_x ${APP}_x $APP $CIRRUS_PR_TITLE"), [("APP_x", "APP")]);
    }

    #[test]
    fn a_value_that_refers_to_itself_ends() {
        let scope = scope(&[("PATH", "dir:$PATH")]);
        let Expanded::Text(text) = scope.expand("$PATH") else { panic!("short enough") };
        assert!(text.ends_with("$PATH"));
    }

    #[test]
    fn growth_without_end_is_noticed() {
        let scope = scope(&[("A", &"$B".repeat(1000)), ("B", &"$A".repeat(1000))]);
        assert_eq!(scope.expand("$A"), Expanded::TooLong);
    }

    #[test]
    fn a_secret_is_never_filled_in() {
        let mut scope = Scope::default();
        scope.set("KEY", Binding::Secret);
        assert_eq!(scope.expand("x$KEY"), Expanded::Text("x$KEY".to_owned()));
        assert!(unresolved("x$KEY").contains("KEY"));
    }

    #[test]
    fn a_sole_reference_is_told_from_text() {
        assert_eq!(sole_reference("$A"), Some("A"));
        assert_eq!(sole_reference("${A}"), Some("A"));
        for text in ["$A ", "a$A", "${A:b}", "$", "${}", "$1"] {
            assert_eq!(sole_reference(text), None, "{text}");
        }
    }
}
