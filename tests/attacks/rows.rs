//! The list: who tries what, what windlass promises, and the tests that try it.

mod others;
mod outward;
mod plugin;
mod repository;
mod supply;

/// Who attacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attacker {
    /// Whoever wrote a plugin.
    Plugin,
    /// Whoever wrote the repository: a pull request, a clone, an archive.
    Repository,
    /// A command in a container: a script, a `RUN`, an image's own program.
    Container,
    /// Others who use the namespace, the engine or the machine.
    Neighbour,
    /// A registry, or an API server that answers nonsense.
    Server,
}

impl Attacker {
    /// All of them, in the page's order.
    pub const ALL: [Self; 5] = [Self::Plugin, Self::Repository, Self::Container, Self::Neighbour, Self::Server];

    /// The heading of its table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Plugin => "A plugin",
            Self::Repository => "A repository",
            Self::Container => "A command in a container",
            Self::Neighbour => "A neighbour",
            Self::Server => "A server",
        }
    }
}

/// One attack.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Who.
    pub by: Attacker,
    /// What is tried, for whoever reads the page.
    pub attack: &'static str,
    /// What happens instead.
    pub promise: &'static str,
    /// The powers and settings that it attacks: `power pod`, `setting secrets`.
    pub covers: &'static [&'static str],
    /// The tests that try it, as `FILE::TEST`.
    pub tests: &'static [&'static str],
}

/// Every attack.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [plugin::ROWS, outward::ROWS, repository::ROWS, others::ROWS, supply::ROWS].into_iter().flatten()
}
