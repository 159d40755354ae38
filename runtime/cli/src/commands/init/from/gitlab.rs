//! `.gitlab-ci.yml`: jobs whose scripts run docker, or Kaniko's executor.

use serde_yaml::Value;

use super::kaniko;
use super::reading::{Reading, Script, items, text};
use super::steps::renamed;

/// What GitLab fills in, and what it is called here.
const NAMES: [(&str, &str); 6] = [
    ("CI_COMMIT_SHA", "CIRRUS_CHANGE_IN_REPO"),
    ("CI_COMMIT_BRANCH", "CIRRUS_BRANCH"),
    ("CI_COMMIT_REF_NAME", "CIRRUS_BRANCH"),
    ("CI_COMMIT_TAG", "CIRRUS_TAG"),
    ("CI_PROJECT_NAME", "CIRRUS_REPO_NAME"),
    ("CI_PROJECT_PATH", "CIRRUS_REPO_FULL_NAME"),
];

/// Variables that GitLab keeps secret.
const SECRETS: [&str; 4] = ["CI_REGISTRY_PASSWORD", "CI_JOB_TOKEN", "CI_DEPLOY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD"];

/// Keys at the root that are no jobs.
const RESERVED: [&str; 11] = [
    "stages",
    "variables",
    "include",
    "workflow",
    "default",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
];

/// Whether a file looks like one: a key at its root has a `script`.
pub fn is_one(file: &Value) -> bool {
    file.as_mapping().is_some_and(|map| map.values().any(|value| value.get("script").is_some()))
}

/// Reads every job that is not a template.
pub fn read(file: &Value) -> Reading {
    let mut reading = Reading::default();
    let mut variables = |of: &Value| {
        let map = of.get("variables").and_then(Value::as_mapping);
        for (key, value) in map.into_iter().flatten() {
            let value = text(value).or_else(|| value.get("value").and_then(text));
            if let (Some(key), Some(value)) = (text(key), value) {
                reading.variables.insert(key, here(&value));
            }
        }
    };
    variables(file);
    file.as_mapping().into_iter().flatten().for_each(|(_, job)| variables(job));
    let usual = file.get("default").and_then(|default| default.get("before_script")).or_else(|| file.get("before_script"));
    for (key, job) in file.as_mapping().into_iter().flatten() {
        let Some(name) = text(key).filter(|name| !name.starts_with('.') && !RESERVED.contains(&name.as_str())) else { continue };
        if job.get("script").is_none() {
            continue;
        }
        let before = job.get("before_script").or(usual).map(items).unwrap_or_default();
        let lines: Vec<String> = before.into_iter().chain(job.get("script").map(items).unwrap_or_default()).collect();
        let scripts = scripts(&name, &lines, &mut reading);
        reading.add(&name, scripts);
    }
    let used: Vec<&str> = reading.jobs.iter().flat_map(|job| &job.scripts).map(|script| script.text.as_str()).collect();
    let secrets = SECRETS.iter().filter(|name| used.iter().any(|text| text.contains(*name))).map(|name| (*name).to_owned());
    reading.secrets = secrets.collect();
    reading
}

/// The lines of a job: those of Kaniko become docker commands, all others stay one script.
fn scripts(job: &str, lines: &[String], reading: &mut Reading) -> Vec<Script> {
    let mut text = Vec::new();
    for line in lines {
        let line = here(line.trim());
        let mut words = line.split_whitespace();
        if words.next().is_none_or(|program| !program.ends_with("/executor")) {
            text.push(line);
            continue;
        }
        let arguments: Vec<String> = words
            .filter(|word| *word != "\\")
            .map(|word| word.trim_matches(['"', '\'']).replace("=\"", "=").to_owned())
            .collect();
        match kaniko::build(&arguments) {
            Ok(build) => text.push(build.commands()),
            Err(why) => reading.leave(&format!("job {job}"), &why),
        }
    }
    // Kaniko's own way to give it a login is a file that only it reads.
    text.retain(|line| !(line.contains("/kaniko/.docker")));
    if text.is_empty() { Vec::new() } else { vec![Script { origin: format!("job {job}"), text: text.join("\n") }] }
}

fn here(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (there, here)| renamed(&text, there, here))
}
