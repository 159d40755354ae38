//! Why a script has no typed form.

use std::ops::Range;

/// A word of a script that has no typed form, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The word, in bytes of the script.
    pub range: Range<usize>,
    /// Why, to be read behind the word: "has no typed form".
    pub reason: String,
    /// What to write instead, when that is known.
    pub help: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(range: Range<usize>, reason: impl Into<String>) -> Self {
        Self { range, reason: reason.into(), help: None }
    }

    pub(crate) fn no_form(range: Range<usize>) -> Self {
        Self::new(range, "has no typed form")
    }

    pub(crate) fn help(mut self, help: &'static str) -> Self {
        self.help = Some(help);
        self
    }

    /// The word as it stands in the script, on one line. A space that no shell takes for one can be seen.
    pub fn word(&self, script: &str) -> String {
        let word = script.get(self.range.clone()).unwrap_or_default().replace("\\\n", " ");
        let visible = |c: char| if c.is_whitespace() { c.escape_unicode().to_string() } else { c.to_string() };
        word.split([' ', '\t', '\n'])
            .filter(|part| !part.is_empty())
            .map(|part| part.chars().map(visible).collect::<String>())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The one-based line of the word in the script.
    pub fn line(&self, script: &str) -> usize {
        script.get(..self.range.start).unwrap_or_default().matches('\n').count() + 1
    }
}
