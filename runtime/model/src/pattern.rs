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

    /// Whether there is a text that both match.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (one, two): (Vec<char>, Vec<char>) = (self.0.chars().collect(), other.0.chars().collect());
        // Whether what is left of `two` from each place on has a text in common with what is left of `one`, from its end to its beginning.
        let mut after = vec![false; two.len() + 1];
        for at in (0..=one.len()).rev() {
            let mut here = vec![false; two.len() + 1];
            for with in (0..=two.len()).rev() {
                let further = |row: &[bool], place: usize| row.get(place).copied().unwrap_or(false);
                here[with] = match (one.get(at), two.get(with)) {
                    (None, None) => true,
                    // A star stands for nothing, or for one more character of the other side.
                    (Some('*'), _) => after[with] || further(&here, with + 1),
                    (_, Some('*')) => further(&here, with + 1) || at < one.len() && after[with],
                    (Some(a), Some(b)) => (a == b || *a == '?' || *b == '?') && further(&after, with + 1),
                    (None, Some(_)) | (Some(_), None) => false,
                };
            }
            after = here;
        }
        after[0]
    }

    /// Whether it stands for one text alone.
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
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
    fn patterns_overlap_where_one_text_matches_both() {
        for (one, two, expected) in [
            ("main", "main", true),
            ("main", "db", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*", "main", true),
            ("a*", "*b", true),
            ("a*c", "ab*", true),
            ("a*", "b*", false),
            ("*a", "*b", false),
            ("a?c", "ab?", true),
            ("a?c", "a?d", false),
            ("?", "", false),
            ("?*", "*", true),
            ("*x*", "a*b", true),
            ("a", "ab*", false),
        ] {
            let (one, two) = (Pattern(one.to_owned()), Pattern(two.to_owned()));
            assert_eq!(one.overlaps(&two), expected, "{one:?} and {two:?}");
            assert_eq!(two.overlaps(&one), expected, "{two:?} and {one:?}");
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
