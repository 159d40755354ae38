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

/// What leads elsewhere is shown before it happens, and does not happen on a repository's word alone.
#[test]
fn where_artifacts_go_besides_is_planned_and_needs_trust() {
    let project = project(&format!("{PLAIN}  logs_artifacts: {{path: \"*.log\"}}\n"));
    project.write("windlass.yaml", "artifacts: {store: \"s3://results/ci\"}\n");
    let planned = project.windlass(&["plan", "--on=engine"]).exits(0);
    says(&planned.stdout, &["to lint/logs of the run's artifacts, and to s3://results/ci"]);
    says(&project.windlass(&["trust", "--show"]).everything(), &["send artifacts to s3://results/ci"]);
    let refused = project.windlass(&["run", "--on=engine"]).exits(2);
    says(&refused.everything(), &["send artifacts to s3://results/ci"]);
    let listed = project.windlass(&["artifacts", "ls"]).exits(0);
    says(
        &listed.stderr,
        &["the store that the project names was left out", "windlass trust", "there are no artifacts in .windlass/artifacts"],
    );
    // The platform's word counts before that of the project.
    project.platform("artifacts: {store: \"oci://127.0.0.1:1/ci/results\"}\nregistries: {\"127.0.0.1:1\": {insecure: true}}\n");
    let planned = project.windlass(&["plan", "--on=engine"]).exits(0);
    says(&planned.stdout, &["of the run's artifacts, and to oci://127.0.0.1:1/ci/results"]);
    let gone = project.windlass(&["artifacts", "ls"]).exits(3);
    says(&gone.stderr, &["the artifact store oci://127.0.0.1:1/ci/results cannot be reached"]);
    let mine = r#"{"run": "a", "time": "2026-01-01T00:00:00Z", "artifacts": []}"#;
    project.write(".windlass/artifacts/a/.index.json", mine);
    let listed = project.windlass(&["artifacts", "ls"]).exits(0);
    says(&listed.stderr, &["warning: the artifact store oci://127.0.0.1:1/ci/results cannot be reached"]);
    project.windlass(&["artifacts", "get", "other"]).exits(3);
    project.windlass(&["artifacts", "ls", "--artifacts=elsewhere"]).exits(0);
}

#[test]
fn a_store_that_is_none_is_told_with_its_place() {
    let project = project(PLAIN);
    for (store, words) in [("ftp://x", "names no store"), ("dir:", "names no directory")] {
        project.write("windlass.yaml", &format!("artifacts:\n  store: \"{store}\"\n"));
        says(&project.windlass(&["check"]).exits(2).everything(), &[words, "windlass.yaml:2"]);
    }
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
