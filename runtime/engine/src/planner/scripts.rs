//! `--use` on scripts: docker commands become typed steps, and a daemon that no step needs any more leaves the task.

mod daemon;

use serde_json::{Value, json};
use windlass_model::docker::{DockerCommands, TypedRequest, TypedScript};
use windlass_model::plugin::{ImagePlace, PluginInfo, PluginKind};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::{Action, Step, Task};

use super::plugins::PluginSource;
use super::{PlanError, PlanInput};

/// A task with typed steps in place of scripts, and what a person should know of it.
pub(super) struct Substituted {
    pub(super) task: Task,
    pub(super) notes: Vec<String>,
}

/// Applies `--use` to the scripts of a task.
pub(super) async fn substitute(
    input: &PlanInput<'_>,
    task: &Task,
    name: &str,
    plugins: &PluginSource<'_>,
) -> Result<Substituted, PlanError> {
    let mut substituted = Substituted { task: task.clone(), notes: Vec::new() };
    let asked = |kind: PluginKind| input.substitutes.iter().any(|(asked, _)| *asked == kind);
    if ![PluginKind::Login, PluginKind::Build, PluginKind::Push].into_iter().any(asked) {
        return Ok(substituted);
    }
    let scripts = match &task.docker {
        DockerCommands::Refused { words, kinds } if kinds.iter().copied().any(asked) => {
            return Err(PlanError::Scripts { task: name.to_owned(), words: words.clone() });
        }
        DockerCommands::Typed(scripts) if scripts.iter().flat_map(|script| &script.requests).any(|r| asked(r.kind)) => {
            &scripts[..]
        }
        _ => &[],
    };
    let chosen = Chosen::inspect(input, task, name, plugins).await?;
    substituted.replace(scripts, &chosen, name);
    if asked(PluginKind::Build) && !asked(PluginKind::Push) {
        substituted.push_what_is_left(&chosen, name, plugins).await;
    }
    if !chosen.builds_in_daemon() {
        daemon::remove(&mut substituted, &chosen, name, input, plugins).await;
    }
    Ok(substituted)
}

/// The plugins that stand for docker commands.
struct Chosen {
    login: PluginReference,
    build: PluginReference,
    builder: PluginInfo,
    /// What sends what the builder leaves.
    push: PluginReference,
}

impl Chosen {
    async fn inspect(input: &PlanInput<'_>, task: &Task, name: &str, plugins: &PluginSource<'_>) -> Result<Self, PlanError> {
        let asked = |kind| input.substitutes.iter().find(|(asked, _)| *asked == kind).map(|(_, reference)| reference.clone());
        let step = task.steps.first();
        let (step, line) = (step.map_or_else(String::new, |step| step.name.clone()), step.map_or(1, |step| step.line));
        let nothing = |what: &str| PlanError::Step {
            task: name.to_owned(),
            step: step.clone(),
            line,
            message: format!("no known plugin {what}; choose one with --use"),
        };
        let build = match asked(PluginKind::Build) {
            Some(build) => build,
            None => plugins.builds_in_daemon().await.ok_or_else(|| nothing("builds as docker does"))?,
        };
        let builder = plugins.inspect(&build).await.map_err(|source| PlanError::Plugin {
            task: name.to_owned(),
            step: step.clone(),
            line,
            source: Box::new(source),
        })?;
        let push = match asked(PluginKind::Push) {
            Some(push) => push,
            None => plugins.push_for(&builder).await.ok_or_else(|| nothing(&format!("pushes what {} leaves", builder.name)))?,
        };
        Ok(Self { login: asked(PluginKind::Login).unwrap_or_else(|| input.roles.login.clone()), build, builder, push })
    }

    fn builds_in_daemon(&self) -> bool {
        self.builder.leaves.contains(&ImagePlace::Daemon)
    }

    fn plugin(&self, kind: PluginKind) -> &PluginReference {
        match kind {
            PluginKind::Login => &self.login,
            PluginKind::Push => &self.push,
            // No docker command is anything else.
            PluginKind::Build | PluginKind::Step | PluginKind::Config => &self.build,
        }
    }
}

impl Substituted {
    /// Puts typed steps in the places of scripts. They run under the same condition.
    fn replace(&mut self, scripts: &[TypedScript], chosen: &Chosen, name: &str) {
        let mut steps = Vec::with_capacity(self.task.steps.len());
        for (at, step) in std::mem::take(&mut self.task.steps).into_iter().enumerate() {
            match scripts.iter().find(|script| script.step == at) {
                Some(script) => {
                    self.notes.push(told(script, chosen, name));
                    steps.extend(script.requests.iter().map(|request| typed(request, &step, chosen)));
                }
                None => steps.push(step),
            }
        }
        self.task.steps = steps;
    }

    /// A push that the file wrote for another builder finds nothing to send: one that takes what this builder leaves stands for it.
    async fn push_what_is_left(&mut self, chosen: &Chosen, name: &str, plugins: &PluginSource<'_>) {
        for step in &mut self.task.steps {
            let Action::Plugin { uses, .. } = &mut step.action else { continue };
            // One that cannot be inspected is reported when its step is planned.
            let Ok(push) = plugins.inspect(uses).await else { continue };
            let fits = push.takes.is_empty() || push.takes.is_superset(&chosen.builder.leaves);
            if push.kind == PluginKind::Push && !fits {
                *uses = chosen.push.clone();
                let (builder, left) = (&chosen.builder.name, ImagePlace::in_words(&chosen.builder.leaves));
                self.notes.push(format!(
                    "{name}: {} uses {} instead of {}: {builder} leaves its image {left}",
                    step.name, chosen.push, push.name
                ));
            }
        }
    }
}

fn typed(request: &TypedRequest, script: &Step, chosen: &Chosen) -> Step {
    let mut with = request.with.clone();
    if chosen.builds_in_daemon()
        && !request.docker_flags.is_empty()
        && let Value::Object(map) = &mut with
    {
        map.insert("flags".to_owned(), json!(request.docker_flags));
    }
    let action = Action::Plugin { uses: chosen.plugin(request.kind).clone(), with, container: None };
    Step { name: request.name.clone(), when: script.when, action, line: script.line }
}

/// One line: what became of a script.
fn told(script: &TypedScript, chosen: &Chosen, name: &str) -> String {
    let step = |request: &TypedRequest| format!("{} ({})", request.name, chosen.plugin(request.kind));
    let steps: Vec<String> = script.requests.iter().map(step).collect();
    let became = match steps.as_slice() {
        [] => "is left out, since it does nothing that a typed step would have to do".to_owned(),
        steps => format!("runs as {}", steps.join(", ")),
    };
    let mut line = format!("{name}: {} {became}", script.key);
    for left_out in script.left_out.iter().filter(|left_out| left_out.notable) {
        line.push_str(&format!("; without `{}`: {}", left_out.command, left_out.why));
    }
    let flags = script.requests.iter().flat_map(|request| &request.docker_flags);
    for flag in flags.filter(|_| !chosen.builds_in_daemon()) {
        line.push_str(&format!("; without `{flag}`: {} starts empty", chosen.builder.name));
    }
    line
}
