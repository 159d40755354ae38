//! A plan for people: what runs where, with which powers, and what is still to be given.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use windlass_kube::pod_security::need;
use windlass_model::artifact::ArtifactPlan;
use windlass_model::plan::{Brought, ImageBuild, NotRun, OpenValue, Plan, PluginCall, Sight, StepAction, StepPlan, TaskPlan};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::settings::Verdict;
use windlass_model::task::{BuiltImage, FileContents, TaskId, When};
use windlass_model::text::{one_line, size};

use super::{caches, table};
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
        facts.extend(volumes(task));
        facts.extend(variables(task));
        facts.extend(pod_fields(task));
        facts.extend(pod_security(task));
        facts.extend(secrets(task, &origin));
        facts.extend(caches::access(task).map(|access| fact("caches", access)));
        text.push_str(&indent(&table(&facts), 2));
        text.push_str("  steps\n");
        let steps: Vec<Vec<String>> = task.steps.iter().flat_map(|step| rows(task, step)).collect();
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
    let BuiltImage { context, dockerfile, arguments } = &build.from;
    let context = if context == "." { String::new() } else { format!(" in {context}") };
    let arguments: Vec<String> = arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let with = if arguments.is_empty() { String::new() } else { format!(" with {}", arguments.join(", ")) };
    format!("{} of {dockerfile}{context}{with}, by the engine, unless it has it", build.image)
}

fn containers(task: &TaskPlan) -> Vec<Vec<String>> {
    let describe = |container: &windlass_model::pod::ContainerPlan| {
        let privileged = if container.security.privileged { ", privileged" } else { "" };
        let resources = container.resources;
        let by = brought_by(task, |brought| brought.containers.contains(&container.name));
        let value = format!("{} ({} CPU, {}{privileged}){by}", container.image, resources.cpu, resources.memory);
        fact(&format!("container {}", container.name), value)
    };
    task.pod.containers.iter().map(describe).collect()
}

/// Volumes that steps bring; the task's own is in every pod.
fn volumes(task: &TaskPlan) -> Vec<Vec<String>> {
    let volumes = task.pod.volumes.iter().map(|volume| {
        let by = brought_by(task, |brought| brought.volumes.contains(&volume.name));
        (volume, by)
    });
    let row = |(volume, by): (&windlass_model::pod::Volume, String)| {
        let where_to = if volume.in_memory { "in memory" } else { "on disk" };
        fact(&format!("volume {}", volume.name), format!("{where_to}{by}"))
    };
    volumes.filter(|(_, by)| !by.is_empty()).map(row).collect()
}

/// Variables that steps bring to all of the task's commands, unless the task itself sets them.
fn variables(task: &TaskPlan) -> Vec<Vec<String>> {
    let all = task.brought.iter().flat_map(|brought| brought.variables.iter().map(move |variable| (brought, variable)));
    let row = |(brought, variable): (&Brought, &EnvVar)| {
        let text = |value: &EnvValue| match value {
            EnvValue::Text(text) => text.clone(),
            EnvValue::Secret(name) => format!("(the secret {name})"),
        };
        let last = task.env.iter().rev().find(|own| own.name == variable.name);
        let unused = last.is_some_and(|last| last.value != variable.value);
        let counts = if unused { "; the task sets it to something else" } else { "" };
        fact(
            &format!("variable {}", variable.name),
            format!("{}, brought by step {}{counts}", text(&variable.value), brought.step),
        )
    };
    all.map(row).collect()
}

/// The steps that brought something; nothing for what is the task's own.
fn brought_by(task: &TaskPlan, is_it: impl Fn(&Brought) -> bool) -> String {
    let steps: Vec<&str> = task.brought.iter().filter(|brought| is_it(brought)).map(|brought| brought.step.as_str()).collect();
    match steps.as_slice() {
        [] => String::new(),
        [step] => format!(", brought by step {step}"),
        steps => format!(", brought by steps {}", steps.join(", ")),
    }
}

/// What settings add to the pod, a line for each part.
fn pod_fields(task: &TaskPlan) -> Vec<Vec<String>> {
    let said = task.pod.fields.to_string();
    let label = |at| if at == 0 { "settings add" } else { "" };
    said.split_inclusive("; ").enumerate().map(|(at, part)| fact(label(at), part.trim_end().to_owned())).collect()
}

/// The level that a namespace must allow; an engine has none.
fn pod_security(task: &TaskPlan) -> Vec<Vec<String>> {
    if task.target.namespace().is_none() {
        return Vec::new();
    }
    // Containers that need different things have a line each.
    let need = need(&task.pod).to_string();
    let label = |at| if at == 0 { "Pod Security" } else { "" };
    need.split_inclusive("; ").enumerate().map(|(at, part)| fact(label(at), part.trim_end().to_owned())).collect()
}

