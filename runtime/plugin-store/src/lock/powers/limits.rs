//! What stands behind a power.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_yaml::Value;
use windlass_model::host_pattern::HostPattern;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::{Power, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu};
use windlass_model::scope::Scope;

/// The word for all but what has to be named.
pub(super) const ORDINARY: &str = "ordinary";

/// A power without a limit, as a plugin asks for it that sets itself none.
pub(super) fn without(power: Power, powers: &mut Powers) {
    powers.add(power);
    match power {
        Power::WorkspaceRead => powers.workspace_read = Some(PathScope::all()),
        Power::WorkspaceWrite => powers.workspace_write = Some(PathScope::all()),
        _ => {}
    }
}

/// A power with its limits. One that is not understood is a mistake: taken for none, it would hide what a new version asks for.
pub(super) fn with(power: Power, value: &Value, powers: &mut Powers) -> Result<(), String> {
    match power {
        Power::Pod => powers.pod = Some(pod(value)?),
        Power::Containers => powers.containers = Some(containers(value)?),
        Power::EnvironmentSet => powers.environment_set = Some(variables(value)?),
        Power::Secrets => powers.secrets = Some(scope(value)?),
        Power::WorkspaceRead => powers.workspace_read = Some(files(value)?),
        Power::WorkspaceWrite => powers.workspace_write = Some(files(value)?),
        Power::Http => powers.http = Some(hosts(value)?),
        Power::Results => powers.results = Some(scope(value)?),
        Power::Registries | Power::Environment | Power::SecretsReveal => return Err("it has no limits".to_owned()),
    }
    Ok(())
}

/// One limit of a list of them.
enum Limit {
    Ordinary,
    Only(Vec<String>),
}

/// A list of words is one limit, and a list of lists several. The word for ordinary things stands alone, or among lists.
fn limits(value: &Value) -> Result<Vec<Limit>, String> {
    let expected = || "it takes a list of names or patterns".to_owned();
    let Value::Sequence(items) = value else {
        return if value.as_str() == Some(ORDINARY) { Ok(vec![Limit::Ordinary]) } else { Err(expected()) };
    };
    let words = |items: &[Value]| {
        let word = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(expected);
        items.iter().map(word).collect::<Result<Vec<_>, _>>().map(Limit::Only)
    };
    if !items.iter().any(Value::is_sequence) {
        return Ok(vec![words(items)?]);
    }
    let one = |item: &Value| match item {
        Value::Sequence(items) => words(items),
        item if item.as_str() == Some(ORDINARY) => Ok(Limit::Ordinary),
        _ => Err(expected()),
    };
    items.iter().map(one).collect()
}

fn scope(value: &Value) -> Result<Scope, String> {
    limits(value)?.into_iter().try_fold(Scope::any(), |scope, limit| match limit {
        Limit::Only(words) => Ok(scope.meet(&Scope::only(words.into_iter().map(Pattern)))),
        Limit::Ordinary => Err(format!("`{ORDINARY}` is none of its limits")),
    })
}

fn variables(value: &Value) -> Result<VariableScope, String> {
    if value.as_str() == Some(VariableScope::ALL) {
        return Ok(VariableScope::all());
    }
    let meet = |scope: VariableScope, limit| match limit {
        Limit::Ordinary => scope.meet(&VariableScope::default()),
        Limit::Only(words) => scope.meet(&VariableScope::only(words.into_iter().map(Pattern))),
    };
    Ok(limits(value)?.into_iter().fold(VariableScope::all(), meet))
}

fn files(value: &Value) -> Result<PathScope, String> {
    limits(value)?.into_iter().try_fold(PathScope::all(), |scope, limit| {
        let one = match limit {
            Limit::Ordinary => PathScope::default(),
            Limit::Only(words) => {
                let patterns: Result<Vec<_>, _> = words.iter().map(|word| PathPattern::parse(word)).collect();
                PathScope::only(patterns.map_err(|error| error.to_string())?)
            }
        };
        Ok(scope.meet(&one))
    })
}

/// A lock says what a plugin asks for, and never what was granted.
fn hosts(value: &Value) -> Result<HostScope, String> {
    limits(value)?.into_iter().try_fold(HostScope::any(), |scope, limit| match limit {
        Limit::Only(words) => {
            let hosts: Result<Vec<_>, _> = words.iter().map(|word| HostPattern::parse(word)).collect();
            Ok(scope.meet(&HostScope::asked(hosts.map_err(|error| error.to_string())?)))
        }
        Limit::Ordinary => Err(format!("`{ORDINARY}` is none of its limits")),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Containers {
    own: bool,
    task: Option<Value>,
}

fn containers(value: &Value) -> Result<ContainerScope, String> {
    if value.is_mapping() {
        let apart = Containers::deserialize(value).map_err(|e| e.to_string())?;
        let of_task = apart.task.as_ref().map_or(Ok(Scope::any()), scope)?;
        return Ok(ContainerScope { own: apart.own, of_task });
    }
    match <[Limit; 1]>::try_from(limits(value)?) {
        Ok([Limit::Only(words)]) => Ok(ContainerScope::of_words(words.into_iter().map(Pattern))),
        _ => Err("it takes one list of names or patterns".to_owned()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pod {
    level: Level,
    #[serde(default)]
    except: BTreeSet<Exception>,
    capabilities: Option<Value>,
    images: Option<Value>,
    ports: Option<BTreeSet<u16>>,
    cpu: Option<Value>,
    memory: Option<Value>,
    #[serde(default = "shared")]
    shared: bool,
}

fn shared() -> bool {
    true
}

fn pod(value: &Value) -> Result<PodLimits, String> {
    let written = Pod::deserialize(value).map_err(|e| e.to_string())?;
    let names = |value: Option<Value>| value.as_ref().map_or(Ok(Scope::any()), scope);
    Ok(PodLimits {
        level: written.level,
        except: written.except,
        capabilities: names(written.capabilities)?,
        images: names(written.images)?,
        ports: written.ports,
        cpu: written.cpu.map(|amount| MilliCpu::parse(&text(&amount)?)).transpose()?,
        memory: written.memory.map(|amount| MebiBytes::parse(&text(&amount)?)).transpose()?,
        shared: written.shared,
    })
}

/// An amount, which people write as a number, too.
fn text(amount: &Value) -> Result<String, String> {
    match amount {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err("an amount is a number, or a text such as `512Mb`".to_owned()),
    }
}
