//! Powers in words: what a plan and `plugin inspect` show.

use super::{ContainerScope, HostScope, PathLimit, PathScope, Power, Powers, VariableLimit, VariableScope};
use crate::host_pattern::HostPattern;
use crate::path_pattern::PathPattern;
use crate::pod_limits::PodLimits;
use crate::pod_security::Level;
use crate::scope::Scope;

impl Powers {
    /// Each power with its limits, for people.
    pub fn in_words(&self) -> Vec<String> {
        self.list().map(|power| self.word(power)).collect()
    }

    /// One power with its limits, for people.
    pub fn word(&self, power: Power) -> String {
        self.limits(power).map_or_else(|| power.to_string(), |limits| format!("{power} ({limits})"))
    }

    /// The limits of a power, for people; `None` where it is not there or has none.
    pub fn limits(&self, power: Power) -> Option<String> {
        let limits = match power {
            Power::Pod => self.pod.as_ref().map(PodLimits::in_words),
            Power::Containers => self.containers.as_ref().map(ContainerScope::in_words),
            Power::EnvironmentSet => self.environment_set.as_ref().map(VariableScope::in_words),
            Power::Secrets => self.secrets.as_ref().and_then(scope),
            Power::WorkspaceRead => self.workspace_read.as_ref().map(PathScope::in_words),
            Power::WorkspaceWrite => self.workspace_write.as_ref().map(PathScope::in_words),
            Power::Http => self.http.as_ref().and_then(HostScope::in_words),
            Power::Results => self.results.as_ref().and_then(scope),
            Power::Registries | Power::Environment | Power::SecretsReveal => None,
        };
        limits.filter(|limits| !limits.is_empty())
    }
}

impl PodLimits {
    /// For people: `up to baseline, and seccomp-unconfined; port 2375`.
    pub fn in_words(&self) -> String {
        let mut parts = vec![format!("up to {}", self.level)];
        // Under `privileged` they say nothing.
        if !self.except.is_empty() && self.level != Level::Privileged {
            let exceptions: Vec<&str> = self.except.iter().map(|exception| exception.as_str()).collect();
            parts = vec![format!("up to {}, and {}", self.level, exceptions.join(", "))];
        }
        parts.extend(scope(&self.capabilities).map(|names| format!("capabilities {names}")));
        parts.extend(scope(&self.images).map(|names| format!("images {names}")));
        if let Some(ports) = &self.ports {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            parts.push(match ports.as_slice() {
                [] => "no ports".to_owned(),
                [port] => format!("port {port}"),
                ports => format!("ports {}", ports.join(", ")),
            });
        }
        parts.extend(self.cpu.map(|cpu| format!("at most {} CPU", cpu.written())));
        parts.extend(self.memory.map(|memory| format!("at most {memory}")));
        if !self.shared {
            parts.push("without the working copy".to_owned());
        }
        parts.join("; ")
    }
}

impl ContainerScope {
    /// For people: `own`, `main, db`, `any`.
    pub fn in_words(&self) -> String {
        match (self.own, scope(&self.of_task)) {
            (true, None) => "any".to_owned(),
            (true, Some(_)) if self.of_task.is_none() => Self::OWN.to_owned(),
            (true, Some(names)) => format!("{}, {names}", Self::OWN),
            (false, None) => "any but its own".to_owned(),
            (false, Some(names)) => names,
        }
    }
}

impl VariableScope {
    /// For people.
    pub fn in_words(&self) -> String {
        let limit = |limit: &VariableLimit| match limit {
            VariableLimit::Ordinary => "ordinary ones".to_owned(),
            VariableLimit::Only(patterns) => names(patterns.iter().map(|pattern| pattern.0.as_str())),
        };
        match self.limits() {
            [] => "all".to_owned(),
            limits => narrowed(limits.iter().map(limit)),
        }
    }
}

impl PathScope {
    /// For people.
    pub fn in_words(&self) -> String {
        let limit = |limit: &PathLimit| match limit {
            PathLimit::Ordinary => "ordinary files".to_owned(),
            PathLimit::Only(patterns) => names(patterns.iter().map(PathPattern::as_str)),
        };
        narrowed(self.limits().iter().map(limit))
    }
}

impl HostScope {
    /// For people; nothing where there is no limit.
    pub fn in_words(&self) -> Option<String> {
        let list = |hosts: &[HostPattern]| {
            let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
            names(hosts.iter().map(String::as_str))
        };
        let lists: Vec<String> = self.lists().map(list).collect();
        let all = lists.iter().any(|list| list == EVERY) && lists.iter().any(|list| list != EVERY);
        // Whoever lists every host has not named one of the user's own network.
        let outside = if all { " outside your own network" } else { "" };
        (!lists.is_empty()).then(|| format!("{}{outside}", narrowed(lists)))
    }
}

/// A scope that has limits.
fn scope(scope: &Scope) -> Option<String> {
    let lists: Vec<String> = scope.lists().iter().map(|list| names(list.iter().map(|name| name.0.as_str()))).collect();
    (!lists.is_empty()).then(|| narrowed(lists))
}

/// The pattern of every name.
const EVERY: &str = "*";

/// A list and what each further one leaves of it. One that leaves everything is not told, nor is one that was told.
fn narrowed(lists: impl IntoIterator<Item = String>) -> String {
    let mut told: Vec<String> = Vec::new();
    for list in lists {
        if !told.contains(&list) {
            told.push(list);
        }
    }
    if told.iter().any(|list| list != EVERY) {
        told.retain(|list| list != EVERY);
    }
    told.join(", of these ")
}

fn names<'a>(patterns: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = patterns.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    #[test]
    fn limits_are_told_with_the_power_that_they_limit() {
        let only = |words: &[&str]| Scope::only(words.iter().map(|word| Pattern((*word).to_owned())));
        let powers = Powers {
            pod: Some(PodLimits { level: Level::Privileged, ports: Some([2375].into()), ..PodLimits::default() }),
            containers: Some(ContainerScope::own()),
            registries: true,
            environment_set: Some(VariableScope::default()),
            secrets: Some(only(&["A*", "B"]).meet(&only(&["B"]))),
            ..Powers::default()
        };
        assert_eq!(
            powers.in_words(),
            [
                "pod (up to privileged; port 2375)",
                "containers (own)",
                "registries",
                "environment-set (ordinary ones)",
                "secrets (A*, B, of these B)",
            ]
        );
    }

    #[test]
    fn a_list_that_leaves_everything_is_not_told() {
        let hosts = |words: &[&str]| words.iter().map(|word| HostPattern::parse(word).expect("a pattern")).collect::<Vec<_>>();
        let asked = HostScope::asked(hosts(&["api.corp.example"]));
        let words = |granted: &[&str]| asked.meet(&HostScope::granted(hosts(granted))).in_words().unwrap_or_default();
        assert_eq!(words(&["*"]), "api.corp.example outside your own network");
        assert_eq!(words(&["api.corp.example"]), "api.corp.example");
        assert_eq!(words(&["*.corp.example"]), "api.corp.example, of these *.corp.example");
        assert_eq!(HostScope::granted(hosts(&["*"])).in_words().as_deref(), Some("*"));
        let only = |words: &[&str]| Scope::only(words.iter().map(|word| Pattern((*word).to_owned())));
        assert_eq!(scope(&only(&["A*"]).meet(&only(&["*"]))).as_deref(), Some("A*"));
        assert_eq!(scope(&only(&["*"]).meet(&only(&["A"]))).as_deref(), Some("A"));
        assert_eq!(scope(&only(&["*"])).as_deref(), Some("*"));
    }
}
