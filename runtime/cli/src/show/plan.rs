//! A plan for people: what runs where, with which powers, and what is still to be given.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use windlass_kube::pod_security::need;
use windlass_model::plan::{ImageBuild, NotRun, NotRunReason, OpenValue, Plan, PluginCall, StepAction, StepPlan, TaskPlan};
use windlass_model::task::{Environment, FileContents, TaskId, When};
use windlass_model::text::one_line;

use super::table;
use crate::failure::open_value;

/// The plan as text. `manifests` holds what will be created for tasks that run on Kubernetes; `origins` tells where the value
/// of each secret comes from.
pub fn plan(plan: &Plan, manifests: &BTreeMap<TaskId, String>, origin: impl Fn(TaskId, &str) -> Option<String>) -> String {
    let mut text = String::new();
    for task in &plan.tasks {
        let names: BTreeMap<TaskId, &str> = plan.tasks.iter().map(|t| (t.id, t.name.as_str())).collect();
        let _ = writeln!(text, "{}", one_line(&task.name));
        let after: Vec<&str> = task.depends_on.iter().filter_map(|id| names.get(id).copied()).collect();
        let mut facts = vec![fact("runs on", task.target.to_string())];
        if !after.is_empty() {
            facts.push(fact("after", after.join(", ")));
        }
        facts.push(fact("time", duration(task.timeout)));
        facts.extend(task.build.iter().map(|build| fact("builds", environment(build))));
        facts.extend(containers(task));
        facts.extend(pod_security(task));
        facts.extend(secrets(task, &origin));
        text.push_str(&indent(&table(&facts), 2));
        text.push_str("  steps\n");
        let steps: Vec<Vec<String>> = task.steps.iter().map(step).collect();
        text.push_str(&indent(&table(&steps), 4));
        if let Some(manifest) = manifests.get(&task.id) {
            let _ = writeln!(text, "  objects\n{}", indent(manifest, 4).trim_end());
        }
        text.push('\n');
    }
    text.push_str(&not_run(&plan.not_run));
    for note in &plan.notes {
        let _ = writeln!(text, "note: {}", one_line(note));
    }
    text.push_str(&still_open(&plan.open));
    text
}

fn fact(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

/// An image that the engine builds by itself.
fn environment(build: &ImageBuild) -> String {
    let Environment { context, dockerfile, arguments } = &build.from;
    let context = if context == "." { String::new() } else { format!(" in {context}") };
    let arguments: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let with = if arguments.is_empty() { String::new() } else { format!(" with {}", arguments.join(", ")) };
    format!("{} of {dockerfile}{context}{with}, by the engine, unless it has it", build.image)
}

fn containers(task: &TaskPlan) -> Vec<Vec<String>> {
    let describe = |container: &windlass_model::pod::ContainerPlan| {
        let privileged = if container.security.privileged { ", privileged" } else { "" };
        let resources = container.resources;
        let value = format!("{} ({} CPU, {}{privileged})", container.image, resources.cpu, resources.memory);
        fact(&format!("container {}", container.name), value)
    };
    task.pod.containers.iter().map(describe).collect()
}

/// The level that a namespace must allow; an engine has none.
fn pod_security(task: &TaskPlan) -> Option<Vec<String>> {
    task.target.namespace().is_some().then(|| fact("Pod Security", need(&task.pod).to_string()))
}

fn secrets(task: &TaskPlan, origin: &impl Fn(TaskId, &str) -> Option<String>) -> Vec<Vec<String>> {
    let mut names: Vec<&str> =
        task.pod.all_secrets().chain(task.pod.pull_secret()).map(windlass_model::secret::SecretName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let from = |name: &str| origin(task.id, name).map_or_else(|| "still to be given".into(), |origin| format!("from {origin}"));
    names.into_iter().map(|name| fact(&format!("secret {name}"), from(name))).collect()
}

fn step(step: &StepPlan) -> Vec<String> {
    let when = match step.when {
        When::OnSuccess => "",
        When::OnFailure => "on failure: ",
        When::Always => "always: ",
        When::OnTimeout => "on time-out: ",
    };
    let background = if step.background { "in the background: " } else { "" };
    let what = match &step.action {
        StepAction::Workspace => "brings the working copy".to_owned(),
        StepAction::File { path, contents } => match contents {
            FileContents::Variable(name) => format!("writes the variable {name} to {path}"),
            FileContents::Text(_) => format!("writes {path}"),
        },
        StepAction::Plugin(call) => plugin_call(call),
    };
    let unless = step.unless.as_ref().map(|name| format!("; unless {name} is set by then")).unwrap_or_default();
    vec![step.name.clone(), format!("{when}{background}{what}{unless}")]
}

fn plugin_call(call: &PluginCall) -> String {
    let plugin = &call.plugin;
    let mut powers: Vec<String> = call.grants.powers.list().map(|power| power.to_string()).collect();
    if !call.grants.secrets.is_empty() {
        let secrets: Vec<&str> = call.grants.secrets.iter().map(windlass_model::secret::SecretName::as_str).collect();
        powers.push(format!("opens {}", secrets.join(", ")));
    }
    let powers = if powers.is_empty() { "nothing".into() } else { powers.join(", ") };
    format!("{} {} ({}) in {}; may: {powers}", plugin.name, plugin.version, plugin.digest.short(), call.container)
}

fn not_run(tasks: &[NotRun]) -> String {
    if tasks.is_empty() {
        return String::new();
    }
    let row = |task: &NotRun| {
        let reason = match &task.reason {
            NotRunReason::Skipped => "skipped: its `skip` is true".to_owned(),
            NotRunReason::NotChosen => "not chosen".to_owned(),
            NotRunReason::NotHere(reason) => reason.clone(),
            NotRunReason::Dependency(name) => format!("it depends on {name}, which does not run here"),
        };
        vec![task.name.clone(), reason]
    };
    format!("not run\n{}\n", indent(&table(&tasks.iter().map(row).collect::<Vec<_>>()), 2))
}

fn still_open(open: &[OpenValue]) -> String {
    let mut text = String::new();
    for value in open {
        let _ = writeln!(text, "still to be given: {}", open_value(value));
    }
    text
}

fn indent(text: &str, columns: usize) -> String {
    let margin = " ".repeat(columns);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{margin}{line}\n") }).collect()
}
