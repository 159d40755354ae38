//! Conditions: `only_if`, `skip`, `allow_failures` and every other field that holds true or false.
//!
//! Operators bind, tightest first: `!`, `in`, `== != =~ !=~`, `&&`, `||`. Every value is text; what comes out in the end
//! has to read as true or false.

mod evaluate;
mod glob;
mod lex;
mod parse;
mod patterns;

pub(crate) use patterns::Patterns;

use crate::variables::Scope;
use std::ops::Range;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Invalid {
    /// Which bytes of the expression are to blame.
    pub range: Range<usize>,
    pub message: String,
    pub help: Option<String>,
}

/// Something that is probably not meant, in an expression that has a value all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspicion {
    pub range: Range<usize>,
    pub message: String,
    pub help: String,
}

/// The value of an expression, and doubts about it.
pub(crate) struct Outcome {
    pub value: bool,
    pub suspicions: Vec<Suspicion>,
}

/// What expressions may ask for.
pub(crate) struct World<'a> {
    pub scope: &'a Scope,
    pub patterns: &'a Patterns<'a>,
}

/// Evaluates an expression.
///
/// # Errors
/// When it cannot be read, or its value is neither true nor false.
pub(crate) fn evaluate(text: &str, world: &World<'_>) -> Result<Outcome, Invalid> {
    let tokens = lex::tokens(text)?;
    let tree = parse::parse(&tokens, text.len())?;
    evaluate::evaluate(&tree, text, world)
}

impl Invalid {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { range, message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

#[cfg(test)]
mod tests;
