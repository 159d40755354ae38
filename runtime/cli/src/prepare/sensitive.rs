//! Values that are secrets by their variable's name, and secrets that are too short to be masked.

use std::collections::BTreeSet;

use windlass_model::secret::{EnvValue, SecretName};
use windlass_model::variable::{can_be_secret, is_sensitive};
use windlass_redact::{SHORTEST_MASKED, is_masked};

use crate::project::Project;
use crate::secrets::Sources;
use crate::variables::Given;

/// Plain values of the task file and the settings whose names say that they are secrets.
pub(super) fn written(project: &Project) -> Vec<&str> {
    let tasks = &project.configuration.tasks;
    let sidecars = tasks.iter().flat_map(|task| &task.instance).flat_map(|instance| &instance.sidecars);
    let of_tasks = tasks.iter().flat_map(|task| &task.env).chain(sidecars.flat_map(|sidecar| &sidecar.env));
    let of_settings = project.settings.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let plain = of_tasks.filter_map(|variable| match &variable.value {
        EnvValue::Text(text) => Some((variable.name.as_str(), text.as_str())),
        EnvValue::Secret(_) => None,
    });
    plain.chain(of_settings).filter(|(name, value)| is_sensitive(name) && can_be_secret(value)).map(|(_, value)| value).collect()
}

/// A note on each given value that is too short to be masked.
pub(super) fn shown(given: &Given, sources: &Sources) -> Vec<String> {
    let is_secret = |name: &str| sources.everywhere().iter().any(|secret| secret.as_str() == name);
    given.iter().filter(|v| is_secret(&v.name) && !is_masked(v.value.as_bytes())).map(|v| note(&v.name)).collect()
}

/// What to know of a secret that is too short.
pub fn note(name: impl std::fmt::Display) -> String {
    format!("the value of {name} has fewer than {SHORTEST_MASKED} bytes and is not masked: so short a text appears everywhere")
}

/// A note on each name whose value was read and is too short to be masked; tasks may have several of one name.
pub fn short<'v>(values: impl IntoIterator<Item = (&'v SecretName, &'v [u8])>) -> Vec<String> {
    let names: BTreeSet<&SecretName> = values.into_iter().filter(|(_, value)| !is_masked(value)).map(|(name, _)| name).collect();
    names.into_iter().map(note).collect()
}
