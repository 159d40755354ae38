//! What `windlass doctor` finds.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in a few words: `API server`, `privileged containers`.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
    /// What to do about it, when something is to be done.
    pub help: Option<String>,
}

/// What a check found, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "found")]
pub enum Outcome {
    /// As it should be.
    Pass(String),
    /// Some tasks will not run, or not as well as they could.
    Warn(String),
    /// Nothing will run.
    Fail(String),
    /// It could not be looked at, because of something above it in the list.
    Skipped(String),
}

impl Check {
    /// A check that found all well.
    pub fn pass(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Pass(found.into()), help: None }
    }

    /// A check that found something that some tasks will stumble over.
    pub fn warn(name: impl Into<String>, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Warn(found.into()), help: Some(help.into()) }
    }

    /// A check that found what keeps everything from running.
    pub fn fail(name: impl Into<String>, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Fail(found.into()), help: Some(help.into()) }
    }
}
