//! One task: its conditions, its environment, where it runs and what it does.

use super::docker::Conversion;
use super::env::DefinedVariables;
use super::instance::{Lowered, architecture, choose};
use super::keys::{INSTANCES, TaskKind};
use super::platform::system;
use super::read::{Reader, last, place};
use super::secrets::Secrets;
use super::steps::{Instructions, Steps};
use super::undefined::Undefined;
use super::{Lowering, Written, docker_builder};
use crate::diagnostics::{Code, Diagnostic};
use crate::quantity::{TIMEOUT_HELP, timeout};
use crate::source::Span;
use crate::variables::{Binding, Scope};
use crate::yaml::Entry;
use windlass_model::secret::EnvValue;
use windlass_model::task::{Architecture, Disposition, Instance, LeftOut, Task, TaskId};

/// What reading a task came to.
pub(crate) struct Read {
    pub name: String,
    pub alias: Option<String>,
    /// The names it waits for, and where each is written.
    pub depends_on: Vec<(String, Span)>,
    pub span: Span,
    /// `None` when `only_if` took it out of the run.
    pub task: Option<Task>,
    /// That `only_if`, as it is written.
    pub left_out: Option<LeftOut>,
    /// How its docker scripts would be written as typed steps.
    pub conversion: Conversion,
}

impl Lowering<'_> {
    pub(super) fn task(&self, root: &[Entry], written: &Written<'_>) -> Read {
        let entries = written.node.as_map().unwrap_or_default();
        let (secrets, undefined) = (Secrets::default(), Undefined::default());
        let environment = self.environment(root, entries, written.kind, &secrets);
        let mut scope = self.scope(&environment, architecture(root, entries));
        if let Some(system) = system(root, entries, written.kind, &scope) {
            system.bind(&mut scope);
        }
        let reader = Reader {
            lowering: self,
            scope: &scope,
            environment: &environment,
            secrets: &secrets,
            undefined: &undefined,
            lenient: true,
        };
        let name = name(&reader, entries, written.name);
        let alias = last(entries, "alias").and_then(|entry| reader.expand(&reader.raw(entry)?, place(entry)));
        let depends_on = depends_on(&reader, entries);
        scope_task(&mut scope, &name, alias.as_deref());
        let strict = Reader {
            lowering: self,
            scope: &scope,
            environment: &environment,
            secrets: &secrets,
            undefined: &undefined,
            lenient: false,
        };
        let inherited = |key: &str| last(entries, key).or_else(|| last(root, key));
        let condition = |key: &str| inherited(key).and_then(|entry| strict.condition(entry));
        let mut read = Read {
            name,
            alias,
            depends_on,
            span: written.key.span,
            task: None,
            left_out: None,
            conversion: Conversion::default(),
        };
        // An `only_if` that says nothing takes nothing out, not even what the root's would have.
        let says = |entry: &&Entry| entry.value.as_text().is_none_or(|text| !text.text.trim().is_empty());
        if inherited("only_if").filter(says).and_then(|entry| strict.condition(entry)) == Some(false) {
            let condition = inherited("only_if").and_then(|entry| strict.raw(entry)).map(|text| text.trim().to_owned());
            read.left_out = Some(LeftOut {
                name: read.name.clone(),
                alias: read.alias.clone(),
                labels: written.labels.clone(),
                condition: condition.unwrap_or_default(),
            });
            return read;
        }
        let manual = inherited("trigger_type").and_then(|entry| strict.known(entry));
        let manual = manual.is_some_and(|trigger| trigger.eq_ignore_ascii_case("manual"));
        let skip = condition("skip") == Some(true);
        let reader = Reader { lenient: skip, ..strict };
        reader.check_repeats(entries);
        let allow_failures = condition("allow_failures").unwrap_or(false);
        let timeout =
            inherited("timeout_in").and_then(|entry| reader.parsed(entry, timeout, TIMEOUT_HELP)).unwrap_or(Task::TIMEOUT);
        let (instance, not_here) = self.place_of(reader, root, entries, written);
        let more: &[&str] = if written.kind == TaskKind::DockerBuilder { &docker_builder::KEYS } else { &[] };
        let instructions = if not_here.is_some() { Instructions::default() } else { Steps::read(reader, entries, more) };
        if instructions.idle && !skip {
            reader.push(idle(written, &read));
        }
        let Instructions { steps, scripts, .. } = instructions;
        let (docker, conversion) = reader.docker(&steps, &scripts);
        let disposition = match not_here {
            _ if skip => Disposition::Skip,
            Some(reason) => Disposition::NotHere(reason),
            None if manual => Disposition::Manual,
            None => Disposition::Run,
        };
        let env = environment.clone().into_inner();
        let sidecars = instance.iter().flat_map(|instance| &instance.sidecars);
        let variables = env.iter().chain(sidecars.flat_map(|sidecar| &sidecar.env));
        let used = variables.filter_map(|var| match &var.value {
            EnvValue::Secret(name) => Some(name.as_str()),
            EnvValue::Text(_) => None,
        });
        let secrets = secrets.into_used(&used.collect());
        read.conversion = conversion;
        read.task = Some(Task {
            id: TaskId(0),
            name: read.name.clone(),
            alias: read.alias.clone(),
            labels: written.labels.clone(),
            disposition,
            instance,
            env,
            secrets,
            undefined: undefined.into_inner(),
            steps,
            docker,
            depends_on: Vec::new(),
            timeout,
            allow_failures,
            line: self.document.line(written.key.span.start),
        });
        read
    }

    /// The instance of a task, or the reason why it has none here.
    fn place_of(
        &self,
        reader: Reader<'_>,
        root: &[Entry],
        task: &[Entry],
        written: &Written<'_>,
    ) -> (Option<Instance>, Option<String>) {
        let lowered = match written.kind {
            TaskKind::Pipe => reader.not_here(
                written.key.span,
                "`pipe` gives every step a container of its own, which windlass does not do; make each step a task, or one `task` of them all".to_owned(),
            ),
            TaskKind::DockerBuilder => docker_builder::instance(reader, task),
            TaskKind::Task => match choose(root, task, reader) {
                Some(chosen) => reader.instance(&chosen),
                None => {
                    self.problems.push(self.nowhere(root, task, &written.key.text, written.key.span));
                    Lowered::Invalid
                }
            },
        };
        match lowered {
            Lowered::Instance(instance) => (Some(*instance), None),
            Lowered::NotHere(reason) => (None, Some(reason)),
            Lowered::Invalid => (None, None),
        }
    }

    /// What is wrong with a task that nothing places: a slip in the key that should, or no such key at all.
    fn nowhere(&self, root: &[Entry], task: &[Entry], key: &str, span: Span) -> Diagnostic {
        let slip = |entries: &[Entry]| {
            let written = entries.iter().filter(|entry| !self.is_template(entry));
            let mut near =
                written.filter_map(|entry| Some((entry.key.clone(), self.problems.nearest(&entry.key.text, INSTANCES)?)));
            near.next()
        };
        let (what, whose, (slip, near)) = match (slip(task), slip(root)) {
            (Some(slip), _) => ("a task", format!("`{key}` runs"), slip),
            (None, Some(slip)) => ("a configuration", "its tasks run".to_owned(), slip),
            (None, None) => {
                return Diagnostic::error(Code::NoInstance, span, format!("nothing says where `{key}` runs")).help(
                    "give it, or the root of the file, a `gke_container`, `eks_container`, `kubernetes_container` or `container`",
                );
            }
        };
        let message = format!("{what} has no key `{}`, and nothing else says where {whose}", slip.text);
        Diagnostic::error(Code::UnknownKey, slip.span, message).help(format!("did you mean `{near}`?"))
    }

    /// The task's environment: given defaults, the root's, its own, and what the command line sets.
    fn environment(&self, root: &[Entry], task: &[Entry], kind: TaskKind, secrets: &Secrets) -> DefinedVariables {
        let mut environment = DefinedVariables::default();
        if kind == TaskKind::DockerBuilder {
            environment.add(docker_builder::docker_host());
        }
        for (name, value) in &self.context.defaults {
            if !self.context.built_in.contains_key(name) {
                environment.set(name, EnvValue::Text(value.clone()));
            }
        }
        self.read_env(root, secrets, &mut environment);
        self.read_env(task, secrets, &mut environment);
        for (name, value) in &self.context.overrides {
            // A secret stays one: whoever resolves secrets takes the value from the same place, and masks it.
            if !matches!(environment.get(name), Some(EnvValue::Secret(_))) {
                environment.set(name, EnvValue::Text(value.clone()));
            }
        }
        environment
    }

    fn scope(&self, environment: &DefinedVariables, architecture: Architecture) -> Scope {
        let mut scope = Scope::new(self.budget.clone());
        for name in ["CI", "CIRRUS_CI", "CONTINUOUS_INTEGRATION"] {
            scope.set(name, Binding::Text("true".to_owned()));
        }
        scope.set("CIRRUS_ARCH", Binding::Text(architecture.as_str().to_owned()));
        for (name, value) in &self.context.built_in {
            scope.set(name.clone(), Binding::Text(value.clone()));
        }
        environment.bind(&mut scope);
        scope
    }
}