fn secrets(task: &TaskPlan, origin: &impl Fn(TaskId, &str) -> Option<String>) -> Vec<Vec<String>> {
    let mut names: Vec<&str> =
        task.pod.all_secrets().chain(task.pod.pull_secret()).map(windlass_model::secret::SecretName::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let from = |name: &str| origin(task.id, name).map_or_else(|| "still to be given".into(), |origin| format!("from {origin}"));
    names.into_iter().map(|name| fact(&format!("secret {name}"), from(name))).collect()
}

/// A step, and below it what its plugin may do.
fn rows(task: &TaskPlan, step: &StepPlan) -> Vec<Vec<String>> {
    let when = match step.when {
        When::OnSuccess => "",
        When::OnFailure => "on failure: ",
        When::Always => "always: ",
        When::OnTimeout => "on time-out: ",
    };
    let background = if step.background { "in the background: " } else { "" };
    let mut below = Vec::new();
    let what = match &step.action {
        StepAction::Workspace => "brings the working copy".to_owned(),
        StepAction::File { path, contents } => match contents {
            FileContents::Variable(name) => format!("writes the variable {name} to {path}"),
            FileContents::Text(_) => format!("writes {path}"),
        },
        StepAction::Artifacts(artifact) => collects(artifact),
        StepAction::Cache(cache) => {
            below = caches::scripts(task, cache);
            caches::restores(cache, task.caches.is_some())
        }
        StepAction::UploadCache(name) => caches::stores(name, task),
        StepAction::Plugin(call) => {
            let (what, more) = call_lines(task, call);
            below = more;
            what
        }
    };
    let unless = step.unless.as_ref().map(|name| format!("; unless {name} is set by then")).unwrap_or_default();
    let first = vec![step.name.clone(), format!("{when}{background}{what}{unless}")];
    let more = below.into_iter().map(|line| vec![String::new(), format!("  {line}")]);
    [first].into_iter().chain(more).collect()
}

/// What a step collects.
fn collects(artifact: &ArtifactPlan) -> String {
    let format = artifact.format.as_ref().map(|format| format!(" as {}", one_line(format))).unwrap_or_default();
    let paths: Vec<_> = artifact.paths.iter().map(|path| one_line(path)).collect();
    let most = size(artifact.max_size.bytes());
    let store = artifact.store.as_ref().map(|store| format!(", and to {}", one_line(&store.to_string()))).unwrap_or_default();
    format!("collects {}{format}, at most {most}, to {} of the run's artifacts{store}", paths.join(", "), artifact.directory)
}

/// A plugin and what it may do, and the lines below that say more of it.
pub(super) fn call_lines(task: &TaskPlan, call: &PluginCall) -> (String, Vec<String>) {
    let (what, powers) = plugin_call(call);
    (what, powers.into_iter().chain(reach(task, call)).chain(signed(call)).collect())
}

/// The longest list of powers that stands beside the plugin, in characters; a longer one has a line for each power below it.
const BESIDE: usize = 80;

/// The plugin and what it may do; and the lines below that say it, where it is much.
fn plugin_call(call: &PluginCall) -> (String, Vec<String>) {
    let mut powers = call.grants.powers.in_words();
    if !call.grants.secrets.is_empty() {
        let secrets: Vec<&str> = call.grants.secrets.iter().map(SecretName::as_str).collect();
        powers.push(format!("opens {}", secrets.join(", ")));
    }
    let together = if powers.is_empty() { "nothing".to_owned() } else { powers.join(", ") };
    let (more, below) = match together.chars().count() > BESIDE {
        true => (String::new(), powers.into_iter().map(|power| format!("may: {power}")).collect()),
        false => (format!("; may: {together}"), Vec::new()),
    };
    (format!("{} in {}{more}", call.plugin.origin(), call.container), below)
}

/// Who has signed the plugin, and whether that is why it may what it may.
fn signed(call: &PluginCall) -> impl Iterator<Item = String> {
    call.plugin.signers.iter().filter_map(|by| {
        let Verdict::Signed(key) = &by.verdict else { return None };
        let granted = call.grants.signers.contains(&by.signer);
        let so = if granted { ", whose word in the settings says what it may" } else { "" };
        Some(format!("signed by {} ({key}){so}", by.signer))
    })
}

/// What the power to run commands comes to in this task: where, and which secrets are in sight there.
fn reach(task: &TaskPlan, call: &PluginCall) -> Vec<String> {
    let Sight { of_task, own, secrets, credentials, opens } = Sight::of(task, call);
    let names = |secrets: &[SecretName]| secrets.iter().map(SecretName::as_str).collect::<Vec<_>>().join(", ");
    let sees = match secrets.as_slice() {
        [] => "the task has no secrets to see".to_owned(),
        secrets => format!("can see every secret of the task: {}", names(secrets)),
    };
    let task_line = (!of_task.is_empty()).then(|| format!("runs commands in {}: {sees}", of_task.join(", ")));
    let lent = (!credentials.is_empty()).then(|| format!("the registry credentials made of {}", names(&credentials)));
    let opened = (!opens.is_empty()).then(|| format!("what it opens: {}", names(&opens)));
    let there: Vec<String> = [lent, opened].into_iter().flatten().collect();
    let there = match there.as_slice() {
        [] => "where there is no secret of the task".to_owned(),
        there => format!("where it has, of the task's secrets, {}", there.join(", and ")),
    };
    let own_line = (!own.is_empty()).then(|| format!("runs commands in its own {}, {there}", own.join(", ")));
    task_line.into_iter().chain(own_line).collect()
}

fn not_run(tasks: &[NotRun]) -> String {
    if tasks.is_empty() {
        return String::new();
    }
    let row = |task: &NotRun| vec![task.name.clone(), task.reason.to_string()];
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
