//! The value of a tree.

use super::parse::{Operator, Shape, Tree};
use super::{Invalid, Outcome, Suspicion, World, glob};
use crate::variables::{Binding, Expanded};
use regex::{Regex, RegexBuilder};

/// Memory a regular expression may take when compiled, in bytes. Real ones take a few kilobytes.
const REGEX_SIZE: usize = 64 * 1024;

pub(super) fn evaluate(tree: &Tree, text: &str, world: &World<'_>) -> Result<Outcome, Invalid> {
    let mut evaluation = Evaluation { world, suspicions: Vec::new() };
    let value = evaluation.truth(tree, text)?;
    Ok(Outcome { value, suspicions: evaluation.suspicions })
}

struct Evaluation<'a> {
    world: &'a World<'a>,
    suspicions: Vec<Suspicion>,
}

impl Evaluation<'_> {
    fn truth(&mut self, tree: &Tree, text: &str) -> Result<bool, Invalid> {
        let value = self.value(tree, text)?;
        match value.trim() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => return Ok(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => return Ok(false),
            _ => {}
        }
        let source = text.get(tree.range.clone()).unwrap_or_default();
        let shown: String = value.chars().take(40).collect();
        Err(match &tree.shape {
            Shape::Variable(name) if value.is_empty() => {
                Invalid::new(tree.range.clone(), format!("`{name}` is not set, so this is neither true nor false"))
                    .help(format!("compare it: `{source} != ''`, or give it: -e {name}=true"))
            }
            _ => Invalid::new(tree.range.clone(), format!("`{shown}` is neither true nor false"))
                .help("compare values with `==`, `!=`, `=~` or `in`"),
        })
    }

    fn value(&mut self, tree: &Tree, text: &str) -> Result<String, Invalid> {
        match &tree.shape {
            Shape::Text(value) => Ok(value.clone()),
            Shape::Variable(name) => self.variable(name, tree),
            Shape::Not(operand) => Ok((!self.truth(operand, text)?).to_string()),
            Shape::Call(name, arguments) => self.call(name, arguments, tree, text),
            Shape::Binary(operator, left, right) => self.binary(*operator, left, right, text),
        }
    }

    fn variable(&self, name: &str, tree: &Tree) -> Result<String, Invalid> {
        match self.world.scope.get(name) {
            None => Ok(String::new()),
            // Set, but to something nobody here knows: good enough for `$TOKEN != ''`.
            Some(Binding::Secret) => Ok("ENCRYPTED".to_owned()),
            Some(Binding::Text(value)) => match self.world.scope.expand(value) {
                Expanded::Text(value) => Ok(value),
                Expanded::TooLong => {
                    Err(Invalid::new(tree.range.clone(), format!("`{name}` grows beyond all bounds when expanded")))
                }
            },
        }
    }

    fn binary(&mut self, operator: Operator, left: &Tree, right: &Tree, text: &str) -> Result<String, Invalid> {
        let value = match operator {
            Operator::And => {
                let (left, right) = (self.truth(left, text)?, self.truth(right, text)?);
                left && right
            }
            Operator::Or => {
                let (left, right) = (self.truth(left, text)?, self.truth(right, text)?);
                left || right
            }
            Operator::Equal => self.equal(left, right, text)?,
            Operator::Differs => !self.equal(left, right, text)?,
            Operator::Matches => self.matches(left, right, text)?,
            Operator::MatchesNot => !self.matches(left, right, text)?,
            Operator::In => {
                let (needle, hay) = (self.value(left, text)?, self.value(right, text)?);
                hay.contains(&needle)
            }
        };
        Ok(value.to_string())
    }

    fn equal(&mut self, left: &Tree, right: &Tree, text: &str) -> Result<bool, Invalid> {
        for side in [left, right] {
            if matches!(&side.shape, Shape::Text(value) if value.contains('*')) {
                self.suspicions.push(Suspicion {
                    range: side.range.clone(),
                    message: "`==` and `!=` compare letter by letter, so `*` stands for itself here".to_owned(),
                    help: "use `=~` with a regular expression: `$CIRRUS_BRANCH =~ 'release/.*'`".to_owned(),
                });
            }
        }
        Ok(self.value(left, text)? == self.value(right, text)?)
    }

    /// The whole value has to match; `.` takes line breaks too, and case does not count.
    fn matches(&mut self, left: &Tree, right: &Tree, text: &str) -> Result<bool, Invalid> {
        let value = self.value(left, text)?;
        let pattern = self.value(right, text)?;
        self.pay(&pattern, value.len(), right)?;
        let regex = whole(&pattern).map_err(|error| unreadable(right, &pattern, &error))?;
        Ok(regex.is_match(&value))
    }

    /// Takes the cost of a match from the file's budget. A counted repetition makes a pattern as large as it may get.
    fn pay(&self, pattern: &str, length: usize, place: &Tree) -> Result<(), Invalid> {
        let steps = if pattern.contains('{') { 4096 } else { pattern.len() + 16 };
        let cost = 1000 + steps.saturating_mul(16) + steps.saturating_mul(length) / 8;
        if self.world.scope.budget().spend(cost) {
            Ok(())
        } else {
            Err(Invalid::new(place.range.clone(), "the patterns of this file take too long altogether"))
        }
    }

    fn call(&mut self, name: &str, arguments: &[Tree], tree: &Tree, text: &str) -> Result<String, Invalid> {
        let only = match name {
            "changesInclude" => false,
            "changesIncludeOnly" => true,
            _ => {
                return Err(Invalid::new(tree.range.clone(), format!("there is no function `{name}`"))
                    .help("there are changesInclude('glob', …) and changesIncludeOnly('glob', …)"));
            }
        };
        if arguments.is_empty() {
            return Err(Invalid::new(tree.range.clone(), format!("`{name}` needs at least one path pattern")));
        }
        let mut patterns = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let pattern = self.value(argument, text)?;
            let length = self.world.changed_files.map_or(0, |files| files.iter().map(String::len).sum());
            self.pay(&pattern, length, argument)?;
            patterns.push(glob::compile(&pattern).map_err(|error| unreadable(argument, &pattern, &error))?);
        }
        let Some(files) = self.world.changed_files else {
            self.suspicions.push(Suspicion {
                range: tree.range.clone(),
                message: "nobody knows which files changed, so all of them count as changed".to_owned(),
                help: "run inside a git working copy, or give the paths".to_owned(),
            });
            return Ok((!only).to_string());
        };
        let matched = |file: &String| patterns.iter().any(|pattern| pattern.is_match(file));
        let value = if only { !files.is_empty() && files.iter().all(matched) } else { files.iter().any(matched) };
        Ok(value.to_string())
    }
}

fn whole(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .dot_matches_new_line(true)
        .case_insensitive(true)
        .size_limit(REGEX_SIZE)
        .build()
}

fn unreadable(tree: &Tree, pattern: &str, error: &regex::Error) -> Invalid {
    let invalid = match error {
        regex::Error::CompiledTooBig(_) => Invalid::new(tree.range.clone(), "this pattern is too large"),
        _ => Invalid::new(tree.range.clone(), "this pattern cannot be read"),
    };
    if ["(?=", "(?!", "(?<"].iter().any(|look| pattern.contains(look)) {
        return invalid.help("look-ahead and look-behind are not supported; combine two matches with `&&`");
    }
    let reason = error.to_string();
    match reason.lines().last().and_then(|line| line.strip_prefix("error: ")) {
        Some(reason) => invalid.help(reason.to_owned()),
        None => invalid,
    }
}
