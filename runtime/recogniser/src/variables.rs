//! Variables that a script sets itself. A plain value is filled in; any other makes its uses refusals.

use std::collections::HashMap;

use crate::lex::name_length;
use crate::word::{Part, Word};

/// The variables of one script so far.
#[derive(Debug, Default)]
pub(crate) struct Variables(HashMap<String, Value>);

#[derive(Debug)]
enum Value {
    Known(Vec<Part>),
    Unknown(&'static str),
}

/// A longer value is not filled in: values that hold each other could grow without end. Bytes.
const LONGEST: usize = 4096;

/// `NAME=value`: the name, and the word behind the sign.
pub(crate) fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Literal { text, quoted: false }) = word.parts.first() else { return None };
    let (name, rest) = text.split_once('=')?;
    if name.is_empty() || name_length(name) != name.len() {
        return None;
    }
    let mut parts = vec![Part::Literal { text: rest.to_owned(), quoted: false }];
    parts.extend(word.parts.iter().skip(1).cloned());
    Some((name.to_owned(), Word { range: word.range.clone(), parts }))
}

impl Variables {
    /// Notes an assignment. What is assigned has been filled in already.
    pub(crate) fn assign(&mut self, name: String, value: &Word) {
        let opaque = |part: &Part| if let Part::Opaque { why, .. } = part { Some(*why) } else { None };
        let length: usize =
            value.parts.iter().map(|part| if let Part::Literal { text, .. } = part { text.len() } else { 8 }).sum();
        let value = match value.parts.iter().find_map(opaque) {
            Some(_) => Value::Unknown("is set in this script to what only a shell can work out"),
            None if length > LONGEST => Value::Unknown("is set in this script to a very long text"),
            None => Value::Known(value.parts.clone()),
        };
        self.0.insert(name, value);
    }

    /// Notes that a variable gets a value that cannot be known here.
    pub(crate) fn taint(&mut self, name: &str, why: &'static str) {
        self.0.insert(name.to_owned(), Value::Unknown(why));
    }

    /// Fills in what this script, or a step before it, has set.
    pub(crate) fn fill(&self, word: &Word) -> Word {
        let mut parts = Vec::with_capacity(word.parts.len());
        for part in &word.parts {
            let Part::Variable { name, quoted, .. } = part else {
                parts.push(part.clone());
                continue;
            };
            match self.0.get(name) {
                None => parts.push(part.clone()),
                Some(Value::Unknown(why)) => parts.push(Part::Opaque { range: word.range.clone(), why }),
                Some(Value::Known(value)) => parts.extend(value.iter().map(|part| used(part, *quoted, word))),
            }
        }
        Word { range: word.range.clone(), parts }
    }
}

/// A part of a value where it is used: without quotes a shell splits it at spaces.
fn used(part: &Part, in_quotes: bool, word: &Word) -> Part {
    match part {
        Part::Literal { text, .. } if !in_quotes && text.contains(|c: char| c.is_whitespace() || "*?[".contains(c)) => {
            Part::Opaque { range: word.range.clone(), why: "becomes several words, since it has no quotes" }
        }
        Part::Literal { text, .. } => Part::Literal { text: text.clone(), quoted: true },
        Part::Variable { name, braces, .. } => Part::Variable { name: name.clone(), quoted: in_quotes, braces: *braces },
        opaque @ Part::Opaque { .. } => opaque.clone(),
    }
}
