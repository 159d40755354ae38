//! Which tasks run, by what the file and the command line say.

use std::time::Duration;

use super::*;

fn task(id: usize, name: &str, disposition: Disposition, depends_on: &[usize]) -> Task {
    Task {
        disposition,
        depends_on: depends_on.iter().copied().map(TaskId).collect(),
        timeout: Duration::from_secs(60),
        ..Task::new(TaskId(id), name, None, Vec::new())
    }
}

fn chosen(tasks: &[Task], names: &[&str]) -> (Vec<String>, Vec<(String, NotRunReason)>) {
    let selection = Selection(names.iter().map(|name| (*name).to_owned()).collect());
    let chosen = choose(tasks, &[], &selection).unwrap_or_else(|error| panic!("{error}"));
    let run = chosen.run.iter().map(|task| task.name.clone()).collect();
    (run, chosen.not_run.into_iter().map(|task| (task.name, task.reason)).collect())
}

/// A task that is started by hand runs when it is named and at no other time, and nothing that waits for it runs before.
#[test]
fn a_manual_task_runs_only_when_it_is_named() {
    let tasks = [
        task(0, "build", Disposition::Run, &[]),
        task(1, "deploy", Disposition::Manual, &[0]),
        task(2, "announce", Disposition::Run, &[1]),
    ];
    let (run, not_run) = chosen(&tasks, &[]);
    assert_eq!(run, ["build"]);
    let waits = NotRunReason::Dependency("deploy".into());
    assert_eq!(not_run, [("deploy".into(), NotRunReason::Manual), ("announce".into(), waits)]);
    assert_eq!(chosen(&tasks, &["deploy"]).0, ["deploy"]);
    assert_eq!(chosen(&tasks, &["build"]).1[0], ("deploy".into(), NotRunReason::NotChosen));
}
