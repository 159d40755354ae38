//! The docker-in-docker daemon: whether a step still needs it, and its leaving.

use serde_json::{Value, json};
use windlass_model::plugin::PluginKind;
use windlass_model::quantity::Resources;
use windlass_model::secret::EnvValue;
use windlass_model::task::{Action, CacheKey, Sidecar, Step};

use super::{Chosen, Substituted};
use crate::planner::PlanInput;
use crate::planner::plugins::PluginSource;

/// Variables that tell a docker client where its daemon is.
const VARIABLES: [&str; 3] = ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"];

/// Takes the daemon out of a task none of whose steps needs it, and gives what it had of the node to the builder.
pub(super) async fn remove(
    substituted: &mut Substituted,
    chosen: &Chosen,
    name: &str,
    input: &PlanInput<'_>,
    plugins: &PluginSource<'_>,
) {
    let daemons: Vec<Sidecar> = substituted
        .task
        .instance
        .iter()
        .flat_map(|instance| &instance.sidecars)
        .filter(|s| s.is_docker_daemon())
        .cloned()
        .collect();
    if daemons.is_empty() {
        return;
    }
    let mut builds = Vec::new();
    for (at, step) in substituted.task.steps.iter().enumerate() {
        match use_of(step, input, plugins).await {
            Use::Daemon(why) => {
                let names = daemons.iter().map(|daemon| daemon.name.as_str()).collect::<Vec<_>>().join(", ");
                substituted.notes.push(format!("{name}: container {names} stays: {} {why}", step.name));
                return;
            }
            Use::Build => builds.push(at),
            Use::Other => {}
        }
    }
    // Nothing here was built by docker in the first place.
    if builds.is_empty() {
        return;
    }
    if let Some(instance) = &mut substituted.task.instance {
        instance.sidecars.retain(|sidecar| !sidecar.is_docker_daemon());
    }
    let mut gone = Vec::new();
    substituted.task.env.retain(|variable| {
        let points_to_daemon = VARIABLES.contains(&variable.name.as_str()) && matches!(variable.value, EnvValue::Text(_));
        if points_to_daemon {
            gone.push(variable.name.clone());
        }
        !points_to_daemon
    });
    for daemon in &daemons {
        let moved = give(substituted, &builds, chosen, daemon);
        let what = if daemon.privileged { format!("{}, privileged", daemon.image) } else { daemon.image.to_string() };
        let mut line = format!("{name}: container {} ({what}) is left out: no step needs a docker daemon", daemon.name);
        if moved {
            let (cpu, memory) = (daemon.resources.cpu, daemon.resources.memory);
            line.push_str(&format!("; the builder gets its {cpu} CPU and {memory}"));
        }
        substituted.notes.push(line);
    }
    if !gone.is_empty() {
        substituted.notes.push(format!("{name}: {} is left out with the daemon", gone.join(", ")));
    }
}

/// What a step has to do with the daemon.
enum Use {
    /// It needs it, for this reason.
    Daemon(String),
    /// It builds without one.
    Build,
    Other,
}

async fn use_of(step: &Step, input: &PlanInput<'_>, plugins: &PluginSource<'_>) -> Use {
    let mention = |lines: &[String]| lines.iter().position(|line| line.to_ascii_lowercase().contains("docker"));
    match &step.action {
        Action::Script { lines, .. } => {
            mention(lines).map_or(Use::Other, |line| Use::Daemon(format!("mentions docker in line {}", line + 1)))
        }
        Action::Cache { key, populate, .. } => {
            let of_key = match key {
                CacheKey::Script(script) => Some(("fingerprint_script", script)),
                CacheKey::Text(_) | CacheKey::Task => None,
            };
            let scripts = of_key.into_iter().chain(populate.as_ref().map(|script| ("populate_script", script)));
            let mut mentions = scripts.filter_map(|(key, script)| Some((key, mention(&script.lines)?)));
            let told = |(key, line)| Use::Daemon(format!("mentions docker in line {} of its {key}", line + 1));
            mentions.next().map_or(Use::Other, told)
        }
        // A plugin that cannot be inspected is reported when its step is planned.
        Action::Plugin { uses, .. } => match plugins.inspect(uses).await {
            Ok(plugin) => {
                let asked = input.substitutes.iter().any(|(kind, _)| *kind == plugin.kind);
                match plugin.kind {
                    PluginKind::Build if asked => Use::Build,
                    PluginKind::Push if asked => Use::Other,
                    _ if plugin.needs_daemon() => Use::Daemon(format!("uses {}", plugin.name)),
                    PluginKind::Build => Use::Build,
                    _ => Use::Other,
                }
            }
            Err(_) => Use::Other,
        },
        Action::Workspace | Action::File { .. } | Action::Artifacts { .. } | Action::UploadCache { .. } => Use::Other,
    }
}

/// Gives a daemon's processor and memory to the builds, unless the file says what those get, or the daemon had what every
/// sidecar has.
fn give(substituted: &mut Substituted, builds: &[usize], chosen: &Chosen, daemon: &Sidecar) -> bool {
    let honours = |field: &str| chosen.builder.honours.iter().any(|honoured| honoured == field);
    let Resources { cpu, memory, .. } = daemon.resources;
    let mut given = false;
    for at in builds {
        let Some(Action::Plugin { with: Value::Object(with), .. }) =
            substituted.task.steps.get_mut(*at).map(|step| &mut step.action)
        else {
            continue;
        };
        let mut give = |field: &str, value: String| {
            if honours(field) && !with.contains_key(field) {
                with.insert(field.to_owned(), json!(value));
                given = true;
            }
        };
        if cpu != Sidecar::DEFAULT_CPU {
            give("cpu", cpu.written());
        }
        if memory != Sidecar::DEFAULT_MEMORY {
            give("memory", memory.written());
        }
    }
    given
}
