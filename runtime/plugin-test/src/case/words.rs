//! The words of a command, as a case expects them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use windlass_model::pattern::Pattern;

use super::Text;

/// What stands for any number of words.
const ANY_WORDS: &str = "...";

/// Words to compare a command with: in each, `*` stands for any text and `?` for one character; `...` alone stands for any number of words.
#[derive(Debug, Clone)]
pub(crate) struct Words(Vec<Pattern>);

impl Words {
    /// Whether a command is meant.
    pub(crate) fn matches(&self, argv: &[String]) -> bool {
        matches(&self.0, argv)
    }
}

fn matches(patterns: &[Pattern], words: &[String]) -> bool {
    match (patterns.split_first(), words.split_first()) {
        (Some((first, rest)), _) if first.0 == ANY_WORDS => {
            // The last words decide how many stand before them; one after another is as good as one.
            (0..=words.len()).any(|skipped| matches(rest, &words[skipped..]))
        }
        (Some((first, patterns)), Some((word, words))) => first.matches(word) && matches(patterns, words),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(self.0.iter().map(|pattern| pattern.0.as_str())))
    }
}

/// Words as a case has them.
pub(crate) fn shown<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '=' | '+' | '$');
    let begins_well = |word: &str| word.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_'));
    // What YAML would take for something other than text.
    let other =
        |word: &str| ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&word.to_lowercase().as_str());
    let quoted = words.into_iter().map(|word| match word {
        _ if begins_well(word) && word.chars().all(plain) && !other(word) => word.to_owned(),
        // A JSON string is a YAML string.
        _ => serde_json::Value::from(word).to_string(),
    });
    format!("[{}]", quoted.collect::<Vec<_>>().join(", "))
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the words of a command: a list, or a text of words with spaces between them")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Words, E> {
        if text.contains(['"', '\'', '\\']) {
            return Err(E::custom("write a command that has quotes as a list of its words: [sh, -c, \"…\"]"));
        }
        words(text.split_whitespace().map(str::to_owned).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
        let mut found = Vec::new();
        while let Some(Text(word)) = items.next_element()? {
            found.push(word);
        }
        words(found)
    }
}

fn words<E: Error>(words: Vec<String>) -> Result<Words, E> {
    // Each asks the rest again, so that many of them would never come to an end.
    if words.iter().filter(|word| *word == ANY_WORDS).count() > 4 {
        return Err(E::custom(format!("`{ANY_WORDS}` may stand at most four times in a command")));
    }
    if words.is_empty() {
        return Err(E::custom("a command has at least one word"));
    }
    Ok(Words(words.into_iter().map(Pattern).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, argv: &[&str]) -> bool {
        let words: Words = serde_yaml::from_str(pattern).unwrap_or_else(|e| panic!("{e}"));
        words.matches(&argv.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_pattern_stands_for_words_and_parts_of_them() {
        assert!(matches("trivy fs .", &["trivy", "fs", "."]));
        assert!(matches("[trivy, 'f*', 1]", &["trivy", "fs", "1"]));
        assert!(!matches("trivy fs", &["trivy", "fs", "."]));
        assert!(!matches("trivy fs .", &["trivy", "fs"]));
        assert!(matches("docker build ... .", &["docker", "build", "--tag", "a b", "."]));
        assert!(matches("docker build ... .", &["docker", "build", "."]));
        assert!(!matches("docker build ... .", &["docker", "build", "--tag"]));
        assert!(matches("[..., x, ...]", &["a", "x", "b"]));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for (pattern, said) in [("[]", "at least one word"), ("sh -c 'a b'", "list of its words"), ("{a: b}", "a list")] {
            let error = serde_yaml::from_str::<Words>(pattern).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(said), "{error}");
        }
    }

    /// What is shown can be pasted into a case, and means the same.
    #[test]
    fn shown_words_are_read_as_they_were() {
        let argv = ["sh", "-c", "echo \"a b\": #x", "yes", "1", "*", "\u{e9}\n", ""];
        let text = shown(argv);
        let read: Vec<String> = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read, argv);
    }
}
