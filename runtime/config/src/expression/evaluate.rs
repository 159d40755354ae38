//! The value of a tree.

use super::parse::{Operator, Shape, Tree};
use super::patterns::Trouble;
use super::{Invalid, Outcome, Suspicion, World};
use crate::variables::{Binding, Expanded, unresolved};

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
                Expanded::TooLong => Err(Invalid::new(tree.range.clone(), format!("`{name}` expands without end"))),
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
                    message: "`==` and `!=` compare letter by letter, so `*` is taken literally here".to_owned(),
                    help: "use `=~` with a regular expression: `$CIRRUS_BRANCH =~ 'release/.*'`".to_owned(),
                });
            }
        }
        Ok(self.value(left, text)? == self.value(right, text)?)
    }

    fn matches(&mut self, left: &Tree, right: &Tree, text: &str) -> Result<bool, Invalid> {
        let value = self.value(left, text)?;
        let pattern = self.value(right, text)?;
        let matched = self.world.patterns.matches(&pattern, &value, self.world.scope.budget());
        matched.map_err(|trouble| troubled(right, &pattern, &trouble))
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
        let budget = self.world.scope.budget();
        let mut patterns = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let pattern = self.argument(argument, text)?;
            self.world.patterns.check(&pattern, budget).map_err(|trouble| troubled(argument, &pattern, &trouble))?;
            patterns.push(pattern);
        }
        let known = match only {
            true => self.world.patterns.include_only(&patterns, budget),
            false => self.world.patterns.include(&patterns, budget),
        };
        let known = known.map_err(|trouble| troubled(tree, &patterns.join(", "), &trouble))?;
        if known.is_none() {
            self.suspicions.push(Suspicion {
                range: tree.range.clone(),
                message: "it is not known which files changed, so all of them count as changed".to_owned(),
                help: "run inside a git working copy, or give the paths".to_owned(),
            });
        }
        Ok(known.unwrap_or(!only).to_string())
    }

    /// A path pattern. Variables count in quotes too; one that is not set stands for itself, which is hardly meant.
    fn argument(&mut self, argument: &Tree, text: &str) -> Result<String, Invalid> {
        let written = self.value(argument, text)?;
        let Expanded::Text(pattern) = self.world.scope.expand(&written) else {
            return Err(Invalid::new(argument.range.clone(), "the variables in this pattern expand without end"));
        };
        if let Some(name) = unresolved(&pattern).into_iter().next() {
            self.suspicions.push(Suspicion {
                range: argument.range.clone(),
                message: format!("`{name}` is not set, so `${name}` is taken literally in this pattern"),
                help: format!("set it under `env`, or give it: -e {name}=…"),
            });
        }
        Ok(pattern)
    }
}

fn troubled(tree: &Tree, pattern: &str, trouble: &Trouble) -> Invalid {
    match trouble {
        Trouble::Unreadable(error) => unreadable(tree, pattern, error),
        Trouble::TooLong => Invalid::new(tree.range.clone(), "the patterns of this file take too long together"),
    }
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
