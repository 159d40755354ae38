//! The operating system that a task's instance has, which its variables tell.

use super::instance::counts;
use super::keys::TaskKind;
use super::read::last;
use crate::variables::{Binding, Expanded, Scope};
use crate::yaml::Entry;

/// What a task is told about its system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct System(&'static str);

const LINUX: System = System("linux");
const WINDOWS: System = System("windows");
const MAC: System = System("darwin");
const FREEBSD: System = System("freebsd");

impl System {
    /// Sets the variables that tell the system, where nothing else sets them.
    pub(super) fn bind(self, scope: &mut Scope) {
        for name in ["CIRRUS_OS", "OS"] {
            if scope.get(name).is_none() {
                scope.set(name, Binding::Text(self.0.to_owned()));
            }
        }
    }
}

/// The system that the instance which counts has, also of one that does not run here. `None` when only the machine knows.
pub(super) fn system(root: &[Entry], task: &[Entry], kind: TaskKind, scope: &Scope) -> Option<System> {
    if kind == TaskKind::DockerBuilder {
        return Some(last(task, "platform").and_then(|entry| named(entry, scope)).unwrap_or(LINUX));
    }
    let Some(instance) = counts(root, task) else {
        return Some(LINUX);
    };
    let key = &*instance.key.text;
    let is = |words: &[&str]| words.iter().any(|word| key.starts_with(word));
    Some(match key {
        "persistent_worker" => return None,
        _ if is(&["windows"]) => WINDOWS,
        _ if is(&["macos", "osx", "mac_", "anka"]) => MAC,
        _ if is(&["freebsd"]) => FREEBSD,
        _ => {
            let maps = root.iter().chain(task).rev().filter(|entry| entry.key.text == instance.key.text);
            let platforms = maps.filter_map(|entry| last(entry.value.as_map()?, "platform"));
            platforms.filter_map(|entry| named(entry, scope)).next().unwrap_or(LINUX)
        }
    })
}

fn named(entry: &Entry, scope: &Scope) -> Option<System> {
    let Expanded::Text(text) = scope.expand(&entry.value.as_text()?.text) else {
        return None;
    };
    [LINUX, WINDOWS, MAC, FREEBSD].into_iter().find(|system| text.trim().eq_ignore_ascii_case(system.0))
}
