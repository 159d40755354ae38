//! Tasks that a condition keeps out of the run.

use serde_json::Value;

use super::{project, says};

const FILE: &str = "\
build_task:
  container: {image: a}
  x_script: y
docs_task:
  alias: pages
  only_if: $CIRRUS_BRANCH == 'main'
  container: {image: a}
  x_script: y
off_task:
  skip: true
  container: {image: a}
  x_script: y
";

/// Before, a plan showed nothing of such a task.
#[test]
fn a_plan_shows_skipped_tasks_with_the_condition() {
    let flags = ["-e", "CIRRUS_BRANCH=other"];
    let plan = project(FILE).windlass(&[&["plan"][..], &flags].concat()).exits(0).stdout;
    says(
        &plan,
        &["not run", "docs  skipped: its `only_if` is false: $CIRRUS_BRANCH == 'main'", "off   skipped: its `skip` is true"],
    );
    let json = project(FILE).windlass(&[&["plan", "--output", "json"][..], &flags].concat()).exits(0).stdout;
    let plan: Value = serde_json::from_str(&json).expect("JSON");
    let docs = plan["not_run"].as_array().expect("a list").iter().find(|task| task["name"] == "docs").expect("the task");
    assert_eq!(docs["reason"]["only_if"], "$CIRRUS_BRANCH == 'main'");
    let main = project(FILE).windlass(&["plan", "-e", "CIRRUS_BRANCH=main"]).exits(0).stdout;
    assert!(!main.contains("only_if"), "{main}");
    says(&project(FILE).windlass(&[&["check"][..], &flags].concat()).exits(0).stdout, &["docs: skipped, its `only_if` is false"]);
}

/// Before, `run docs` said that there is no such task.
#[test]
fn a_skipped_task_that_is_named_says_why_it_does_not_run() {
    for name in ["docs", "pages"] {
        let outcome = project(FILE).windlass(&["run", name, "-e", "CIRRUS_BRANCH=other"]).exits(2);
        says(&outcome.stderr, &["nothing to run: task docs is skipped: its `only_if` is false: $CIRRUS_BRANCH == 'main'"]);
    }
    let unknown = project(FILE).windlass(&["run", "dcos", "-e", "CIRRUS_BRANCH=other"]).exits(2);
    says(&unknown.stderr, &["no task is called `dcos`", "`docs`"]);
    let both = project(FILE).windlass(&["plan", "build", "docs", "-e", "CIRRUS_BRANCH=other"]).exits(0);
    says(&both.stdout, &["note: task docs, which you named, is skipped"]);
}

/// As a test runner has it: a pipeline in which nothing matched may pass, where that is said.
#[test]
fn a_run_without_tasks_passes_where_that_is_said() {
    let none = "a_task:\n  container: {image: a}\n  only_if: 'false'\n  x_script: y\n";
    says(&project(none).windlass(&["run", "--no-tasks", "pass"]).exits(0).stderr, &["nothing to run: every task is skipped"]);
    project(none).windlass(&["run", "--no-tasks", "fail"]).exits(2);
    let unknown = project(none).windlass(&["run", "nobody", "--no-tasks=pass"]).exits(2);
    says(&unknown.stderr, &["no task is called `nobody`"]);
}
