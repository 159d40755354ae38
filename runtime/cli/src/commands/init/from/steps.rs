//! Docker commands to steps, as the recogniser understands them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use windlass_model::variable::is_sensitive;
use windlass_recogniser::{Field, Handed, Kind, Recognition, Request, Script, Segment, Text, recognise};

use super::super::Builders;
use super::super::setup::{Step, Task};
use super::Lifted;
use super::reading::{Job, Reading};

/// The tasks of what was read, with the variables that their steps use.
pub(super) fn of(reading: Reading, builders: &Builders) -> Lifted {
    let Reading { jobs, variables, secrets, mut left } = reading;
    let mut used = Used::default();
    let mut names = BTreeMap::new();
    let mut tasks = Vec::new();
    for job in &jobs {
        let steps = steps(job, builders, &mut used, &mut left);
        if !steps.is_empty() {
            tasks.push(Task { name: unique(&job.name, &mut names), steps });
        }
    }
    // What a used variable is made of is used too.
    let mut given = BTreeMap::new();
    let mut open: Vec<String> = used.variables.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if let Some(value) = variables.get(&name).filter(|_| !given.contains_key(&name)) {
            open.extend(variables_of(value));
            given.insert(name.clone(), value.clone());
        }
        used.variables.insert(name);
    }
    let secrets: BTreeSet<String> =
        secrets.into_iter().filter(|name| used.variables.contains(name)).chain(used.secrets).collect();
    // A name that says so holds a secret, even where the file has its value: that is not copied.
    let named = used.variables.iter().filter(|name| is_sensitive(name)).cloned();
    let secrets: BTreeSet<String> = secrets.into_iter().chain(named).collect();
    let given: Vec<(String, String)> = given.into_iter().filter(|(name, _)| !secrets.contains(name)).collect();
    let known = |name: &String| name.starts_with("CIRRUS_") || secrets.contains(name) || given.iter().any(|(one, _)| one == name);
    let missing = used.variables.iter().filter(|name| !known(name));
    let mut remarks: Vec<String> = left.into_iter().map(|left| format!("left out: {left}")).collect();
    remarks.extend(missing.map(|name| format!("nothing gives {name} a value: windlass run -e {name}=…, or a line under `env`")));
    Lifted { tasks, variables: given, secrets: secrets.into_iter().collect(), remarks }
}

#[derive(Default)]
struct Used {
    variables: BTreeSet<String>,
    secrets: BTreeSet<String>,
}

fn steps(job: &Job, builders: &Builders, used: &mut Used, left: &mut Vec<String>) -> Vec<Step> {
    let of = |text| [Script { text, background: false }];
    let (docker, other): (Vec<_>, Vec<_>) =
        job.scripts.iter().partition(|script| recognise(&of(&script.text), &[]) != Recognition::NoDocker);
    left.extend(other.iter().map(|script| format!("{}: it has no docker command", script.origin)));
    let scripts: Vec<Script<'_>> = docker.iter().map(|script| Script { text: &script.text, background: false }).collect();
    let mut steps = Vec::new();
    match recognise(&scripts, &[]) {
        Recognition::NoDocker => {}
        Recognition::Typed(typed) => {
            let mut names = BTreeMap::new();
            for placed in typed.into_iter().flat_map(|script| script.requests) {
                let (name, uses) = match placed.request.kind() {
                    Kind::Login => ("login", &builders.login),
                    Kind::Build => ("build", &builders.build),
                    Kind::Push => ("push", &builders.push),
                };
                if let Request::Build(build) = &placed.request
                    && !build.docker_flags.is_empty()
                {
                    left.push(format!(
                        "{}: {}, which a builder without a daemon has no use for",
                        job.name,
                        build.docker_flags.join(" ")
                    ));
                }
                let with = placed.request.with();
                steps.push(Step { name: unique(name, &mut names), uses: uses.clone(), with: map(&with, used) });
            }
        }
        Recognition::Refused { scripts: refused, .. } => {
            for script in refused {
                let Some(from) = docker.get(script.script) else { continue };
                for refusal in &script.refusals {
                    left.push(format!("{}: `{}` {}", from.origin, refusal.word(&from.text), refusal.reason));
                }
            }
        }
    }
    steps
}

fn map(fields: &[(String, Field)], used: &mut Used) -> Map<String, Value> {
    fields.iter().map(|(name, field)| (name.clone(), value(field, used))).collect()
}

fn value(field: &Field, used: &mut Used) -> Value {
    match field {
        Field::Text(text) | Field::Number(text) => written(text, used).into(),
        Field::List(texts) | Field::References(texts) => texts.iter().map(|text| written(text, used)).collect(),
        Field::Map(fields) => Value::Object(map(fields, used)),
        Field::Secret(variable, handed) => {
            used.secrets.insert(variable.clone());
            let behind = match handed {
                None => "",
                Some(Handed::Words) => ".words",
                Some(Handed::Word) => ".word",
            };
            format!("{variable}{behind}").into()
        }
    }
}

/// As a task file writes it: a `$` that begins no variable is doubled.
fn written(text: &Text, used: &mut Used) -> String {
    used.variables.extend(text.variables().map(|variable| variable.name.clone()));
    let mut written = String::new();
    for (at, segment) in text.segments().iter().enumerate() {
        let runs_on = matches!(text.segments().get(at + 1), Some(Segment::Literal(next)) if next.starts_with(in_name));
        match segment {
            Segment::Literal(literal) => written.push_str(&literal.replace('$', "$$")),
            Segment::Variable(variable) if runs_on => written.push_str(&format!("${{{}}}", variable.name)),
            Segment::Variable(variable) => written.push_str(&format!("${}", variable.name)),
        }
    }
    written
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The variables that a text names.
fn variables_of(text: &str) -> Vec<String> {
    let behind = text.split('$').skip(1).map(|rest| rest.strip_prefix('{').unwrap_or(rest));
    behind.map(|rest| rest.chars().take_while(|c| in_name(*c)).collect()).filter(|name: &String| !name.is_empty()).collect()
}

/// A text with one variable under another name.
pub(super) fn renamed(text: &str, there: &str, here: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = format!("{{{there}}}");
        let plain = after.strip_prefix(there).filter(|behind| !behind.starts_with(in_name));
        rest = match (after.strip_prefix(braced.as_str()), plain) {
            (Some(behind), _) => {
                out.push_str(&format!("${{{here}}}"));
                behind
            }
            (None, Some(behind)) => {
                out.push_str(&format!("${here}"));
                behind
            }
            (None, None) => {
                out.push('$');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// A name that no other has: the second `build` is `build-2`.
fn unique(name: &str, taken: &mut BTreeMap<String, usize>) -> String {
    let kept: String = name.chars().map(|c| if in_name(c) || c == '-' { c } else { '-' }).collect();
    let kept = if kept.trim_matches('-').is_empty() { "image".to_owned() } else { kept };
    let count = taken.entry(kept.clone()).or_insert(0);
    *count += 1;
    if *count == 1 { kept } else { format!("{kept}-{count}") }
}
