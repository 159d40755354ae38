//! What a language makes of YAML.

/// What a language makes of YAML where YAML itself leaves it open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// What becomes of a key that a map has and a merge brings too.
    pub meeting: fn(&str) -> Meeting,
    /// Under which keys a list of maps is expected, so that a list behind `<<` is not several maps to merge.
    pub holds_list: fn(&str) -> bool,
    /// Whether `~`, `null` and nothing at all are left out of lists.
    pub drops_nulls: bool,
}

/// What becomes of a key that a map has and `<<` brings too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meeting {
    /// The map's own key counts, and of two merges the first.
    OwnCounts,
    /// What is brought is dropped when the key stands above; a key further down stays beside it.
    FirstCounts,
    /// Both stay, each at its place.
    BothCount,
}
