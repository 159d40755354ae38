//! Names that tell tasks and steps apart where the file gives several the same one, which the language allows.

use std::collections::{BTreeMap, BTreeSet};

use windlass_model::task::{Step, Task, TaskId};

/// Numbers those of these names that are equal: `lint #1`, `lint #2`.
fn told_apart(names: &[String]) -> Vec<String> {
    let mut taken: BTreeSet<String> = names.iter().cloned().collect();
    let mut number = |name: &String| {
        let free = |number: &usize| taken.insert(format!("{name} #{number}"));
        (1..).find(free).map_or_else(|| name.clone(), |number| format!("{name} #{number}"))
    };
    let alone = |name: &&String| names.iter().filter(|other| other == name).count() == 1;
    names.iter().map(|name| if alone(&name) { name.clone() } else { number(name) }).collect()
}

/// The name of each task, told apart by matrix labels and then by number.
pub(super) fn of_tasks(tasks: &[Task]) -> BTreeMap<TaskId, String> {
    let labelled = |task: &Task| {
        let alone = tasks.iter().filter(|other| other.name == task.name).count() == 1;
        if alone || task.labels.is_empty() { task.name.clone() } else { format!("{} ({})", task.name, task.labels.join(", ")) }
    };
    let names: Vec<String> = tasks.iter().map(labelled).collect();
    tasks.iter().map(|task| task.id).zip(told_apart(&names)).collect()
}

/// Gives each step of a task a name of its own.
pub(super) fn tell_steps_apart(steps: &mut [Step]) {
    let names: Vec<String> = steps.iter().map(|step| step.name.clone()).collect();
    for (step, name) in steps.iter_mut().zip(told_apart(&names)) {
        step.name = name;
    }
}

/// What to say of tasks that run and are told apart by nothing but a number: one line for each name.
pub(super) fn notes(run: &[&Task], names: &BTreeMap<TaskId, String>) -> Vec<String> {
    let mut numbered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for task in run {
        let name = names.get(&task.id).map_or("", String::as_str);
        if name != task.name && !name.ends_with(')') {
            numbered.entry(&task.name).or_default().push(name);
        }
    }
    let several = numbered.into_iter().filter(|(_, names)| names.len() > 1);
    several
        .map(|(name, names)| {
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            format!("more than one task is called `{name}`: here they are {names}, and `{name}` means all of them")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(names: &[&str]) -> Vec<String> {
        told_apart(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn equal_names_are_numbered_and_never_equal_another_one() {
        assert_eq!(apart(&["a", "x", "b", "x"]), ["a", "x #1", "b", "x #2"]);
        assert_eq!(apart(&["x", "x #1", "x"]), ["x #2", "x #1", "x #3"]);
        assert_eq!(apart(&[]), [""; 0]);
    }
}
