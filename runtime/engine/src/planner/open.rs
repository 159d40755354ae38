//! Values that a plan still waits for.

use windlass_model::plan::OpenValue;
use windlass_model::task::Task;

use super::Platform;

/// The secrets of a task that nothing gives a value for.
pub(super) fn secrets<'a>(platform: &'a dyn Platform, task: &'a Task, name: &'a str) -> impl Iterator<Item = OpenValue> + 'a {
    task.secrets.iter().filter_map(move |secret| {
        let ways = platform.secret_ways(task, &secret.name)?;
        Some(OpenValue::Secret { task: name.to_owned(), name: secret.name.clone(), ways })
    })
}
