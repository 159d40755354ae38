//! What no setting can allow a plugin to bring: names and places that belong to windlass, to the task or to other steps, and what cannot be
//! in a pod at all.

use std::collections::BTreeSet;

use windlass_model::plugin::Requirements;
use windlass_model::pod::{ContainerPlan, MAIN, paths};
use windlass_model::pod_limits::{RESERVED_PREFIX, SHARED};
use windlass_model::secret::{EnvValue, EnvVar};

/// What the task itself has in its pod.
#[derive(Debug, Clone, Copy)]
pub(in crate::planner) struct TaskNames<'a> {
    /// The names of its containers.
    pub(in crate::planner) containers: &'a [&'a str],
    /// Where its own volume appears in containers.
    pub(in crate::planner) shared: &'a str,
}

/// Directories of a container that no volume may cover: windlass' own, those that the kernel fills, and the root.
const KEPT: [&str; 6] = ["/", "/windlass", paths::CERTIFICATES, "/proc", "/sys", "/dev"];

/// One sentence for each.
pub(super) fn of(needs: &Requirements, task: &TaskNames<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for required in &needs.containers {
        let container = &required.container;
        let name = container.name.as_str();
        let kept = [MAIN, SHARED].contains(&name) || name.starts_with(RESERVED_PREFIX);
        if !is_label(name) {
            found.push(format!("brings a container called {name:?} (`containers.name`), which is not a DNS label"));
        } else if kept {
            found.push(format!("brings a container called {name} (`containers.name`), a name reserved for windlass"));
        } else if task.containers.contains(&name) {
            found.push(format!("brings a container called {name} (`containers.name`), and the task has one of this name"));
        }
        if !seen.insert(name) {
            found.push(format!("brings two containers called {name} (`containers.name`)"));
        }
        found.extend(
            of_container(container, needs, task).into_iter().map(|what| format!("brings container {name}, which {what}")),
        );
    }
    let mut seen = BTreeSet::new();
    for volume in &needs.volumes {
        let name = volume.name.as_str();
        if !is_label(name) {
            found.push(format!("brings a volume called {name:?} (`volumes.name`), which is not a DNS label"));
        } else if name == SHARED || name.starts_with(RESERVED_PREFIX) {
            found.push(format!("brings a volume called {name} (`volumes.name`), a name reserved for windlass"));
        }
        if !seen.insert(name) {
            found.push(format!("brings two volumes called {name} (`volumes.name`)"));
        }
    }
    found.extend(needs.env.iter().filter_map(variable).map(|what| format!("sets {what} (`env`)")));
    found
}

fn of_container(container: &ContainerPlan, needs: &Requirements, task: &TaskNames<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut places = BTreeSet::new();
    for mount in &container.mounts {
        let (volume, path) = (&mount.volume, mount.path.as_str());
        let own = needs.volumes.iter().any(|brought| brought.name == *volume);
        // Whether it may have the task's own is a limit of `pod`.
        if !own && volume != SHARED {
            found.push(format!("mounts the volume {volume:?} (`mounts.volume`), and it does not bring that one"));
        }
        if !is_plain(path) {
            found.push(format!("mounts at {path:?} (`mounts.path`), which is not a plain absolute path"));
        } else if KEPT.iter().any(|kept| covers(path, kept) || (*kept != "/" && covers(kept, path))) {
            found.push(format!("mounts at {path} (`mounts.path`), which is reserved for windlass"));
        }
        let taken = volume != SHARED && path == task.shared;
        if !places.insert(path) || taken {
            found.push(format!("mounts at {path} (`mounts.path`), where another volume is"));
        }
    }
    if !container.files.is_empty() {
        found.push("has files reserved for windlass (`files`)".to_owned());
    }
    found.extend(container.env.iter().filter_map(variable).map(|what| format!("sets {what} (`env`)")));
    found
}

/// What is wrong with a variable: its name, or a value that the plugin cannot know.
fn variable(variable: &EnvVar) -> Option<String> {
    let name = &variable.name;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let plain = name.chars().all(word) && name.starts_with(|c: char| !c.is_ascii_digit());
    match &variable.value {
        _ if !plain => Some(format!("a variable called {name:?}, which is not a variable name")),
        EnvValue::Secret(_) => Some(format!("the variable {name} to a secret")),
        EnvValue::Text(text) if text.contains('\0') => Some(format!("the variable {name} to a text with a NUL")),
        EnvValue::Text(_) => None,
    }
}

/// Whether a mount at `path` hides `kept`.
fn covers(path: &str, kept: &str) -> bool {
    kept.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An absolute path in one spelling.
fn is_plain(path: &str) -> bool {
    let parts = path.strip_prefix('/').map(|rest| rest.split('/'));
    path == "/"
        || parts
            .is_some_and(|mut parts| parts.all(|part| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control)))
}

/// A name as Kubernetes takes it for containers and volumes (RFC 1123).
fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}
