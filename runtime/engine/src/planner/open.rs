//! Values that a plan still waits for.

use std::collections::BTreeSet;

use windlass_model::plan::OpenValue;
use windlass_model::secret::SecretName;
use windlass_model::task::Task;

use super::Platform;

/// The secrets of a task, its own and those that its plugins name, that nothing gives a value for.
pub(super) fn secrets(platform: &dyn Platform, task: &Task, name: &str, of_plugins: &BTreeSet<SecretName>) -> Vec<OpenValue> {
    let own = task.secrets.iter().map(|secret| &secret.name);
    let more = of_plugins.iter().filter(|other| !task.secrets.iter().any(|secret| secret.name == **other));
    let open = |secret: &SecretName| {
        let ways = platform.secret_ways(task, secret)?;
        Some(OpenValue::Secret { task: name.to_owned(), name: secret.clone(), ways })
    };
    own.chain(more).filter_map(open).collect()
}
