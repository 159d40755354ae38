//! The docker builds of another CI system's file, as typed steps. Each reader turns what it knows into docker commands; what these come to is
//! for the recogniser to say, as it does for scripts of task files. What has no typed form is named and left out.

mod cloudbuild;
mod github;
mod gitlab;
mod kaniko;
mod reading;
mod skaffold;
mod steps;

use std::path::Path;

use serde_yaml::Value;
use windlass_files::{TEXT, named};

use super::Builders;
use super::setup::Task;
use crate::failure::Failure;
use reading::Reading;

/// What was taken from the file.
pub(super) struct Lifted {
    pub tasks: Vec<Task>,
    /// Variables of the file, with their values.
    pub variables: Vec<(String, String)>,
    /// Variables that hold secrets.
    pub secrets: Vec<String>,
    /// What was left out, and what is to be given.
    pub remarks: Vec<String>,
}

/// Reads a file and takes its docker builds.
///
/// # Errors
/// When it cannot be read, is none of those that are known, or has no build that could be taken.
pub(super) fn read(file: &Path, builders: &Builders) -> Result<Lifted, Failure> {
    let bytes =
        named(file, TEXT).map_err(|error| Failure::Unreadable { path: file.into(), source: error.into(), help: Vec::new() })?;
    let lifted = parse(&bytes).map(|reading| steps::of(reading, builders));
    let shown = file.display();
    let lifted = lifted.map_err(|why| {
        Failure::usage(
            format!("{shown} {why}"),
            "--from takes a GitHub workflow, .gitlab-ci.yml, cloudbuild.yaml or skaffold.yaml; without it, Dockerfiles are looked for",
        )
    })?;
    if lifted.tasks.is_empty() {
        let help = lifted.remarks.into_iter().chain(["without --from, Dockerfiles are looked for".to_owned()]);
        return Err(Failure::Usage { message: format!("{shown} has no docker build that could be taken"), help: help.collect() });
    }
    Ok(lifted)
}

fn parse(bytes: &[u8]) -> Result<Reading, String> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_slice(bytes) {
        let value: Value = serde::Deserialize::deserialize(document).map_err(|error| format!("is not YAML: {error}"))?;
        documents.push(value);
    }
    for document in &mut documents {
        document.apply_merge().map_err(|error| format!("is not YAML: {error}"))?;
    }
    let first = documents.iter().find(|document| document.is_mapping()).ok_or("is no configuration of a CI system")?;
    let has = |key: &str| first.get(key).is_some();
    if first.get("apiVersion").and_then(Value::as_str).is_some_and(|version| version.starts_with("skaffold/")) {
        Ok(skaffold::read(&documents))
    } else if has("jobs") {
        Ok(github::read(first))
    } else if first.get("steps").is_some_and(Value::is_sequence) {
        Ok(cloudbuild::read(first))
    } else if gitlab::is_one(first) {
        Ok(gitlab::read(first))
    } else {
        Err("is no configuration of a CI system that windlass reads".to_owned())
    }
}

#[cfg(test)]
mod tests;
