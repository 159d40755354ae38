//! From a spanned tree to tasks: which root keys are tasks, what they inherit, what each of them says.

mod cache;
mod depends;
mod docker;
mod docker_builder;
mod dockerfile;
mod env;
mod fill;
mod image;
mod instance;
mod instruction;
mod json;
mod keys;
mod platform;
mod read;
mod script;
mod secrets;
mod sidecar;
mod sidecar_env;
mod steps;
mod task;
mod undefined;
mod written;

pub(crate) use docker::ScriptConversion;
pub(crate) use keys::RULES;
pub(crate) use secrets::is_secret;
pub(crate) use task::Read;

use crate::budget::Budget;
use crate::context::Context;
use crate::diagnostics::{Code, Diagnostic};
use crate::expression::Patterns;
use crate::matrix::Copies;
use crate::problems::Problems;
use crate::source::Document;
use crate::yaml::{Entry, Key, Node};
use keys::{SERVICE, TaskKind, instance_key, task_key};
use std::rc::Rc;
use windlass_model::task::{LeftOut, Task};

/// What every stage of lowering needs.
pub(crate) struct Lowering<'a> {
    pub context: &'a Context,
    pub document: Document,
    pub problems: Problems,
    budget: Budget,
    /// The patterns of all conditions, and what they matched.
    patterns: Patterns<'a>,
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(context: &'a Context, document: Document, problems: Problems) -> Self {
        let patterns = Patterns::new(context.changed_files.as_deref());
        Self { context, document, problems, budget: Budget::new(), patterns }
    }
}

/// One copy of a task, before anything in it is read.
struct Written<'a> {
    key: &'a Key,
    kind: TaskKind,
    name: &'a str,
    node: Rc<Node>,
    labels: Vec<String>,
}

impl Lowering<'_> {
    /// The tasks of a file, and those that `only_if` leaves out. What is wrong with it is in `problems` afterwards.
    pub(crate) fn tasks(&self, root: &Node) -> (Vec<Task>, Vec<LeftOut>) {
        let read = self.read(root);
        let left_out = read.iter().filter_map(|read| read.left_out.clone()).collect();
        (depends::resolve(read, self.context.more_tasks, &self.problems), left_out)
    }

    /// What reading each task of a file came to.
    pub(crate) fn read(&self, root: &Node) -> Vec<Read> {
        let Some(entries) = root.as_map() else {
            self.problems.push(
                Diagnostic::error(
                    Code::WrongType,
                    root.span,
                    format!("a configuration is a map of tasks, and this is {}", root.describe()),
                )
                .help("write `name_task:` and what it does below it, indented"),
            );
            return Vec::new();
        };
        let shared: Vec<Entry> = entries.iter().filter(|entry| task_key(&entry.key.text).is_none()).cloned().collect();
        self.check_root(entries);
        self.written(entries, &shared).iter().map(|written| self.task(&shared, written)).collect()
    }

    /// Every task key, once for each copy that its matrices make.
    fn written<'a>(&self, entries: &'a [Entry], shared: &[Entry]) -> Vec<Written<'a>> {
        let mut all = Vec::new();
        let mut copies = Copies::new(inherited_weight(shared));
        for entry in entries {
            let Some((kind, name)) = task_key(&entry.key.text) else {
                continue;
            };
            if entry.value.as_map().is_none() {
                self.problems.push(Diagnostic::error(
                    Code::WrongType,
                    entry.key.span,
                    format!("a task is a map, and `{}` is {}", entry.key.text, entry.value.describe()),
                ));
                continue;
            }
            for copy in copies.of(&entry.value, entry.key.span, &self.problems) {
                all.push(Written { key: &entry.key, kind, name, node: copy.node, labels: copy.labels });
            }
        }
        all
    }

    /// Root keys that are neither tasks nor inherited are templates, which may have any name. Only slips are reported.
    fn check_root(&self, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| task_key(&entry.key.text).is_none()) {
            let key = &*entry.key.text;
            if self.is_template(entry) {
                continue;
            }
            let end = entries.get(at + 1).map_or(self.document.text().len(), |next| next.key.span.start as usize);
            let lost = entry.value.size.has_matrix && (counts(key) || !self.holds_template(entry, end));
            if lost || key == "matrix" {
                self.problems.push(self.lost_matrix(entry));
            }
            if is_root_key(key) || key == "matrix" {
                continue;
            }
            if let Some(rest) = key.strip_prefix("task_") {
                self.problems.push(
                    Diagnostic::warning(
                        Code::NotATask,
                        entry.key.span,
                        format!("`{key}` is not a task: a task's key ends in `task`"),
                    )
                    .help(format!("write `{rest}_task`")),
                );
                continue;
            }
            let near =
                self.problems.nearest(key, ROOT.iter().copied()).map(str::to_owned).or_else(|| nearest_task(key, &self.problems));
            if let Some(near) = near {
                self.problems.push(
                    Diagnostic::warning(Code::UnknownKey, entry.key.span, format!("a configuration has no key `{key}`"))
                        .help(format!("did you mean `{near}`?")),
                );
            }
        }
    }

    /// Whether a part of the value, which ends before `end`, is anchored.
    fn holds_template(&self, entry: &Entry, end: usize) -> bool {
        let text = self.document.text().get(entry.key.span.end as usize..end).unwrap_or_default();
        text.contains(" &")
    }

    /// A matrix where there is no task to multiply.
    fn lost_matrix(&self, entry: &Entry) -> Diagnostic {
        let make = if counts(&entry.key.text) { Diagnostic::error } else { Diagnostic::warning };
        make(Code::InvalidMatrix, entry.key.span, "a matrix only works inside a task".to_owned())
            .help("move it into the tasks that it should multiply")
    }

    /// Whether the value is anchored, so that it is there for others to use.
    fn is_template(&self, entry: &Entry) -> bool {
        let text = self.document.text();
        let after = text.get(entry.key.span.end as usize..).unwrap_or_default();
        let value = after.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':').unwrap_or_default();
        value.trim_start().starts_with('&')
    }
}

/// Whether the tasks take something over from a root key, so that a matrix in it is meant to multiply them.
fn counts(key: &str) -> bool {
    env::is_env(key) || instance_key(key).is_some() || key == "matrix"
}

/// The weight of what every task takes over from the root.
fn inherited_weight(shared: &[Entry]) -> u64 {
    let inherits = |entry: &&Entry| env::is_env(&entry.key.text) || instance_key(&entry.key.text).is_some();
    shared.iter().filter(inherits).map(|entry| entry.value.size.weight).sum()
}

const ROOT: [&str; 12] = [
    "env",
    "environment",
    "only_if",
    "skip",
    "allow_failures",
    "timeout_in",
    "container",
    "arm_container",
    "gke_container",
    "eks_container",
    "oke_container",
    "kubernetes_container",
];

fn is_root_key(key: &str) -> bool {
    ROOT.contains(&key)
        || instance_key(key).is_some()
        || SERVICE.iter().any(|(word, _)| *word == key)
        || keys::instruction_key(key).is_some()
        || key.ends_with("credentials")
        || key.ends_with("config")
}

/// `docker_build_tsk` is most likely `docker_build_task`.
fn nearest_task(key: &str, problems: &Problems) -> Option<String> {
    let (prefix, suffix) = key.rsplit_once('_')?;
    problems.nearest(suffix, ["task"])?;
    Some(format!("{prefix}_task"))
}
