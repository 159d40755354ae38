//! What a shell makes of the value of a variable that stands without quotes: a typed step that takes the place of a script sends the same.

use std::fmt;

/// How a script hands a value on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handed {
    /// `echo $V`: its words, joined by single spaces. Backslashes stay, as with the `echo` of bash and of BusyBox.
    Words,
    /// `program $V`: its one word.
    Word,
}

/// Why nobody but the shell can tell what it would hand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotHanded {
    /// It may become names of files.
    #[error("it has a `*`, `?` or `[`, which a shell may replace by names of files")]
    Pattern,
    /// `echo` would take it for something else.
    #[error("it begins with what `echo` takes for an option")]
    Option,
    /// A program would get more arguments, or one less.
    #[error("a shell makes several words of it, or none")]
    NotOneWord,
}

impl Handed {
    /// Both, for those that ask for each.
    pub const ALL: [Self; 2] = [Self::Words, Self::Word];

    /// What is handed on of a value.
    ///
    /// # Errors
    /// When it depends on more than the value.
    pub fn of(self, value: &[u8]) -> Result<Vec<u8>, NotHanded> {
        let words: Vec<&[u8]> =
            value.split(|byte| matches!(byte, b' ' | b'\t' | b'\n')).filter(|word| !word.is_empty()).collect();
        if value.iter().any(|byte| matches!(byte, b'*' | b'?' | b'[')) {
            return Err(NotHanded::Pattern);
        }
        match self {
            Self::Words if words.first().is_some_and(|first| is_echo_option(first)) => Err(NotHanded::Option),
            Self::Word if words.len() != 1 => Err(NotHanded::NotOneWord),
            Self::Words | Self::Word => Ok(words.join(&b' ')),
        }
    }
}

fn is_echo_option(word: &[u8]) -> bool {
    word.split_first().is_some_and(|(dash, letters)| {
        *dash == b'-' && !letters.is_empty() && letters.iter().all(|letter| matches!(letter, b'n' | b'e' | b'E'))
    })
}

/// The word that stands for it behind a secret's name.
impl fmt::Display for Handed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Words => "words",
            Self::Word => "word",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_out_as_a_shell_would_hand_it_on_or_not_at_all() {
        for (value, words, word) in [
            ("hunter2", Ok("hunter2"), Ok("hunter2")),
            (" hunter2\n", Ok("hunter2"), Ok("hunter2")),
            ("{\n  \"a\": \"b\\\\n\",\t\"c\": 1\n}\n", Ok("{ \"a\": \"b\\\\n\", \"c\": 1 }"), Err(NotHanded::NotOneWord)),
            ("", Ok(""), Err(NotHanded::NotOneWord)),
            ("a\rb\u{a0}c", Ok("a\rb\u{a0}c"), Ok("a\rb\u{a0}c")),
            ("-n x", Err(NotHanded::Option), Err(NotHanded::NotOneWord)),
            ("-neE", Err(NotHanded::Option), Ok("-neE")),
            ("-x", Ok("-x"), Ok("-x")),
            ("a*", Err(NotHanded::Pattern), Err(NotHanded::Pattern)),
        ] {
            let text = |handed: Handed| handed.of(value.as_bytes()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            assert_eq!(text(Handed::Words), words.map(str::to_owned), "{value:?}");
            assert_eq!(text(Handed::Word), word.map(str::to_owned), "{value:?}");
        }
    }
}
