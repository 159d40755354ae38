//! Patterns of files in the working copy, as settings and manifests write them.

use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

/// Files by their paths from the root of the working copy. `*` and `?` stop at `/`; `**` does not: `go.mod` is the one in the root,
/// `*/go.mod` one below a directory of the root, `**/go.mod` every one.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    text: String,
    matcher: GlobMatcher,
}

/// Why a text is no pattern of files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPathPattern {
    /// It names nothing, or something outside of the working copy.
    #[error(
        "`{0}` is not a path from the root of the working copy; write it without a `/` at the beginning or the end, and without `.` and `..`"
    )]
    NotBelow(String),
    /// It is not written as patterns are.
    #[error("`{text}` is not a file pattern: {reason}")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When it can name no file of a working copy, or is not written as patterns are.
    pub fn parse(text: &str) -> Result<Self, InvalidPathPattern> {
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidPathPattern::NotBelow(text.to_owned()));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
        let glob =
            glob.map_err(|error| InvalidPathPattern::Syntax { text: text.to_owned(), reason: error.kind().to_string() })?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    /// Whether a file is meant, by its path in the one form that it has ([`crate::path::normal`]).
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it begins with before anything stands for something else.
    pub fn literal(&self) -> &str {
        self.text.split(['*', '?', '[', '{', '\\']).next().unwrap_or_default()
    }
}

impl PathPattern {
    /// Whether there can be a file that both match, as far as their beginnings and ends tell: only what is plainly apart is not.
    pub fn may_overlap(&self, other: &Self) -> bool {
        const SPECIAL: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];
        let literal = |pattern: &Self| !pattern.text.contains(SPECIAL);
        match (literal(self), literal(other)) {
            (true, _) => other.matches(&self.text),
            (_, true) => self.matches(&other.text),
            (false, false) => {
                let end = |pattern: &Self| pattern.text.rsplit(SPECIAL).next().unwrap_or_default().to_owned();
                let (one, two) = (self.literal(), other.literal());
                let (one_end, two_end) = (end(self), end(other));
                (one.starts_with(two) || two.starts_with(one)) && (one_end.ends_with(&two_end) || two_end.ends_with(&one_end))
            }
        }
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for PathPattern {}

impl fmt::Debug for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PathPattern").field(&self.text).finish()
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<PathPattern> for String {
    fn from(pattern: PathPattern) -> Self {
        pattern.text
    }
}

impl TryFrom<String> for PathPattern {
    type Error = InvalidPathPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_directory_and_two_do_not() {
        for (pattern, path, expected) in [
            ("go.mod", "go.mod", true),
            ("go.mod", "a/go.mod", false),
            ("*.mod", "a/go.mod", false),
            ("**/go.mod", "go.mod", true),
            ("**/go.mod", "a/b/go.mod", true),
            ("src/**", "src/a/b", true),
            ("src/**", "srcs/a", false),
            ("src/?", "src/a/b", false),
            ("{a,b}/c", "b/c", true),
            ("**", ".git/config", true),
            ("*", ".git/config", false),
        ] {
            let matched = PathPattern::parse(pattern).is_ok_and(|pattern| pattern.matches(path));
            assert_eq!(matched, expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn patterns_that_are_plainly_apart_have_no_file_in_common() {
        for (one, two, expected) in [
            ("go.mod", "**/go.mod", true),
            ("go.mod", "go.sum", false),
            ("src/**", "lib/**", false),
            ("src/**", "src/*.rs", true),
            ("**/*.rs", "**/*.go", false),
            ("{a,b}/c", "b/*", true),
            ("a.c", "*.rs", false),
        ] {
            let pattern = |text: &str| PathPattern::parse(text).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(pattern(one).may_overlap(&pattern(two)), expected, "{one} and {two}");
            assert_eq!(pattern(two).may_overlap(&pattern(one)), expected, "{two} and {one}");
        }
    }

    #[test]
    fn what_can_name_no_file_of_the_working_copy_is_refused() {
        for text in ["", "/etc/passwd", "../x", "a/../b", "./a", "src/", "a//b"] {
            assert!(matches!(PathPattern::parse(text), Err(InvalidPathPattern::NotBelow(_))), "{text}");
        }
        assert!(matches!(PathPattern::parse("a[b"), Err(InvalidPathPattern::Syntax { .. })));
    }
}
