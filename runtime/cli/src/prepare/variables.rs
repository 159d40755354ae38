//! The variables of a plan that the task file does not set itself.

use windlass_model::secret::{EnvValue, EnvVar, SecretName};

use super::lengths;
use crate::project::Project;
use crate::secrets::Sources;

/// Below the file's own: what windlass.yaml, git and the ledger say, with a note for each that is cut.
pub(super) fn below(project: &Project) -> (Vec<EnvVar>, Vec<String>) {
    let settings = project.settings.variables.iter().map(|(name, value)| EnvVar::text(name, value));
    let mut notes = Vec::new();
    let copy = project.copy.variables.iter().map(|(name, value)| {
        let (cut, note) = lengths::cut(name, value);
        notes.extend(note);
        EnvVar::text(*name, cut)
    });
    let variables = settings.chain(copy).collect();
    (variables, notes)
}

/// Above the file's own: the command line. What is a secret appears by name.
pub(super) fn above(project: &Project, sources: &Sources) -> Vec<EnvVar> {
    let is_secret = |name: &str| sources.everywhere().iter().any(|secret| secret.as_str() == name);
    let plain = project.given.iter().filter(|v| !is_secret(&v.name)).map(|v| EnvVar::text(&v.name, &v.value));
    let secret = |name: &SecretName| EnvVar { name: name.to_string(), value: EnvValue::Secret(name.clone()) };
    plain.chain(sources.everywhere().iter().map(secret)).collect()
}
