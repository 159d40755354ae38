//! Patterns of names, as settings and manifests write them.

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

/// Text to compare with, in which `*` stands for any text and `?` for any one character.
///
/// `*` does not stop at `/`: `gcr.io/team/*` is every image of the team, `gcr.io/team*` also those of `gcr.io/team-other`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(pub String);

impl Pattern {
    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        WildMatch::new(&self.0).matches(text)
    }

    /// Whether a path matches. No wildcard stands for the way out of a directory: a `..` is matched only by a pattern that begins with it.
    pub fn matches_path(&self, path: &str) -> bool {
        let inner = path.trim_start_matches("../");
        let up = &path[..path.len() - inner.len()];
        !inner.split('/').any(|part| part == "..") && self.0.starts_with(up) && self.matches(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wildcard_leads_out_of_a_directory() {
        for (pattern, path, expected) in [
            ("./plugins/*", "./plugins/a/b.wasm", true),
            ("./plugins/*", "./plugins/../evil.wasm", false),
            ("*", "../evil.wasm", false),
            ("*.wasm", "../evil.wasm", false),
            ("../common/*", "../common/a.wasm", true),
            ("../*", "../../a.wasm", false),
            ("*", "a..b/c.wasm", true),
        ] {
            assert_eq!(Pattern(pattern.to_owned()).matches_path(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("docker:*", "docker:dind", true),
            ("docker", "docker:dind", false),
            ("gcr.io/team/*", "gcr.io/team/a/b:1", true),
            ("gcr.io/team/*", "gcr.io/team-other/a", false),
            ("*_KEY", "A_KEY_KEY", true),
            ("*a*b*c", "xxaxxbxxbc", true),
            ("*a*b*c", "xxaxxcb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("", "a", false),
            ("a**b", "ab", true),
            ("ä?", "äö", true),
            ("*?", "", false),
        ] {
            assert_eq!(Pattern(pattern.to_owned()).matches(text), expected, "{pattern} on {text}");
        }
    }
}
