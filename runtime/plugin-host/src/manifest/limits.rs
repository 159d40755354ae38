//! The powers of a manifest: each with its reason, and how much of it the plugin asks for.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use windlass_model::host_pattern::HostPattern;
use windlass_model::nearest::nearest;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::{Power, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu};
use windlass_model::scope::Scope;

use crate::words;

/// A power as a manifest asks for it.
#[derive(Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) power: Power,
    pub(crate) reason: String,
    /// Of this one power how much is asked for; `None` for all that it is without a limit.
    pub(crate) limit: Option<Powers>,
}

/// What stands behind a power that has a limit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limited {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    only: Option<Value>,
}

/// `pod` as manifests write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pod {
    level: Option<Level>,
    except: Option<BTreeSet<Exception>>,
    capabilities: Option<Vec<Pattern>>,
    images: Option<Vec<Pattern>>,
    ports: Option<BTreeSet<u16>>,
    cpu: Option<String>,
    memory: Option<String>,
    shared: Option<bool>,
}

/// Reads one member of `powers`. The error names it.
pub(crate) fn read(word: &str, value: &Value) -> Result<Asked, String> {
    let shown = words::bounded(word);
    let Some(power) = Power::of_word(word) else {
        let words = Power::ALL.map(Power::as_str);
        return Err(match nearest(word, words) {
            Some(near) => format!("there is no power `{shown}`; did you mean `{near}`?"),
            None => format!("there is no power `{shown}`; this windlass has {}", words.join(", ")),
        });
    };
    let wrong = |why: String| format!("`powers.{shown}`: {why}");
    let limited = match value {
        Value::String(reason) => Limited { reason: reason.clone(), only: None },
        other => {
            Limited::deserialize(other).map_err(|e| wrong(format!("{e}; give a reason, or {{\"reason\": …, \"only\": …}}")))?
        }
    };
    let limit = limited.only.map(|only| limit(power, &only)).transpose().map_err(|why| wrong(format!("`only`: {why}")))?;
    Ok(Asked { power, reason: words::bounded(&limited.reason), limit })
}

/// One power, with as much of it as `only` says in a manifest's form; without a limit where nothing is said.
///
/// # Errors
/// What is wrong with it.
pub fn limited(word: &str, only: Option<&Value>) -> Result<Powers, String> {
    let asked = read(word, &json!({"only": only}))?;
    Ok(asked.limit.unwrap_or_else(|| {
        let mut powers = Powers::default();
        powers.add(asked.power);
        powers
    }))
}

fn limit(power: Power, only: &Value) -> Result<Powers, String> {
    let mut powers = Powers::default();
    match power {
        Power::Pod => powers.pod = Some(pod(only)?),
        Power::Containers => powers.containers = Some(ContainerScope::of_words(patterns(only)?)),
        Power::EnvironmentSet if only == "all" => powers.environment_set = Some(VariableScope::all()),
        Power::EnvironmentSet => powers.environment_set = Some(VariableScope::only(patterns(only)?)),
        Power::Secrets => powers.secrets = Some(Scope::only(patterns(only)?)),
        Power::WorkspaceRead => powers.workspace_read = Some(PathScope::only(files(only)?)),
        Power::WorkspaceWrite => powers.workspace_write = Some(PathScope::only(files(only)?)),
        Power::Http => powers.http = Some(HostScope::asked(hosts(only)?)),
        Power::Results => powers.results = Some(Scope::only(patterns(only)?)),
        Power::Registries | Power::Environment | Power::SecretsReveal => return Err("this power has no limits".to_owned()),
    }
    Ok(powers)
}

fn files(only: &Value) -> Result<Vec<PathPattern>, String> {
    Vec::<PathPattern>::deserialize(only).map_err(|e| format!("{e}; give a list of paths from the root, or patterns of them"))
}

fn hosts(only: &Value) -> Result<Vec<HostPattern>, String> {
    Vec::<HostPattern>::deserialize(only).map_err(|e| format!("{e}; give a list of hosts"))
}

fn patterns(only: &Value) -> Result<Vec<Pattern>, String> {
    Vec::<Pattern>::deserialize(only).map_err(|e| format!("{e}; give a list of names or patterns"))
}

fn pod(only: &Value) -> Result<PodLimits, String> {
    let given = Pod::deserialize(only).map_err(|e| e.to_string())?;
    let any = PodLimits::default();
    let scope = |patterns: Option<Vec<Pattern>>| patterns.map_or_else(Scope::any, Scope::only);
    Ok(PodLimits {
        level: given.level.unwrap_or(any.level),
        except: given.except.unwrap_or(any.except),
        capabilities: scope(given.capabilities),
        images: scope(given.images),
        ports: given.ports,
        cpu: given.cpu.map(|text| MilliCpu::parse(&text)).transpose().map_err(|why| format!("cpu: {why}"))?,
        memory: given.memory.map(|text| MebiBytes::parse(&text)).transpose().map_err(|why| format!("memory: {why}"))?,
        shared: given.shared.unwrap_or(any.shared),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_limit_is_read_as_it_is_written() {
        let asked = |word: &str, value: Value| read(word, &value).unwrap_or_else(|e| panic!("{e}"));
        let containers = asked("containers", json!({"reason": "runs it", "only": ["own"]}));
        assert_eq!(containers.reason, "runs it");
        assert_eq!(containers.limit.and_then(|powers| powers.containers), Some(ContainerScope::own()));
        assert_eq!(asked("registries", json!("knows")).limit, None);
        let all = asked("environment-set", json!({"only": "all"})).limit.and_then(|powers| powers.environment_set);
        assert_eq!(all, Some(VariableScope::all()));
        let pod = asked("pod", json!({"only": {"level": "privileged", "ports": [2375], "capabilities": [], "memory": "4G"}}));
        let pod = pod.limit.and_then(|powers| powers.pod).unwrap_or_else(|| panic!("it has limits"));
        assert_eq!((pod.level, pod.ports, pod.memory), (Level::Privileged, Some([2375].into()), Some(MebiBytes(4096))));
        assert!(pod.capabilities.is_none() && pod.images.is_any() && pod.shared && pod.except.is_empty());
    }

    /// Every limit that is not understood is named: a plugin that meant to ask for less must not be taken to ask for all.
    #[test]
    fn what_is_not_understood_is_named() {
        for (word, value, said) in [
            ("teleport", json!(""), "there is no power `teleport`"),
            ("container", json!(""), "did you mean `containers`?"),
            ("containers", json!({"onyl": []}), "unknown field `onyl`"),
            ("containers", json!({"only": "own"}), "`powers.containers`: `only`"),
            ("containers", json!(7), "`powers.containers`"),
            ("registries", json!({"only": []}), "this power has no limits"),
            ("secrets", json!({"only": [1]}), "`powers.secrets`: `only`"),
            ("environment-set", json!({"only": "some"}), "`powers.environment-set`"),
            ("pod", json!({"only": {"level": "high"}}), "unknown variant `high`"),
            ("pod", json!({"only": {"except": ["root"]}}), "unknown variant `root`"),
            ("pod", json!({"only": {"privileged": true}}), "unknown field `privileged`"),
            ("pod", json!({"only": {"ports": [70000]}}), "70000"),
            ("pod", json!({"only": {"memory": "lots"}}), "memory: "),
        ] {
            let error = read(word, &value).err().unwrap_or_else(|| panic!("{word}: {value} was taken"));
            assert!(error.contains(said), "{error}");
        }
    }
}
