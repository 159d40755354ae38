//! The patterns of a file's conditions. Conditions are inherited and multiplied, so each pattern is compiled once for a file,
//! and each of its answers is found once.

use super::glob;
use crate::budget::Budget;
use regex::{Regex, RegexBuilder};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

/// Memory a regular expression may take when compiled, in bytes. Real ones take a few kilobytes.
const REGEX_SIZE: usize = 64 * 1024;

/// Why a pattern has no answer.
pub(super) enum Trouble {
    Unreadable(regex::Error),
    /// The patterns of the file cost more than a file may.
    TooLong,
}

/// What is known of the patterns of one file.
#[derive(Debug, Default)]
pub(crate) struct Patterns<'a> {
    /// The changed files in order, so that those under one directory stand together. `None` when nobody knows.
    files: Option<Vec<&'a str>>,
    expressions: RefCell<HashMap<String, Rc<Expression>>>,
    globs: RefCell<HashMap<String, Rc<Glob>>>,
    only: RefCell<HashMap<Vec<String>, bool>>,
    /// How many patterns were compiled, for the test that says "once".
    compiled: Cell<usize>,
}

#[derive(Debug)]
struct Expression {
    regex: Regex,
    answers: RefCell<HashMap<String, bool>>,
}

#[derive(Debug)]
struct Glob {
    regex: Regex,
    /// The files that start as the pattern does before its first sign of many meanings.
    candidates: Range<usize>,
    /// What one byte of a path costs, in sixteenths of a unit.
    cost: usize,
    any: OnceCell<bool>,
    each: OnceCell<Vec<bool>>,
}

impl<'a> Patterns<'a> {
    pub(crate) fn new(changed_files: Option<&'a [String]>) -> Self {
        let files = changed_files.map(|files| {
            let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
            files.sort_unstable();
            files
        });
        Self { files, ..Self::default() }
    }

    #[cfg(test)]
    pub(super) fn compiled(&self) -> usize {
        self.compiled.get()
    }

    /// Whether the whole of `value` matches a regular expression; `.` takes line breaks too, and case does not count.
    pub(super) fn matches(&self, pattern: &str, value: &str, budget: &Budget) -> Result<bool, Trouble> {
        let expression = self.expression(pattern, budget)?;
        if let Some(known) = expression.answers.borrow().get(value) {
            return Ok(*known);
        }
        pay(budget, steps(pattern).saturating_mul(value.len()) / 8)?;
        let answer = expression.regex.is_match(value);
        expression.answers.borrow_mut().insert(value.to_owned(), answer);
        Ok(answer)
    }

    fn expression(&self, pattern: &str, budget: &Budget) -> Result<Rc<Expression>, Trouble> {
        if let Some(known) = self.expressions.borrow().get(pattern) {
            return Ok(Rc::clone(known));
        }
        pay(budget, 1000 + steps(pattern).saturating_mul(16))?;
        self.compiled.set(self.compiled.get() + 1);
        let regex = RegexBuilder::new(&format!("^(?:{pattern})$"))
            .dot_matches_new_line(true)
            .case_insensitive(true)
            .size_limit(REGEX_SIZE)
            .build()
            .map_err(Trouble::Unreadable)?;
        let made = Rc::new(Expression { regex, answers: RefCell::default() });
        self.expressions.borrow_mut().insert(pattern.to_owned(), Rc::clone(&made));
        Ok(made)
    }

    /// Says whether a path pattern can be read.
    pub(super) fn check(&self, pattern: &str, budget: &Budget) -> Result<(), Trouble> {
        self.glob(pattern, budget).map(drop)
    }

    /// Whether some changed file matches one of the patterns; `None` when nobody knows what changed.
    pub(super) fn include(&self, patterns: &[String], budget: &Budget) -> Result<Option<bool>, Trouble> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        for pattern in patterns {
            let glob = self.glob(pattern, budget)?;
            let any = match glob.any.get() {
                Some(known) => *known,
                None => {
                    let found = glob.find(files, budget)?;
                    *glob.any.get_or_init(|| found)
                }
            };
            if any {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    /// Whether files changed and each of them matches one of the patterns; `None` when nobody knows what changed.
    pub(super) fn include_only(&self, patterns: &[String], budget: &Budget) -> Result<Option<bool>, Trouble> {
        let Some(files) = &self.files else {
            return Ok(None);
        };
        if let Some(known) = self.only.borrow().get(patterns) {
            return Ok(Some(*known));
        }
        let mut covered = vec![false; files.len()];
        for pattern in patterns {
            let glob = self.glob(pattern, budget)?;
            let each = match glob.each.get() {
                Some(known) => known,
                None => {
                    let found = glob.all(files, budget)?;
                    glob.each.get_or_init(|| found)
                }
            };
            for (covered, matched) in covered.iter_mut().skip(glob.candidates.start).zip(each) {
                *covered |= *matched;
            }
        }
        let answer = !files.is_empty() && covered.into_iter().all(|covered| covered);
        self.only.borrow_mut().insert(patterns.to_vec(), answer);
        Ok(Some(answer))
    }

    fn glob(&self, pattern: &str, budget: &Budget) -> Result<Rc<Glob>, Trouble> {
        if let Some(known) = self.globs.borrow().get(pattern) {
            return Ok(Rc::clone(known));
        }
        pay(budget, 1000 + (pattern.len() + 16).saturating_mul(16))?;
        self.compiled.set(self.compiled.get() + 1);
        let regex = glob::compile(pattern).map_err(Trouble::Unreadable)?;
        let start = glob::literal_start(pattern);
        let files = self.files.as_deref().unwrap_or_default();
        let from = files.partition_point(|file| *file < start);
        let length = files.get(from..).unwrap_or_default().partition_point(|file| file.starts_with(start));
        let made = Rc::new(Glob {
            regex,
            candidates: from..from + length,
            cost: cost(pattern.matches(['*', '?', '[', '{']).count()),
            any: OnceCell::new(),
            each: OnceCell::new(),
        });
        self.globs.borrow_mut().insert(pattern.to_owned(), Rc::clone(&made));
        Ok(made)
    }
}

impl Glob {
    fn find(&self, files: &[&str], budget: &Budget) -> Result<bool, Trouble> {
        for file in files.get(self.candidates.clone()).unwrap_or_default() {
            if self.is_match(file, budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn all(&self, files: &[&str], budget: &Budget) -> Result<Vec<bool>, Trouble> {
        files.get(self.candidates.clone()).unwrap_or_default().iter().map(|file| self.is_match(file, budget)).collect()
    }

    fn is_match(&self, file: &str, budget: &Budget) -> Result<bool, Trouble> {
        pay(budget, file.len().saturating_mul(self.cost) / 16)?;
        Ok(self.regex.is_match(file))
    }
}

/// What one byte costs a pattern with so many signs of many meanings: each keeps one more place of it alive, and with many of them
/// the matcher can no longer remember where it was.
fn cost(signs: usize) -> usize {
    const FEW: usize = 5;
    if signs <= FEW { 1 + signs } else { 8 * (1 + signs) }
}

/// How large a pattern may become: a counted repetition makes it as large as it may get.
fn steps(pattern: &str) -> usize {
    if pattern.contains('{') { 4096 } else { pattern.len() + 16 }
}

fn pay(budget: &Budget, cost: usize) -> Result<(), Trouble> {
    if budget.spend(cost) { Ok(()) } else { Err(Trouble::TooLong) }
}
