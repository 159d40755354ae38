//! The containers that a plugin may run commands in.

use serde::Serialize;

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

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self { own: self.own && other.own, of_task: self.of_task.meet(&other.of_task) }
    }

    /// Whether a container is among them. `own` says that the plugin's own step brought it.
    pub fn allows(&self, container: &str, own: bool) -> bool {
        if own { self.own } else { self.of_task.allows(container) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

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
}
