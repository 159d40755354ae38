//! Patterns of files, as artifacts name them: `dist/**/*.{jar,war}`.
//!
//! A pattern is told apart at its slashes, so that whoever walks a directory looks into no other than those that can hold a match. In a part,
//! `*` stands for any characters, `?` for one, `[a-z]` and `[!a-z]` for one of a set, `{a,b}` for one of several texts, `\` takes the next
//! character as it is; names that begin with a dot are no exception. `**` as a part of its own stands for any number of directories.

mod part;

use std::fmt;

use serde::{Deserialize, Serialize};

use part::Part;

/// The longest pattern, in bytes.
pub const LONGEST: usize = 4096;

/// A pattern of files below a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Glob {
    text: String,
    steps: Vec<Step>,
}

/// What one part of a pattern stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `**`: any number of directories, none included.
    Any,
    /// This very name.
    Name(String),
    /// Every name that matches.
    Like(Like),
}

/// A part with something in it that stands for something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like(Vec<Part>);

/// A text that is no pattern of files below a directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidGlob {
    /// It names nothing.
    #[error("a pattern of files is empty")]
    Empty,
    /// It is longer than a path can be.
    #[error("a pattern of files has more than {LONGEST} bytes")]
    TooLong,
    /// It leads out of the directory.
    #[error("`{0}` leads out of the working directory")]
    Outside(String),
    /// It begins at the root, and the directory is not known here.
    #[error("`{0}` is not below the working directory")]
    Absolute(String),
    /// It is not written as patterns are.
    #[error("`{text}` is not a pattern of files: {reason}")]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl Glob {
    /// Reads a pattern of files below a directory. `.` and `..` are taken away as far as they stay in it.
    ///
    /// # Errors
    /// When it is empty or too long, begins with a slash, leads out of the directory, or has a bracket or brace without its other half.
    pub fn parse(text: &str) -> Result<Self, InvalidGlob> {
        if text.len() > LONGEST {
            return Err(InvalidGlob::TooLong);
        }
        if text.starts_with('/') {
            return Err(InvalidGlob::Absolute(text.to_owned()));
        }
        let syntax = |reason| InvalidGlob::Syntax { text: text.to_owned(), reason };
        let mut steps = Vec::new();
        for word in words(text) {
            match word {
                "" | "." => {}
                ".." if steps.pop().is_none() => return Err(InvalidGlob::Outside(text.to_owned())),
                ".." => {}
                // Twice in a row they stand for no more than once.
                "**" if steps.last() == Some(&Step::Any) => {}
                "**" => steps.push(Step::Any),
                word => steps.push(Like::parse(word).map_err(syntax)?),
            }
        }
        if steps.is_empty() { Err(InvalidGlob::Empty) } else { Ok(Self { text: text.to_owned(), steps }) }
    }

    /// Reads a pattern of files below `directory`, which may begin with it.
    ///
    /// # Errors
    /// As [`Glob::parse`], and when it is absolute and not below the directory.
    pub fn below(directory: &str, text: &str) -> Result<Self, InvalidGlob> {
        if !text.starts_with('/') {
            return Self::parse(text);
        }
        let outside = || InvalidGlob::Absolute(text.to_owned());
        let (directory, path) = (plain(directory), plain(text));
        let rest = path.strip_prefix(directory.as_slice()).ok_or_else(outside)?;
        Self::parse(&rest.join("/"))
    }

    /// Its parts, at least one.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The parts between the slashes that are not inside of braces.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut depth, mut escaped) = (Vec::new(), 0, 0_usize, false);
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                words.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&text[start..]);
    words
}

/// The parts of an absolute path, without those that say nothing.
fn plain(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for word in words(path) {
        match word {
            "" | "." => {}
            ".." => drop(parts.pop()),
            word => parts.push(word),
        }
    }
    parts
}

impl Like {
    fn parse(word: &str) -> Result<Step, &'static str> {
        let parts = part::parse(word)?;
        match part::name(&parts) {
            Some(name) if matches!(name.as_str(), "." | "..") => Err("write `.` and `..` as they are"),
            Some(name) => Ok(Step::Name(name)),
            None => Ok(Step::Like(Self(parts))),
        }
    }

    /// Whether a name matches.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        part::matches(&self.0, name)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Glob {
    type Error = InvalidGlob;

    fn try_from(text: String) -> Result<Self, InvalidGlob> {
        Self::parse(&text)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.text
    }
}

#[cfg(test)]
mod tests;
