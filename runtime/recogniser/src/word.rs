//! Words of a script, before expansion.

use std::ops::Range;

use crate::refusal::Refusal;
use crate::text::{Text, Variable};

/// A word as the shell reads it, before expansion.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) range: Range<usize>,
    pub(crate) parts: Vec<Part>,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// Text that stands for itself.
    Literal { text: String, quoted: bool },
    /// `$NAME` or `${NAME}`.
    Variable { name: String, quoted: bool, braces: bool },
    /// What only a shell can work out, and why it has no typed form.
    Opaque { range: Range<usize>, why: &'static str },
}

impl Word {
    /// The word, when it has no variables.
    pub(crate) fn literal(&self) -> Option<String> {
        self.parts.iter().map(|part| if let Part::Literal { text, .. } = part { Some(text.as_str()) } else { None }).collect()
    }

    /// What the word certainly begins with.
    pub(crate) fn prefix(&self) -> String {
        let literal = |part: &Part| if let Part::Literal { text, .. } = part { Some(text.clone()) } else { None };
        self.parts.iter().map_while(literal).collect()
    }

    /// Whether it is this word, without quotes: a keyword or an assignment is none when quoted.
    pub(crate) fn is_bare(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Literal { quoted: false, .. }))
    }

    /// The place of the first `length` bytes, where what follows could be a secret and is not to be shown.
    pub(crate) fn head(&self, length: usize, script: &str) -> Range<usize> {
        let start = self.range.start;
        let plain = |raw: &&str| !raw.contains(['\\', '"', '\'', '$', '`']);
        match script.get(start..start + length).filter(plain) {
            Some(raw) if !raw.is_empty() => start..start + length,
            // Quotes or line breaks in a name: nobody writes that, and places in the text no longer tell where it ends.
            _ => {
                let first = script.get(start..).and_then(|rest| rest.chars().next());
                start..start + first.map_or(1, char::len_utf8)
            }
        }
    }

    /// The word as text with variables.
    pub(crate) fn text(&self) -> Result<Text, Refusal> {
        let mut text = Text::default();
        for part in &self.parts {
            match part {
                Part::Literal { text: literal, .. } if has_reference(literal) => {
                    return Err(Refusal::new(
                        self.range.clone(),
                        "has a literal `$` or `%`, which a field would read as a variable",
                    ));
                }
                Part::Literal { text: literal, .. } => text.push_literal(literal),
                Part::Variable { name, quoted, braces } => {
                    text.push_variable(Variable { name: name.clone(), quoted: *quoted, braces: *braces });
                }
                Part::Opaque { range, why } => return Err(Refusal::new(range.clone(), *why)),
            }
        }
        Ok(text)
    }
}

fn has_reference(literal: &str) -> bool {
    literal.contains('$') || literal.matches('%').count() > 1
}
