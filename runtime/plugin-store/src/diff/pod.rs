//! What is new of what a plugin may bring to the pod, limit by limit.

use std::collections::BTreeSet;

use windlass_model::plugin::Power;
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::scope::Scope;

use super::{Change, cover};

pub(super) fn compare(old: &PodLimits, new: &PodLimits, changes: &mut Vec<Change>) {
    if new.level > old.level {
        changes.push(Change::Level { old: old.level, new: new.level });
    }
    let mut wider =
        |what, old: String, new: String| changes.push(Change::Wider { power: Power::Pod, what: Some(what), old, new });
    // With a new level of `privileged` they are said already, and with an old one they were allowed.
    let added = |exception: &&Exception| !old.except.contains(exception);
    if old.level != Level::Privileged && new.level != Level::Privileged && new.except.iter().any(|e| added(&e)) {
        wider("exceptions", exceptions(&old.except), exceptions(&new.except));
    }
    for (what, old, new) in [("capabilities", &old.capabilities, &new.capabilities), ("images", &old.images, &new.images)] {
        if !cover::scope(old, new) {
            wider(what, names(old), names(new));
        }
    }
    let beyond = |most: &BTreeSet<u16>| new.ports.as_ref().is_none_or(|ports| !ports.is_subset(most));
    if old.ports.as_ref().is_some_and(beyond) {
        wider("ports", ports(old.ports.as_ref()), ports(new.ports.as_ref()));
    }
    if old.cpu.is_some_and(|most| new.cpu.is_none_or(|cpu| cpu > most)) {
        let amount = |cpu: Option<windlass_model::quantity::MilliCpu>| cpu.map_or_else(any, |cpu| cpu.written());
        wider("cpu", amount(old.cpu), amount(new.cpu));
    }
    if old.memory.is_some_and(|most| new.memory.is_none_or(|memory| memory > most)) {
        let amount = |memory: Option<windlass_model::quantity::MebiBytes>| memory.map_or_else(any, |memory| memory.to_string());
        wider("memory", amount(old.memory), amount(new.memory));
    }
    if new.shared && !old.shared {
        wider("volume", "without the working copy".to_owned(), "with the working copy".to_owned());
    }
}

fn any() -> String {
    "any".to_owned()
}

fn none_or(words: Vec<String>) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

fn exceptions(exceptions: &BTreeSet<Exception>) -> String {
    none_or(exceptions.iter().map(ToString::to_string).collect())
}

fn ports(ports: Option<&BTreeSet<u16>>) -> String {
    ports.map_or_else(any, |ports| none_or(ports.iter().map(u16::to_string).collect()))
}

fn names(scope: &Scope) -> String {
    let lists: Vec<String> = scope.lists().iter().map(|list| none_or(list.iter().map(|name| name.0.clone()).collect())).collect();
    if lists.is_empty() { any() } else { lists.join(", of these ") }
}
