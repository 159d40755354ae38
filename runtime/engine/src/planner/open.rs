//! Values that a plan still waits for.

use std::collections::BTreeSet;

use windlass_model::lines::Lines;
use windlass_model::plan::OpenValue;
use windlass_model::secret::SecretName;
use windlass_model::task::{Task, UndefinedVariable, Unset};

use super::PlanErrors;
use super::select::Chosen;
use crate::ports::surroundings::{MissingSecret, Surroundings};

/// The variables that fields of the chosen tasks refer to and nothing defines, each once.
pub(super) fn variables(chosen: &Chosen<'_>, lines: &Lines) -> Vec<OpenValue> {
    let mut open: Vec<OpenValue> = Vec::new();
    for task in &chosen.run {
        for variable in &task.undefined {
            let same = open.iter_mut().find_map(|value| match value {
                OpenValue::Variable { name, tasks, .. } if *name == variable.name => Some(tasks),
                _ => None,
            });
            let (task, name) = (chosen.name_of(task.id), &variable.name);
            let (file, line) = lines.place(variable.line);
            match same {
                Some(tasks) => tasks.push(task),
                None => open.push(OpenValue::Variable {
                    name: name.clone(),
                    file: file.map(str::to_owned),
                    line,
                    tasks: vec![task],
                    problem: variable.unset.as_ref().map(|unset| format!("{name} has no value: {}", unset.reason)),
                    ways: ways(variable),
                }),
            }
        }
    }
    open
}

/// How a variable gets a value.
fn ways(variable: &UndefinedVariable) -> Vec<String> {
    let UndefinedVariable { name, near, unset, .. } = variable;
    let typed = format!("-e {name}=VALUE");
    if let Some(Unset { cure, .. }) = unset {
        return cure.iter().cloned().chain([typed]).collect();
    }
    let slip = near.as_ref().map(|near| format!("did you mean {near}?"));
    let written = [
        typed,
        format!("env: {{{name}: VALUE}}          in the file"),
        format!("variables: {{{name}: VALUE}}    in windlass.yaml"),
    ];
    slip.into_iter().chain(written).collect()
}

/// Why a task with variables that are still to be given is not in the plan.
pub(super) fn not_shown(name: &str, errors: &PlanErrors, lines: &Lines) -> String {
    format!("task {name} can be shown once its variables are given: without them, {}", errors.in_words(lines))
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
        let MissingSecret { problem, ways } = surroundings.missing_secret(task, secret)?;
        Some(OpenValue::Secret { task: name.to_owned(), name: secret.clone(), problem, ways })
    };
    own.chain(more).filter_map(open).collect()
}
