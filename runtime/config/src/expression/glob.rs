//! Path patterns of `changesInclude`, in the form that Java's file systems read: `*` stays inside a directory, `**` does not,
//! `{a,b}` is a choice.

use regex::{Regex, RegexBuilder};

/// Compiles a pattern that a whole path has to match.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&translate(pattern)).dot_matches_new_line(true).size_limit(1024 * 1024).build()
}

/// What every matching path starts with.
pub(super) fn literal_start(pattern: &str) -> &str {
    pattern.split(['*', '?', '[', ']', '{', '}', ',', '\\']).next().unwrap_or_default()
}

fn translate(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut chars = pattern.chars().peekable();
    let mut group = false;
    while let Some(char) = chars.next() {
        match char {
            // `**/x` is `x` in any directory but the top one: the `/` has to be there.
            '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' if !group => {
                group = true;
                out.push_str("(?:");
            }
            '}' if group => {
                group = false;
                out.push(')');
            }
            ',' if group => out.push('|'),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push('^');
                }
            }
            ']' => out.push(']'),
            '-' => out.push('-'),
            '\\' => out.extend(chars.next().map(|next| regex::escape(&next.to_string()))),
            _ => out.push_str(&regex::escape(&char.to_string())),
        }
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::{compile, literal_start};

    #[test]
    fn patterns_match_as_java_reads_them() {
        for (pattern, path, expected) in [
            ("*.md", "README.md", true),
            ("*.md", "docs/README.md", false),
            ("**.md", "docs/README.md", true),
            ("**/*.md", "README.md", false),
            ("**/*.md", "docs/README.md", true),
            ("**/README.md", "README.md", false),
            ("**README.md", "README.md", true),
            ("a/**/b", "a/b", false),
            ("a/**/b", "a/x/y/b", true),
            ("docs/**", "docs/a/b.txt", true),
            ("docs/**", "src/docs", false),
            ("{a,b}/*.rs", "b/x.rs", true),
            ("[!a]/x", "b/x", true),
            ("a.c", "abc", false),
            ("src/?.rs", "src/a.rs", true),
        ] {
            let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn the_start_of_a_pattern_is_what_has_one_meaning() {
        for (pattern, start) in [("a/b/**", "a/b/"), ("*.md", ""), ("a.c", "a.c"), ("x[ab]", "x"), ("a\\*b", "a"), ("a,b", "a")] {
            assert_eq!(literal_start(pattern), start);
        }
    }
}
