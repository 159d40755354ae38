//! Commands: which answer is meant, what was asked for and what not.

use std::collections::BTreeMap;

use windlass_engine::ports::plugin::{Command, Value};

use crate::case::shown as words;
use crate::case::{Answer, Case, Given, Times};

/// The answers of a case, and what became of them.
#[derive(Default)]
pub(super) struct Commands {
    answers: Vec<Asked>,
    /// The containers in which commands come in the order of the case.
    ordered: Vec<String>,
    in_cleanup: bool,
    wrong: Vec<String>,
    running: BTreeMap<String, Process>,
    started: usize,
}

/// An answer, and how often it was asked for.
struct Asked {
    container: String,
    of_cleanup: bool,
    answer: Answer,
    count: u32,
}

/// A command that was started.
pub(super) struct Process {
    pub(super) output: Vec<u8>,
    /// How much of it was read.
    pub(super) read: usize,
    pub(super) exit: i32,
    pub(super) stays: bool,
    pub(super) killed: bool,
}

impl Commands {
    pub(super) fn of(case: &Case) -> Self {
        let asked = |container: &str, answer: &Answer, of_cleanup| Asked {
            container: container.to_owned(),
            of_cleanup,
            answer: answer.clone(),
            count: 0,
        };
        let work = case.containers.iter().flat_map(|(name, has)| has.commands.iter().map(move |answer| (name, answer)));
        let cleanup = case.expect.cleanup.commands.iter().flat_map(|(name, all)| all.iter().map(move |answer| (name, answer)));
        Self {
            answers: work
                .map(|(name, answer)| asked(name, answer, false))
                .chain(cleanup.map(|(name, answer)| asked(name, answer, true)))
                .collect(),
            ordered: case.containers.iter().filter(|(_, has)| has.ordered).map(|(name, _)| name.clone()).collect(),
            ..Self::default()
        }
    }

    pub(super) fn begin_cleanup(&mut self) {
        self.in_cleanup = true;
    }

    /// The answer to a command. What it is given that it should not be is remembered.
    pub(super) fn answer(&mut self, container: &str, command: &Command) -> Option<Answer> {
        let phase = self.in_cleanup;
        let open = |asked: &&mut Asked| match asked.answer.times {
            Times::Any => true,
            Times::Exactly(times) => asked.count < times,
        };
        let mut here =
            self.answers.iter_mut().filter(|asked| asked.container == container && asked.of_cleanup == phase).filter(open);
        let meant = |asked: &Asked| asked.answer.run.matches(&command.argv);
        let found = if self.ordered.iter().any(|name| name == container) && !phase {
            // What may come any number of times may be passed over.
            here.find(|asked| meant(asked) || asked.answer.times != Times::Any).filter(|asked| meant(asked))
        } else {
            here.find(|asked| meant(asked))
        }?;
        found.count += 1;
        let answer = found.answer.clone();
        self.wrong.extend(differences(&answer, command).into_iter().map(|what| format!("the command {}: {what}", answer.run)));
        Some(answer)
    }

    /// A command that no answer is for.
    pub(super) fn unanswered(&mut self, container: &str, command: &Command) {
        let place = match self.in_cleanup {
            true => format!("expect: cleanup: commands: {container}:"),
            false => format!("containers: {container}: commands:"),
        };
        let ordered = self.ordered.iter().any(|name| name == container) && !self.in_cleanup;
        let when = if ordered { " at this point (`ordered: true`)" } else { "" };
        self.wrong.push(format!(
            "it ran a command that the case has no answer to{when}; to answer it, write under `{place}`\n    - run: {}\n      output: \"\"\n      exit: 0",
            words(command.argv.iter().map(String::as_str))
        ));
    }

    pub(super) fn start(&mut self, process: Process) -> String {
        self.started += 1;
        let id = self.started.to_string();
        self.running.insert(id.clone(), process);
        id
    }

    pub(super) fn process(&mut self, id: &str) -> Option<&mut Process> {
        self.running.get_mut(id)
    }

    /// What was wrong, and what was never asked for.
    pub(super) fn wrong(&self) -> Vec<String> {
        let missing = self.answers.iter().filter_map(|asked| {
            let Times::Exactly(times) = asked.answer.times else { return None };
            let left = times.saturating_sub(asked.count);
            let when = if asked.of_cleanup { " in its cleanup" } else { "" };
            let often = match (asked.count, times) {
                (0, 1) => "never ran".to_owned(),
                (count, times) => format!("ran only {count} of {times} times"),
            };
            (left > 0).then(|| format!("it {often}{when}: {}, in the container {}", asked.answer.run, asked.container))
        });
        self.wrong.iter().cloned().chain(missing).collect()
    }
}

fn differences(answer: &Answer, command: &Command) -> Vec<String> {
    let mut found = Vec::new();
    for (name, expected) in &answer.env {
        let given = command.env.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value);
        if !given.is_some_and(|value| is(expected, value)) {
            found.push(format!("expected {name}={expected} in its environment, got {}", given.map_or("nothing".into(), told)));
        }
    }
    if let Some(expected) = &answer.stdin
        && !command.stdin.as_ref().is_some_and(|value| is(expected, value))
    {
        found.push(format!("expected {expected} to read, got {}", command.stdin.as_ref().map_or("nothing".into(), told)));
    }
    if let Some(expected) = &answer.working_directory
        && command.working_dir.as_ref() != Some(expected)
    {
        let got = command.working_dir.as_deref().unwrap_or("the task's working directory");
        found.push(format!("expected it to start in {expected}, got {got}"));
    }
    if let Some(expected) = answer.registry_credentials
        && command.registry_credentials != expected
    {
        let with = |yes: bool| if yes { "with" } else { "without" };
        found.push(format!(
            "expected it {} the credentials of registries, got it {} them",
            with(expected),
            with(command.registry_credentials)
        ));
    }
    found
}

fn is(expected: &Given, value: &Value) -> bool {
    match (expected, value) {
        (Given::Text(pattern), Value::Text(text)) => pattern.matches(text),
        (Given::Text(pattern), Value::Bytes(bytes)) => std::str::from_utf8(bytes).is_ok_and(|text| pattern.matches(text)),
        (Given::Secret(name), Value::Secret(given)) => given.as_str() == name,
        _ => false,
    }
}

/// A value in words; nothing of a secret but its name.
pub(crate) fn told(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("{text:?}"),
            Err(_) => format!("{} bytes that are no text", bytes.len()),
        },
        Value::Secret(name) => format!("the secret {name}"),
    }
}
