//! What the scripts before one may have set through `CIRRUS_ENV`. Kept while the scripts are read one after the other: a task may
//! have very many of them.

use std::collections::HashSet;

use crate::lex::name_length;
use crate::variables::Variables;

const WHY: &str = "may have been set by a step before, through CIRRUS_ENV";

/// The variables that scripts may have set so far.
#[derive(Debug, Default)]
pub(super) struct SetBefore<'s> {
    named: HashSet<&'s str>,
    /// What some line sets is known to the program that it runs: any variable but the runner's own.
    any: bool,
}

impl<'s> SetBefore<'s> {
    /// Adds what a script may set.
    pub(super) fn add(&mut self, script: &'s str) {
        for line in script.lines().filter(|line| line.contains("CIRRUS_ENV")) {
            let heads = line.match_indices('=').filter_map(|(at, _)| line.get(..at));
            let names = heads.map(|head| {
                let start = head.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).map_or(0, |at| at + 1);
                head.get(start..).unwrap_or_default()
            });
            let mut named = false;
            for name in names.filter(|name| !name.is_empty() && name_length(name) == name.len()) {
                self.named.insert(name);
                named = true;
            }
            self.any |= !named;
        }
    }

    /// Those of them that a script refers to.
    pub(super) fn of(&self, script: &str) -> Variables {
        let mut variables = Variables::default();
        if self.named.is_empty() && !self.any {
            return variables;
        }
        // `--build-arg NAME` takes a variable without a `$`.
        for word in script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| self.named.contains(word)) {
            variables.taint(word, WHY);
        }
        for part in script.split('$').skip(1).filter(|_| self.any) {
            let part = part.strip_prefix('{').unwrap_or(part);
            let name = part.get(..name_length(part)).unwrap_or_default();
            if !name.is_empty() && !name.starts_with("CIRRUS_") {
                variables.taint(name, WHY);
            }
        }
        variables
    }
}
