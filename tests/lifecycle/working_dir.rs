//! `CIRRUS_WORKING_DIR`, wherever it is set: every kind of step that follows works there.

use std::path::Path;

use serde_json::json;
use windlass_engine::run::Cancel;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::secret::EnvVar;
use windlass_model::task::{Action, FileContents, Step, Task, When};

use super::outcome::Run;
use super::support::local::Local;
use super::{run, step, task};

/// A step that names its plugin.
fn typed() -> Step {
    let uses = PluginReference::BuiltIn("shell".into());
    let with = json!({"lines": ["echo the typed step stands in $PWD"], "background": false});
    Step { action: Action::Plugin { uses, with, container: None }, ..step("typed", When::OnSuccess, &[]) }
}

fn file(path: &str) -> Step {
    let contents = FileContents::Text("written\n".into());
    Step { action: Action::File { path: path.into(), contents }, ..step("file", When::OnSuccess, &[]) }
}

async fn run_where(change: &[&str], env: impl FnOnce(&Path) -> Vec<EnvVar>) -> (Run, String) {
    let driver = Local::new(None);
    let moved = driver.path().join("moved").display().to_string();
    let change: Vec<String> = change.iter().map(|line| line.replace("MOVED", &moved)).collect();
    let change: Vec<&str> = change.iter().map(String::as_str).collect();
    let steps = vec![
        step("change", When::OnSuccess, &change),
        file("note"),
        step("script", When::OnSuccess, &["echo the script stands in $PWD; cat note"]),
        typed(),
    ];
    let tasks = |directory: &Path| {
        let mut task: Task = task(directory, steps);
        task.env.extend(env(directory));
        vec![task]
    };
    (run(driver, tasks, Cancel::default(), None).await, moved)
}

fn all_stand_there(run: &Run, directory: &str) {
    let output = run.output();
    for line in
        [format!("the script stands in {directory}"), "written".to_owned(), format!("the typed step stands in {directory}")]
    {
        assert!(output.lines().any(|told| told == line), "{line}: {output}{:?}", run.steps());
    }
}

/// A script moves the steps that follow: scripts, files and typed steps alike, also when it hides what it sets.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_follows_a_change_of_the_working_directory() {
    let set = &["mkdir -p MOVED", "echo CIRRUS_WORKING_DIR=MOVED >> $CIRRUS_ENV"];
    let (run, moved) = run_where(set, |_| Vec::new()).await;
    all_stand_there(&run, &moved);
    let (run, _) = run_where(set, |_| vec![EnvVar::text("CIRRUS_ENV_SENSITIVE", "true")]).await;
    all_stand_there(&run, windlass_redact::MASK);
}

/// A directory that is named by another variable of the task is the same one for the working copy, for files and for every step.
#[tokio::test(flavor = "multi_thread")]
async fn a_working_directory_that_is_named_by_a_variable_is_the_same_for_all() {
    let here = |directory: &Path| {
        let base = EnvVar::text("BASE", directory.display().to_string());
        vec![base, EnvVar::text("CIRRUS_WORKING_DIR", "${BASE}/moved")]
    };
    let (run, moved) = run_where(&["true"], here).await;
    all_stand_there(&run, &moved);
}
