//! The files of the working copy that a plugin may read or change.

use serde::Serialize;

use crate::path_pattern::PathPattern;

/// Files of the working copy, by their paths from its root: those that each limit allows. Some files are kept from every grant that does not
/// name them: what Git ignores and Git's own from readers, and what decides what windlass and Git do on the host from writers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PathScope(Vec<PathLimit>);

/// One limit of a [`PathScope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathLimit {
    /// All but those that are kept.
    Ordinary,
    /// Those that one of these patterns matches; one that is kept only when it is named in full.
    Only(Vec<PathPattern>),
}

impl Default for PathScope {
    /// All but those that are kept.
    fn default() -> Self {
        Self(vec![PathLimit::Ordinary])
    }
}

impl PathScope {
    /// Every file: what a plugin asks for that sets itself no limit, so that the grant alone decides.
    pub fn all() -> Self {
        Self(Vec::new())
    }

    /// Those that one of these patterns matches.
    pub fn only(patterns: impl IntoIterator<Item = PathPattern>) -> Self {
        Self(vec![PathLimit::Only(patterns.into_iter().collect())])
    }

    /// The limits, for whoever shows them.
    pub fn limits(&self) -> &[PathLimit] {
        &self.0
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(other.0.iter().filter(|limit| !self.0.contains(limit)).cloned());
        Self(both)
    }

    /// The same, with one more file in every limit that refuses it, also when it is kept.
    #[must_use]
    pub fn with(&self, path: &str) -> Self {
        let one = |limit: &PathLimit| {
            let Ok(more) = PathPattern::parse(path) else { return limit.clone() };
            let mut patterns = match limit {
                // A wildcard stands for the ordinary ones alone.
                PathLimit::Ordinary => PathPattern::parse("**").into_iter().collect(),
                PathLimit::Only(patterns) => patterns.clone(),
            };
            if !patterns.contains(&more) {
                patterns.push(more);
            }
            PathLimit::Only(patterns)
        };
        Self(self.0.iter().map(one).collect())
    }

    /// Whether no file can be among them, as far as patterns tell.
    pub fn is_void(&self) -> bool {
        let only = |limit: &PathLimit| match limit {
            PathLimit::Only(patterns) => Some(patterns.clone()),
            PathLimit::Ordinary => None,
        };
        let lists: Vec<Vec<PathPattern>> = self.0.iter().filter_map(only).collect();
        let apart = |one: &[PathPattern], two: &[PathPattern]| !one.iter().any(|a| two.iter().any(|b| a.may_overlap(b)));
        lists.iter().any(Vec::is_empty)
            || lists.iter().enumerate().any(|(at, one)| lists.iter().skip(at + 1).any(|two| apart(one, two)))
    }

    /// Whether a file is among them. The path has one form ([`crate::path::normal`]); `kept` says that only its full name will do.
    pub fn allows(&self, path: &str, kept: bool) -> bool {
        self.0.iter().all(|limit| match limit {
            PathLimit::Ordinary => !kept,
            PathLimit::Only(patterns) if kept => patterns.iter().any(|pattern| pattern.as_str() == path),
            PathLimit::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(path)),
        })
    }

    /// Whether files below a directory can be among them.
    pub fn leads_below(&self, directory: &str, kept: bool) -> bool {
        let below = format!("{directory}/");
        self.0.iter().all(|limit| match limit {
            PathLimit::Ordinary => !kept,
            PathLimit::Only(patterns) => patterns.iter().any(|pattern| {
                let literal = pattern.literal();
                let whole = literal == pattern.as_str();
                literal.starts_with(&below) && (whole || !kept) || !whole && !kept && below.starts_with(literal)
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(patterns: &[&str]) -> PathScope {
        PathScope::only(patterns.iter().map(|pattern| PathPattern::parse(pattern).unwrap_or_else(|e| panic!("{e}"))))
    }

    /// A plugin that names a secret file in its manifest gets it from nobody who granted the power without looking.
    #[test]
    fn a_kept_file_is_reached_only_when_every_side_names_it() {
        let ordinary = PathScope::default();
        assert!(ordinary.allows("src/a.c", false) && !ordinary.allows(".env", true));
        assert!(only(&["**"]).allows("src/a.c", false) && !only(&["*"]).allows("src/a.c", false));
        assert!(!only(&["*"]).allows(".env", true) && only(&[".env"]).allows(".env", true));
        assert!(!only(&[".env"]).meet(&ordinary).allows(".env", true));
        assert!(!only(&[".env"]).meet(&only(&["*"])).allows(".env", true));
        assert!(only(&[".env"]).meet(&only(&["a", ".env"])).allows(".env", true));
        assert!(
            PathScope::all().meet(&only(&[".env"])).allows(".env", true)
                && !PathScope::all().meet(&ordinary).allows(".env", true)
        );
    }

    #[test]
    fn lists_without_a_file_in_common_come_to_nothing() {
        assert!(only(&["go.mod"]).meet(&only(&["src/**"])).is_void() && only(&[]).is_void());
        assert!(
            !only(&["go.mod"]).meet(&only(&["*"])).is_void() && !PathScope::all().is_void() && !PathScope::default().is_void()
        );
    }

    #[test]
    fn a_directory_is_seen_when_something_below_it_may_be() {
        for (patterns, directory, kept, expected) in [
            (&["src/*"][..], "src", false, true),
            (&["src/**"], "src/deep", false, true),
            (&["**/go.mod"], "src/deep", false, true),
            (&["{src,lib}/*"], "lib", false, true),
            (&["src/*"], "other", false, false),
            (&["src/deep/a.c"], "src", false, true),
            (&["src/deep/a.c"], "srcs", false, false),
            (&["*"], ".git", true, false),
            (&[".git/config"], ".git", true, true),
            (&[".git/*"], ".git", true, false),
        ] {
            assert_eq!(only(patterns).leads_below(directory, kept), expected, "{patterns:?} and {directory}");
        }
    }
}
