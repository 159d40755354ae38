//! Powers as entries of a plugin's list in `windlass.yaml`.

use windlass_model::pattern::Pattern;
use windlass_model::plugin::{Power, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::{ContainerScope, PathLimit, PathScope, VariableLimit, VariableScope};
use windlass_model::scope::Scope;
use windlass_model::secret::SecretName;

use super::yaml_text;

/// Everything that a plugin asks for, within the limits that it sets itself; of secrets these, if there are any.
pub(crate) fn entries(asks: &Powers, secrets: &[SecretName]) -> Vec<String> {
    asks.list().map(|power| entry(asks, power, secrets)).collect()
}

/// A power with a list of names.
pub(crate) fn named<'a>(power: Power, names: impl IntoIterator<Item = &'a str>) -> String {
    format!("{{{power}: {}}}", list(names))
}

fn entry(asks: &Powers, power: Power, secrets: &[SecretName]) -> String {
    let limits = match power {
        Power::Pod => asks.pod.as_ref().map(pod).filter(|limits| limits != "{}"),
        Power::Containers => asks.containers.as_ref().and_then(containers),
        Power::EnvironmentSet => asks.environment_set.as_ref().and_then(variables),
        Power::Secrets if !secrets.is_empty() => Some(list(secrets.iter().map(SecretName::as_str))),
        Power::Secrets => asks.secrets.as_ref().and_then(scope),
        Power::WorkspaceRead => asks.workspace_read.as_ref().and_then(paths),
        Power::WorkspaceWrite => asks.workspace_write.as_ref().and_then(paths),
        Power::Registries | Power::Environment | Power::SecretsReveal => None,
    };
    limits.map_or_else(|| power.to_string(), |limits| format!("{{{power}: {limits}}}"))
}

fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", words.into_iter().map(yaml_text).collect::<Vec<_>>().join(", "))
}

fn patterns(patterns: &[Pattern]) -> String {
    list(patterns.iter().map(|pattern| pattern.0.as_str()))
}

/// A manifest sets one limit to a power, so the first is all of it.
fn scope(scope: &Scope) -> Option<String> {
    scope.lists().first().map(|limit| patterns(limit))
}

fn containers(scope: &ContainerScope) -> Option<String> {
    let of_task = scope.of_task.lists().first()?;
    let own = scope.own.then_some(ContainerScope::OWN);
    Some(list(own.into_iter().chain(of_task.iter().map(|pattern| pattern.0.as_str()))))
}

fn variables(scope: &VariableScope) -> Option<String> {
    match scope.limits().first() {
        None => Some("all".to_owned()),
        Some(VariableLimit::Ordinary) => None,
        Some(VariableLimit::Only(limit)) => Some(patterns(limit)),
    }
}

fn paths(scope: &PathScope) -> Option<String> {
    scope.limits().iter().find_map(|limit| match limit {
        PathLimit::Ordinary => None,
        PathLimit::Only(limit) => Some(patterns(limit)),
    })
}

fn pod(limits: &PodLimits) -> String {
    let usual = PodLimits::default();
    let mut members = Vec::new();
    let mut member = |name: &str, value: Option<String>| members.extend(value.map(|value| format!("{name}: {value}")));
    member("level", (limits.level != usual.level).then(|| limits.level.to_string()));
    let except = list(limits.except.iter().map(|exception| exception.as_str()));
    member("except", (!limits.except.is_empty()).then_some(except));
    member("capabilities", scope(&limits.capabilities));
    member("images", scope(&limits.images));
    let ports = |ports: &std::collections::BTreeSet<u16>| {
        format!("[{}]", ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
    };
    member("ports", limits.ports.as_ref().map(ports));
    member("cpu", limits.cpu.map(|cpu| cpu.written()));
    member("memory", limits.memory.map(|memory| format!("{}Mi", memory.0)));
    member("shared", (limits.shared != usual.shared).then(|| limits.shared.to_string()));
    format!("{{{}}}", members.join(", "))
}

#[cfg(test)]
mod tests {
    use windlass_model::pod_security::{Exception, Level};

    use super::*;

    /// Whoever follows the advice grants no more than the plugin asks for.
    #[test]
    fn what_a_plugin_asks_for_is_written_with_its_limits() {
        let mut asks = Powers::default();
        Power::ALL.into_iter().for_each(|power| asks.add(power));
        assert_eq!(entries(&asks, &[]), Power::ALL.map(Power::as_str));
        asks.pod = Some(PodLimits {
            level: Level::Privileged,
            except: [Exception::SeccompUnconfined].into(),
            ports: Some([80, 2375].into()),
            capabilities: Scope::none(),
            shared: false,
            ..PodLimits::default()
        });
        asks.containers = Some(ContainerScope::of_words([Pattern("own".into()), Pattern("main".into())]));
        asks.environment_set = Some(VariableScope::all());
        asks.workspace_read = Some(PathScope::only([Pattern("src/*".into())]));
        let name = SecretName::new("TOKEN").unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            entries(&asks, &[name]),
            [
                "{pod: {level: privileged, except: [seccomp-unconfined], capabilities: [], ports: [80, 2375], shared: false}}",
                "{containers: [own, main]}",
                "registries",
                "environment",
                "{environment-set: all}",
                "{secrets: [TOKEN]}",
                "secrets-reveal",
                "{workspace-read: [\"src/*\"]}",
                "workspace-write",
            ]
        );
    }
}
