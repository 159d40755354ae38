//! Values that a plan still waits for.

use std::collections::BTreeSet;

use windlass_model::plan::OpenValue;
use windlass_model::secret::SecretName;
use windlass_model::task::Task;

use super::PlanErrors;
use super::select::Chosen;
use crate::ports::surroundings::Surroundings;

/// The variables that fields of the chosen tasks refer to and nothing defines, each once.
pub(super) fn variables(chosen: &Chosen<'_>) -> Vec<OpenValue> {
    let mut open: Vec<OpenValue> = Vec::new();
    for task in &chosen.run {
        for variable in &task.undefined {
            let same = open.iter_mut().find_map(|value| match value {
                OpenValue::Variable { name, tasks, .. } if *name == variable.name => Some(tasks),
                _ => None,
            });
            let (task, name) = (chosen.name_of(task.id), &variable.name);
            match same {
                Some(tasks) => tasks.push(task),
                None => open.push(OpenValue::Variable {
                    name: name.clone(),
                    line: variable.line,
                    tasks: vec![task],
                    ways: vec![
                        format!("-e {name}=VALUE"),
                        format!("env: {{{name}: VALUE}}          in the file"),
                        format!("variables: {{{name}: VALUE}}    in windlass.yaml"),
                    ],
                }),
            }
        }
    }
    open
}

/// Why a task with variables that are still to be given is not in the plan.
pub(super) fn not_shown(name: &str, errors: &PlanErrors) -> String {
    format!("task {name} can be shown once its variables are given: without them, {errors}")
}

/// The secrets of a task, its own and those that its plugins name, that nothing gives a value for.
pub(super) fn secrets(
    surroundings: &dyn Surroundings,
    task: &Task,
    name: &str,
    of_plugins: &BTreeSet<SecretName>,
) -> Vec<OpenValue> {
    let own = task.secrets.iter().map(|secret| &secret.name);
    let of_plugins: BTreeSet<SecretName> = of_plugins.iter().map(SecretName::given).collect();
    let more = of_plugins.iter().filter(|other| !task.secrets.iter().any(|secret| secret.name == **other));
    let open = |secret: &SecretName| {
        let ways = surroundings.secret_ways(task, secret)?;
        Some(OpenValue::Secret { task: name.to_owned(), name: secret.clone(), ways })
    };
    own.chain(more).filter_map(open).collect()
}
