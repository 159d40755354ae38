//! The containers that a plugin may run commands in.

use serde::Serialize;

use crate::pattern::Pattern;
use crate::pod::MAIN;
use crate::scope::Scope;

/// The containers that a plugin may run commands in.
///
/// The two kinds are different powers. Who runs commands in a container of the task can see the task's secrets, whatever else it was
/// granted. A container that the plugin brought itself holds nothing but what the plugin passes to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerScope {
    /// Those that its own step brought.
    pub own: bool,
    /// Those of the task, `main` among them, and those that other steps brought, by name.
    pub of_task: Scope,
}

impl ContainerScope {
    /// The word for containers that the plugin brings.
    pub const OWN: &str = "own";

    /// All of them.
    pub fn any() -> Self {
        Self { own: true, of_task: Scope::any() }
    }

    /// Only those that the plugin brings.
    pub fn own() -> Self {
        Self { own: true, of_task: Scope::none() }
    }

    /// Those of a list as manifests and settings write it: [`Self::OWN`], and names and patterns of the task's.
    pub fn of_words(words: impl IntoIterator<Item = Pattern>) -> Self {
        let (own, of_task): (Vec<Pattern>, Vec<Pattern>) = words.into_iter().partition(|word| word.0 == Self::OWN);
        Self { own: !own.is_empty(), of_task: Scope::only(of_task) }
    }

    /// What a manifest's limit comes to in one step: its `main` is the container that the step runs in, which a task file may choose with
    /// `container:`.
    #[must_use]
    pub fn for_step(&self, container: &str) -> Self {
        Self { own: self.own, of_task: self.of_task.with(container, MAIN) }
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self { own: self.own && other.own, of_task: self.of_task.meet(&other.of_task) }
    }

    /// The same, with one more container.
    #[must_use]
    pub fn including(&self, container: &str, own: bool) -> Self {
        let of_task = if own { self.of_task.clone() } else { self.of_task.including(container) };
        Self { own: self.own || own, of_task }
    }

    /// Whether it is no limit at all: what a plugin asks for whose manifest does not say which it needs.
    pub fn is_any(&self) -> bool {
        self.own && self.of_task.is_any()
    }

    /// Whether no container can be among them.
    pub fn is_void(&self) -> bool {
        !self.own && self.of_task.is_void()
    }

    /// Whether a grant keeps something back that a plugin which asks for this cannot do without. Its own containers and the task's are
    /// different powers: of each that a manifest names, something has to be granted; its own ones where it `brings` some.
    pub fn lacks(&self, granted: &Self, brings: bool) -> bool {
        let met = self.meet(granted);
        let task = !self.of_task.is_void() && met.of_task.is_void();
        let own = self.own && brings && !granted.own;
        !self.is_void() && (met.is_void() || !self.is_any() && (task || own))
    }

    /// Whether a container is among them. `own` says that the plugin's own step brought it.
    pub fn allows(&self, container: &str, own: bool) -> bool {
        if own { self.own } else { self.of_task.allows(container) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(patterns: &[&str]) -> Scope {
        Scope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())))
    }

    #[test]
    fn a_container_of_the_task_and_one_of_the_plugin_are_different_powers() {
        let own = ContainerScope::own();
        assert!(own.allows("kaniko", true) && !own.allows("kaniko", false) && !own.allows("main", false));
        let main = ContainerScope { own: false, of_task: only(&["main"]) };
        assert!(main.allows("main", false) && !main.allows("db", false) && !main.allows("kaniko", true));
        let met = own.meet(&main);
        assert!(!met.allows("main", false) && !met.allows("kaniko", true));
    }

    /// What a manifest names it is sure to use; a plugin whose manifest names nothing may do with less.
    #[test]
    fn of_each_kind_that_a_manifest_names_something_has_to_be_granted() {
        let words = |words: &[&str]| ContainerScope::of_words(words.iter().map(|word| Pattern((*word).to_owned())));
        for (asked, granted, brings, lacks) in [
            (words(&["main"]), ContainerScope::own(), false, true),
            (words(&["main"]), words(&["db"]), false, true),
            (words(&["main"]), words(&["m*"]), false, false),
            (words(&["own"]), words(&["main"]), true, true),
            (words(&["own", "main"]), ContainerScope::own(), true, true),
            (words(&["own", "main"]), words(&["main"]), true, true),
            (words(&["own", "main"]), words(&["main"]), false, false),
            (ContainerScope::any(), ContainerScope::own(), true, false),
            (ContainerScope::any(), words(&["main"]), true, false),
            (ContainerScope::any(), words(&[]), true, true),
            (words(&[]), words(&[]), true, false),
        ] {
            assert_eq!(asked.lacks(&granted, brings), lacks, "{asked:?} of {granted:?}");
        }
    }

    /// A platform's `main` stays what it says: only the manifest's moves.
    #[test]
    fn main_in_a_manifest_is_where_the_step_runs() {
        let word = |word: &str| Pattern(word.to_owned());
        let asked = ContainerScope::of_words([word("own"), word("main")]).for_step("db");
        assert!(
            asked.allows("db", false) && asked.allows("main", false) && asked.allows("x", true) && !asked.allows("other", false)
        );
        let own = ContainerScope::of_words([word("own")]);
        assert_eq!((own.clone(), own.for_step("db")), (ContainerScope::own(), ContainerScope::own()));
        let granted = ContainerScope::of_words([word("main")]);
        assert!(!asked.meet(&granted).allows("db", false) && asked.meet(&granted).allows("main", false));
    }
}
