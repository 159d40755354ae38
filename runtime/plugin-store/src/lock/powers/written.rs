//! Powers to text.

use windlass_model::host_pattern::HostPattern;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::{Power, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::{ContainerScope, HostScope, PathLimit, PathScope, VariableLimit, VariableScope};
use windlass_model::scope::Scope;

use crate::lock::write::quoted;

/// One line for each power, in alphabetical order.
pub(in crate::lock) fn items(powers: &Powers) -> Vec<String> {
    let mut items: Vec<String> = powers.list().map(|power| item(power, powers)).collect();
    items.sort();
    items
}

fn item(power: Power, powers: &Powers) -> String {
    let limits = match power {
        Power::Pod => powers.pod.as_ref().map(pod),
        Power::Containers => powers.containers.as_ref().and_then(containers),
        Power::EnvironmentSet => powers.environment_set.as_ref().and_then(variables),
        Power::Secrets => powers.secrets.as_ref().and_then(scope),
        Power::WorkspaceRead => powers.workspace_read.as_ref().and_then(files),
        Power::WorkspaceWrite => powers.workspace_write.as_ref().and_then(files),
        Power::Http => powers.http.as_ref().and_then(hosts),
        Power::Results => powers.results.as_ref().and_then(scope),
        Power::Registries | Power::Environment | Power::SecretsReveal => None,
    };
    limits.map_or_else(|| power.to_string(), |limits| format!("{power}: {limits}"))
}

/// Always with its level, which is what one looks for.
fn pod(limits: &PodLimits) -> String {
    let mut fields = vec![format!("level: {}", limits.level)];
    if !limits.except.is_empty() {
        fields.push(format!("except: [{}]", limits.except.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", ")));
    }
    fields.extend(scope(&limits.capabilities).map(|names| format!("capabilities: {names}")));
    fields.extend(scope(&limits.images).map(|names| format!("images: {names}")));
    if let Some(ports) = &limits.ports {
        fields.push(format!("ports: [{}]", ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")));
    }
    fields.extend(limits.cpu.map(|cpu| format!("cpu: {}", quoted(&cpu.written()))));
    fields.extend(limits.memory.map(|memory| format!("memory: {}", quoted(&memory.written()))));
    if !limits.shared {
        fields.push("shared: false".to_owned());
    }
    format!("{{{}}}", fields.join(", "))
}

/// Own ones and those of the task in one list, as settings have them; where that does not say it, each for itself.
fn containers(scope: &ContainerScope) -> Option<String> {
    let list = match scope.of_task.lists() {
        [] if scope.own => return None,
        [list] if list.iter().all(|name| name.0 != ContainerScope::OWN) => list,
        _ => {
            let of_task = self::scope(&scope.of_task).map(|names| format!(", task: {names}")).unwrap_or_default();
            return Some(format!("{{own: {}{of_task}}}", scope.own));
        }
    };
    let own = scope.own.then_some(ContainerScope::OWN);
    Some(flow(own.into_iter().chain(list.iter().map(|name| name.0.as_str()))))
}

fn variables(scope: &VariableScope) -> Option<String> {
    match scope.limits() {
        [] => Some(VariableScope::ALL.to_owned()),
        [VariableLimit::Ordinary] => None,
        [VariableLimit::Only(patterns)] => Some(list(patterns)),
        limits => Some(lists(limits.iter().map(|limit| match limit {
            VariableLimit::Ordinary => super::limits::ORDINARY.to_owned(),
            VariableLimit::Only(patterns) => list(patterns),
        }))),
    }
}

/// A plugin that sets itself no limit asks for no fewer than all.
fn files(scope: &PathScope) -> Option<String> {
    let patterns = |patterns: &[PathPattern]| flow(patterns.iter().map(PathPattern::as_str));
    match scope.limits() {
        [] => None,
        [PathLimit::Ordinary] => Some(super::limits::ORDINARY.to_owned()),
        [PathLimit::Only(only)] => Some(patterns(only)),
        limits => Some(lists(limits.iter().map(|limit| match limit {
            PathLimit::Ordinary => super::limits::ORDINARY.to_owned(),
            PathLimit::Only(only) => patterns(only),
        }))),
    }
}

fn hosts(scope: &HostScope) -> Option<String> {
    let list = |hosts: &[HostPattern]| {
        let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
        flow(hosts.iter().map(String::as_str))
    };
    let mut several = scope.lists().map(list);
    match several.len() {
        0 => None,
        1 => several.next(),
        _ => Some(lists(several)),
    }
}

fn scope(scope: &Scope) -> Option<String> {
    match scope.lists() {
        [] => None,
        [only] => Some(list(only)),
        several => Some(lists(several.iter().map(|one| list(one)))),
    }
}

fn list(patterns: &[Pattern]) -> String {
    flow(patterns.iter().map(|pattern| pattern.0.as_str()))
}

fn lists(lists: impl Iterator<Item = String>) -> String {
    format!("[{}]", lists.collect::<Vec<_>>().join(", "))
}

fn flow<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", words.map(quoted).collect::<Vec<_>>().join(", "))
}
