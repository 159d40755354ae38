//! What a reader makes of a file: docker commands, job by job.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

/// A file as far as it is understood.
#[derive(Debug, Default)]
pub struct Reading {
    pub jobs: Vec<Job>,
    /// Variables with the values that the file gives them.
    pub variables: BTreeMap<String, String>,
    /// Variables that hold secrets.
    pub secrets: BTreeSet<String>,
    /// What was left out, each with the reason.
    pub left: Vec<String>,
}

/// Docker commands that belong together.
#[derive(Debug)]
pub struct Job {
    pub name: String,
    /// Scripts, in order.
    pub scripts: Vec<Script>,
}

/// Commands as a shell would read them.
#[derive(Debug)]
pub struct Script {
    /// Where they come from, for whoever reads what was left out.
    pub origin: String,
    pub text: String,
}

impl Reading {
    /// Adds a job, when it has something.
    pub fn add(&mut self, name: &str, scripts: Vec<Script>) {
        if !scripts.is_empty() {
            self.jobs.push(Job { name: name.to_owned(), scripts });
        }
    }

    /// Says what was left out.
    pub fn leave(&mut self, origin: &str, why: &str) {
        self.left.push(format!("{origin}: {why}"));
    }
}

/// A command whose arguments may have variables in them: each in double quotes.
pub fn command(words: &[&str], arguments: &[String]) -> String {
    let quoted = arguments.iter().map(|argument| format!("\"{}\"", escaped(argument)));
    words.iter().map(|word| (*word).to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// A text between double quotes, in which variables count and nothing else does.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let begins_variable = c == '$' && rest.peek().is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '_' | '{'));
        if matches!(c, '\\' | '"' | '`') || c == '$' && !begins_variable {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A scalar as text.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A field of a map as text.
pub fn field(map: &Value, key: &str) -> Option<String> {
    map.get(key).and_then(text).filter(|text| !text.trim().is_empty())
}

/// The items of a list; a text alone is a list of one.
pub fn items(value: &Value) -> Vec<String> {
    match value {
        Value::Sequence(list) => list.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

/// The lines of a text, or the items of a list. `separators` split lines further.
pub fn lines(value: Option<&Value>, separators: &[char]) -> Vec<String> {
    let all = value.map(items).unwrap_or_default();
    let parts = all.iter().flat_map(|text| text.lines()).flat_map(|line| line.split(separators));
    parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A docker build as its parts, for readers of files that do not write commands.
#[derive(Debug, Default)]
pub struct Build {
    pub context: Option<String>,
    pub dockerfile: Option<String>,
    pub target: Option<String>,
    pub tags: Vec<String>,
    pub build_args: Vec<String>,
    pub labels: Vec<String>,
    pub platforms: Vec<String>,
    pub cache_from: Vec<String>,
    pub cache_to: Vec<String>,
    pub push: bool,
}

impl Build {
    /// The commands that do the same.
    pub fn commands(&self) -> String {
        let mut arguments = Vec::new();
        let mut flag = |name: &str, value: &str| arguments.push(format!("{name}={value}"));
        self.dockerfile.iter().for_each(|file| flag("--file", file));
        self.target.iter().for_each(|target| flag("--target", target));
        self.tags.iter().for_each(|tag| flag("--tag", tag));
        self.build_args.iter().for_each(|argument| flag("--build-arg", argument));
        self.labels.iter().for_each(|label| flag("--label", label));
        if !self.platforms.is_empty() {
            flag("--platform", &self.platforms.join(","));
        }
        self.cache_from.iter().for_each(|cache| flag("--cache-from", cache));
        self.cache_to.iter().for_each(|cache| flag("--cache-to", cache));
        arguments.push(self.context.clone().unwrap_or_else(|| ".".to_owned()));
        let build = command(&["docker", "build"], &arguments);
        let pushes = self.tags.iter().filter(|_| self.push).map(|tag| command(&["docker", "push"], std::slice::from_ref(tag)));
        [build].into_iter().chain(pushes).collect::<Vec<_>>().join("\n")
    }
}
