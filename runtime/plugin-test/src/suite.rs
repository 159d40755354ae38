//! All tests of a plugin: its cases, and the rules for every plugin.

use tokio::sync::OnceCell;
use windlass_redact::Redactor;

use crate::case::Case;
use crate::check;
use crate::conformance::{self, Rule};
use crate::subject::Subject;

/// A plugin, its cases, and the seed of the requests that are made for it.
#[derive(Debug)]
pub struct Suite {
    pub(crate) subject: Subject,
    pub(crate) cases: Vec<Case>,
    pub(crate) seed: u64,
    pub(crate) survey: OnceCell<conformance::Survey>,
    pub(crate) base: OnceCell<Option<Case>>,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// Its name, which no other test of the suite has.
    pub name: String,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Case(usize),
    Rule(Rule),
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// What was expected and what came, in one text for each difference. No secret of the case is in them.
    Failed(Vec<String>),
    /// It shows nothing of this plugin, for this reason.
    Ignored(String),
}

impl Suite {
    /// The tests of a plugin.
    pub fn new(subject: Subject, cases: Vec<Case>, seed: u64) -> Self {
        Self { subject, cases, seed, survey: OnceCell::new(), base: OnceCell::new() }
    }

    /// Their names, in the order in which they are run: cases first.
    pub fn tests(&self) -> Vec<Test> {
        let cases = self.cases.iter().enumerate().map(|(i, case)| Test { name: case.name.clone(), what: What::Case(i) });
        let rules = Rule::of(&self.subject.info).into_iter().map(|rule| Test { name: rule.to_string(), what: What::Rule(rule) });
        cases.chain(rules).collect()
    }

    /// Runs one.
    pub async fn run(&self, test: &Test) -> Outcome {
        match test.what {
            What::Case(i) => match self.cases.get(i) {
                Some(case) => check::case(&self.subject, case).await.outcome(),
                None => Outcome::Ignored("it is a test of another suite".to_owned()),
            },
            What::Rule(rule) => conformance::check(self, rule).await,
        }
    }
}

/// The most differences of one test that are told.
const MOST: usize = 20;

/// Differences, as they are found.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<String>,
    redactor: Redactor,
}

impl Problems {
    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        self.found.push(problem.into());
    }

    /// Whether there is one.
    pub(crate) fn any(&self) -> bool {
        !self.found.is_empty()
    }

    /// Keeps values out of all that is told.
    pub(crate) fn hide(&self, values: impl IntoIterator<Item = Vec<u8>>) {
        self.redactor.add(values);
    }

    pub(crate) fn outcome(self) -> Outcome {
        if self.found.is_empty() {
            return Outcome::Passed;
        }
        let more = self.found.len().saturating_sub(MOST);
        let mut told: Vec<String> =
            self.found.iter().take(MOST).map(|problem| self.redactor.text(problem).into_owned()).collect();
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        Outcome::Failed(told)
    }
}