fn scope_task(scope: &mut Scope, name: &str, alias: Option<&str>) {
    scope.set("CIRRUS_TASK_NAME", Binding::Text(name.to_owned()));
    if let Some(alias) = alias {
        scope.set("CIRRUS_TASK_NAME_ALIAS", Binding::Text(alias.to_owned()));
    }
}

/// What `name` says, else what the key's prefix says. A name may hold variables that nothing defines.
fn name(reader: &Reader<'_>, entries: &[Entry], default: &str) -> String {
    let entry = last(entries, "name").filter(|entry| !entry.value.is_absent());
    let name = entry.and_then(|entry| reader.expand(&reader.raw(entry)?, place(entry)));
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| default.to_owned())
}

/// A green task has done something. One that waits for others says that these are green, at least.
fn idle(written: &Written<'_>, read: &Read) -> Diagnostic {
    let key = &written.key.text;
    if !read.depends_on.is_empty() {
        let message = format!("`{key}` does nothing: it is green when the tasks that it waits for are");
        return Diagnostic::note(Code::NothingToDo, written.key.span, message);
    }
    Diagnostic::error(Code::NothingToDo, written.key.span, format!("`{key}` has nothing to do here"))
        .help("give it an instruction such as `build_script: make`")
}

fn depends_on(reader: &Reader<'_>, entries: &[Entry]) -> Vec<(String, Span)> {
    let Some(entry) = last(entries, "depends_on").filter(|entry| !entry.value.is_absent()) else {
        return Vec::new();
    };
    let texts = reader.texts(entry).unwrap_or_default();
    let expanded = texts.into_iter().filter_map(|(text, span)| Some((reader.expand(&text, span)?, span)));
    expanded.flat_map(|(text, span)| names(&text).into_iter().map(move |name| (name, span))).collect()
}

/// A name, or several where a variable holds a list: `[build, "unit tests"]`.
fn names(text: &str) -> Vec<String> {
    let Some(list) = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return vec![text.to_owned()];
    };
    let names = list.split(',').map(|name| name.trim().trim_matches(['"', '\'']));
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
