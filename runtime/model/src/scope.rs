//! What something may be about: every name, or those that lists of patterns allow.

use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;

/// A set of names that can be narrowed again and again: a name is in it when each of its lists has a pattern for the name. Without a list
/// every name is.
///
/// Lists are kept apart because they come from different people (what a plugin asks for, what the platform grants, what the repository
/// adds), and the meeting of two pattern lists is no pattern list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(Vec<Vec<Pattern>>);

impl Scope {
    /// Every name.
    pub fn any() -> Self {
        Self::default()
    }

    /// The names that one of these patterns matches; none when there is no pattern.
    pub fn only(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self(vec![patterns.into_iter().collect()])
    }

    /// No name.
    pub fn none() -> Self {
        Self(vec![Vec::new()])
    }

    /// Whether every name is in it.
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether no name can be in it.
    pub fn is_none(&self) -> bool {
        self.0.iter().any(Vec::is_empty)
    }

    /// Every pattern of its lists, as it is written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|pattern| pattern.0.as_str())
    }

    /// Whether a name is in it.
    pub fn allows(&self, name: &str) -> bool {
        self.0.iter().all(|list| list.iter().any(|pattern| pattern.matches(name)))
    }

    /// Whether something that goes by several names is in it: each list has a pattern for one of them.
    pub fn allows_one_of(&self, names: &[&str]) -> bool {
        self.0.iter().all(|list| list.iter().any(|pattern| names.iter().any(|name| pattern.matches(name))))
    }

    /// Whether no name can be in it, as far as patterns tell: two of its lists have no text in common, or of one that lists names alone none
    /// is in all the others.
    pub fn is_void(&self) -> bool {
        let apart = |one: &[Pattern], two: &[Pattern]| !one.iter().any(|a| two.iter().any(|b| a.overlaps(b)));
        let names = self.0.iter().find(|list| list.iter().all(Pattern::is_literal));
        self.is_none()
            || names.is_some_and(|list| !list.iter().any(|name| self.allows(&name.0)))
            || self.0.iter().enumerate().any(|(at, one)| self.0.iter().skip(at + 1).any(|two| apart(one, two)))
    }

    /// The names that are in both.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(other.0.iter().filter(|list| !self.0.contains(list)).cloned());
        Self(both)
    }

    /// The same, with a name wherever another one is.
    #[must_use]
    pub fn with(&self, name: &str, wherever: &str) -> Self {
        let mut lists = self.0.clone();
        let has = |list: &[Pattern], name: &str| list.iter().any(|pattern| pattern.matches(name));
        for list in lists.iter_mut().filter(|list| has(list, wherever) && !has(list, name)) {
            list.push(Pattern(name.to_owned()));
        }
        Self(lists)
    }

    /// The same, with one more entry in every list that lacks it.
    #[must_use]
    pub fn including(&self, name: &str) -> Self {
        let mut lists = self.0.clone();
        for list in lists.iter_mut().filter(|list| !list.iter().any(|pattern| pattern.matches(name))) {
            list.push(Pattern(name.to_owned()));
        }
        Self(lists)
    }

    /// The lists, for whoever shows them.
    pub fn lists(&self) -> &[Vec<Pattern>] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(patterns: &[&str]) -> Scope {
        Scope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())))
    }

    #[test]
    fn a_scope_that_met_another_has_what_both_have_and_nothing_else() {
        let both = only(&["A*", "B"]).meet(&only(&["*1", "B"]));
        for (name, inside) in [("A1", true), ("B", true), ("A2", false), ("C1", false)] {
            assert_eq!(both.allows(name), inside, "{name}");
        }
        assert_eq!(Scope::any().meet(&only(&["A"])), only(&["A"]));
        assert!(Scope::any().allows("anything") && !Scope::none().allows("anything") && !Scope::none().allows(""));
        assert!(Scope::none().meet(&Scope::any()).is_none());
        for (one, two, void) in [
            (only(&["main"]), only(&["db"]), true),
            (only(&["main"]), only(&["m*"]), false),
            (only(&["a*"]), only(&["b*"]), true),
            (only(&["a*"]), only(&["*b"]), false),
            (Scope::any(), Scope::none(), true),
            (Scope::any(), only(&["x"]), false),
            (only(&["a", "b"]).meet(&only(&["a*"])), only(&["b"]), true),
        ] {
            assert_eq!((one.meet(&two).is_void(), two.meet(&one).is_void()), (void, void), "{one:?} and {two:?}");
        }
        assert!(both.including("C1").allows("C1") && Scope::any().including("A").is_any());
    }
}
