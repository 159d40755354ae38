//! What `requirements` answered, as a case writes it, and held against what it expects.

use serde_json::{Map, Value, json};
use windlass_model::pattern::Pattern;
use windlass_model::plugin::Requirements;
use windlass_model::pod::{ContainerPlan, Process};
use windlass_model::secret::{EnvValue, EnvVar};

use crate::suite::Problems;

/// Tells where an answer is not the expected one.
pub(super) fn compare(expected: &Value, needs: &Requirements, problems: &mut Problems) {
    part("needs", expected, &in_words(needs), problems);
}

/// What a plugin needs, in the members of a case.
fn in_words(needs: &Requirements) -> Value {
    let containers = needs.containers.iter().map(|required| {
        let mut container = container(&required.container);
        if !required.unless_port.is_empty() {
            container["unless-port"] = json!(required.unless_port);
        }
        (required.container.name.clone(), container)
    });
    let volumes = needs.volumes.iter().map(|volume| (volume.name.clone(), json!({"in-memory": volume.in_memory})));
    json!({
        "containers": containers.collect::<Map<_, _>>(),
        "volumes": volumes.collect::<Map<_, _>>(),
        "env": variables(&needs.env),
        "secrets": needs.secrets.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
    })
}

fn container(plan: &ContainerPlan) -> Value {
    let security = &plan.security;
    let process = match &plan.process {
        Process::Supervised => json!("supervised"),
        Process::Image { args: Some(args) } => json!(args),
        Process::Image { args: None } => json!("image"),
    };
    json!({
        "image": plan.image.to_string(),
        "process": process,
        "env": variables(&plan.env),
        "cpu": format!("{}m", plan.resources.cpu.0),
        "memory": format!("{}Mi", plan.resources.memory.0),
        "privileged": security.privileged,
        "run-as-user": security.run_as_user,
        "add-capabilities": security.add_capabilities,
        "drop-capabilities": security.drop_capabilities,
        "seccomp-unconfined": security.seccomp_unconfined,
        "apparmor-unconfined": security.apparmor_unconfined,
        "allow-privilege-escalation": security.allow_privilege_escalation,
        "read-only-root": security.read_only_root,
        "ports": plan.ports.iter().map(|port| port.container).collect::<Vec<_>>(),
        "mounts": plan.mounts.iter().map(|mount| (mount.path.clone(), json!({"volume": mount.volume, "read-only": mount.read_only}))).collect::<Map<_, _>>(),
    })
}

fn variables(variables: &[EnvVar]) -> Value {
    let value = |var: &EnvVar| match &var.value {
        EnvValue::Text(text) => json!(text),
        EnvValue::Secret(name) => json!({"secret": name.as_str()}),
    };
    Value::Object(variables.iter().map(|var| (var.name.clone(), value(var))).collect())
}

/// Of a map, what is named has to be there; a list of names is all of them; a text may be a pattern.
fn part(place: &str, expected: &Value, got: &Value, problems: &mut Problems) {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, expected) in expected {
                match got.get(key) {
                    Some(got) => part(&format!("{place}: {key}"), expected, got, problems),
                    None => {
                        let there = if got.is_empty() { "nothing".to_owned() } else { keys(got).join(", ") };
                        problems.add(format!("{place}: there is no `{key}`; there is: {there}"));
                    }
                }
            }
        }
        (Value::Array(names), Value::Object(got)) => {
            let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.sort_unstable();
            let mut found = keys(got);
            found.sort_unstable();
            if names != found {
                problems.add(format!("{place}: expected {names:?}, got {found:?}"));
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (i, (expected, got)) in expected.iter().zip(got).enumerate() {
                part(&format!("{place}[{i}]"), expected, got, problems);
            }
        }
        (Value::String(pattern), Value::String(text)) if Pattern(pattern.clone()).matches(text) => {}
        // A number or a flag in a case may stand for a text.
        (Value::Number(number), Value::String(text)) if number.to_string() == *text => {}
        (Value::Bool(flag), Value::String(text)) if text.parse() == Ok(*flag) => {}
        _ if expected == got => {}
        _ => problems.add(format!("{place}: expected {expected}, got {got}")),
    }
}

fn keys(map: &Map<String, Value>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}
