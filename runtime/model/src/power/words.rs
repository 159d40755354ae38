//! Powers in words: what a plan and `plugin inspect` show.

use super::{ContainerScope, PathLimit, PathScope, Power, Powers, VariableLimit, VariableScope};
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
        let limits = match power {
            Power::Pod => self.pod.as_ref().map(PodLimits::in_words),
            Power::Containers => self.containers.as_ref().map(ContainerScope::in_words),
            Power::EnvironmentSet => self.environment_set.as_ref().map(VariableScope::in_words),
            Power::Secrets => self.secrets.as_ref().and_then(scope),
            Power::WorkspaceRead => self.workspace_read.as_ref().map(PathScope::in_words),
            Power::WorkspaceWrite => self.workspace_write.as_ref().map(PathScope::in_words),
            Power::Registries | Power::Environment | Power::SecretsReveal => None,
        };
        limits.map_or_else(|| power.to_string(), |limits| format!("{power} ({limits})"))
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
            limits => limits.iter().map(limit).collect::<Vec<_>>().join(", of these "),
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
        self.limits().iter().map(limit).collect::<Vec<_>>().join(", of these ")
    }
}

/// A scope that has limits.
fn scope(scope: &Scope) -> Option<String> {
    let lists: Vec<String> = scope.lists().iter().map(|list| names(list.iter().map(|name| name.0.as_str()))).collect();
    (!lists.is_empty()).then(|| lists.join(", of these "))
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
}
