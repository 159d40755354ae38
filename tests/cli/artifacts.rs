//! Artifacts without a run: planned, checked, listed.

use super::{PLAIN, project, says};

#[test]
fn a_plan_shows_what_is_collected_and_where_to() {
    let text = format!("{PLAIN}  always:\n    report_artifacts: {{paths: [\"out/**\", \"*.xml\"], format: junit}}\n");
    let project = project(&text);
    project.write("windlass.yaml", "artifacts: {max_size: 20Mi}\n");
    let outcome = project.windlass(&["plan", "--on=engine"]).exits(0);
    says(
        &outcome.stdout,
        &["report  always: collects out/**, *.xml as junit, at most 20.0 MiB, to lint/report of the run's artifacts"],
    );
}

#[test]
fn check_tells_what_lies_outside_with_its_place() {
    let project = project(&format!("{PLAIN}  key_artifacts: {{path: ../key}}\n"));
    let outcome = project.windlass(&["check"]).exits(2);
    says(&outcome.everything(), &["`../key` leads out of the working directory", ".cirrus.yml:4"]);
}

/// What lies in a project is anybody's: a list that is none hides nothing and speaks to nobody.
#[test]
fn lists_of_others_are_told_and_harmless() {
    let project = project(PLAIN);
    let empty = project.windlass(&["artifacts", "ls"]).exits(0);
    says(&empty.stderr, &["there are no artifacts in .windlass/artifacts"]);
    project.windlass(&["artifacts", "get"]).exits(2);
    let hostile = r#"{"run": "a", "time": "2026-01-01T00:00:00Z", "artifacts": [{"task": "t\u001b[2J", "name": "::error::x", "directory": "t/n", "files": []}]}"#;
    project.write(".windlass/artifacts/a/.index.json", hostile);
    project.write(".windlass/artifacts/b/.index.json", "no list");
    let listed = project.windlass(&["artifacts", "ls"]).exits(0);
    says(&listed.stderr, &["warning: .windlass/artifacts/b/.index.json is not a list of artifacts as windlass writes them"]);
    assert!(listed.stdout.contains("t/n") && !listed.everything().contains('\u{1b}'), "{}", listed.stdout);
    let unknown = project.windlass(&["artifacts", "ls", "c"]).exits(2);
    says(&unknown.stderr, &["no run c has left artifacts in .windlass/artifacts"]);
    let unknown = project.windlass(&["artifacts", "get", "a", "t/x"]).exits(2);
    says(&unknown.stderr, &["run a has no artifact t/x", "help: it has t/n"]);
}
