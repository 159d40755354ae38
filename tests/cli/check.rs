//! `windlass check`.

use super::{IMAGE, PLAIN, project, says};

#[test]
fn a_good_file_is_summed_up_on_stdout() {
    let outcome = project(IMAGE).windlass(&["check"]).exits(0);
    assert_eq!(outcome.stdout, ".cirrus.yml: no errors, 1 task\n  image\n");
}

#[test]
fn every_error_is_shown_with_its_place_and_the_count() {
    let outcome =
        project("a_task:\n  container: {image: 'UPPER'}\n  depends_on: nobody\n  x_script: y\n").windlass(&["check"]).exits(2);
    says(&outcome.stderr, &[".cirrus.yml:2:", "UPPER", ".cirrus.yml:3:", "nobody", "error: .cirrus.yml has 2 errors"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn for_programs_the_problems_are_one_json_array_on_stdout() {
    let bad = project("a_task:\n  container: {image: a}\n  depends_on: nobody\n  x_script: y\n");
    let outcome = bad.windlass(&["check", "--output", "json"]).exits(2);
    let problems: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((&problems[0]["line"], &problems[0]["severity"]), (&3.into(), &"error".into()), "{problems}");
    assert_eq!(project(PLAIN).windlass(&["check", "--output", "json"]).exits(0).stdout, "[]\n");
}

#[test]
fn warnings_fail_only_when_strict() {
    let project = project("a_task:\n  container: {image: a}\n  unknown_key: 1\n  x_script: y\n");
    says(&project.windlass(&["check"]).exits(0).stderr, &["warning", "unknown_key"]);
    says(&project.windlass(&["check", "--strict"]).exits(2).stderr, &["error", "unknown_key"]);
}

#[test]
fn a_file_that_is_not_there_says_where_one_is() {
    let project = project(PLAIN);
    project.write("sub/empty", "");
    let mut command = project.command(&["check"]);
    let output = command.current_dir(project.path().join("sub")).output().expect("windlass runs");
    assert_eq!(output.status.code(), Some(2));
    let here = project.path().canonicalize().expect("a directory").join("sub");
    let told = String::from_utf8_lossy(&output.stderr);
    says(&told, &[&format!("no `.cirrus.yml` or `.cirrus.yaml` in {}", here.display()), "there is one in", "-f PATH"]);
    says(&project.windlass(&["check", "-f", "nope.yml"]).exits(2).stderr, &["nope.yml cannot be read", "No such file"]);
    says(&project.windlass(&["check", "-f", "sub"]).exits(2).stderr, &["sub cannot be read", "directory"]);
}

#[test]
fn branch_conditions_see_the_branch_that_git_or_the_command_line_names() {
    let project = project("a_task:\n  container: {image: a}\n  only_if: $CIRRUS_BRANCH == 'main'\n  x_script: y\n");
    says(&project.windlass(&["check"]).exits(0).stdout, &["1 task"]);
    says(&project.windlass(&["check", "-e", "CIRRUS_BRANCH=other"]).exits(0).stdout, &["no tasks"]);
}

#[test]
fn changed_files_come_from_git_or_the_command_line() {
    let project = project("a_task:\n  container: {image: a}\n  only_if: \"changesInclude('docs/**')\"\n  x_script: y\n");
    project.commit();
    project.write("src/x", "1");
    project.commit();
    says(&project.windlass(&["check"]).exits(0).stdout, &["no tasks"]);
    says(&project.windlass(&["check", "--affected-files", "src/a,docs/b"]).exits(0).stdout, &["1 task"]);
    project.write("docs/new", "not committed yet");
    says(&project.windlass(&["check"]).exits(0).stdout, &["1 task"]);
}

#[test]
fn a_wrong_windlass_yaml_is_reported_like_a_wrong_task_file() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "cluster:\n  - context: x\n");
    says(&project.windlass(&["check"]).exits(2).stderr, &["windlass.yaml:1:1", "`cluster`", "`clusters`"]);
}

/// What a slip leaves out would be green without having been done.
#[test]
fn a_task_with_nothing_to_do_is_refused() {
    let slip = project("a_task:\n  container: {image: a}\n  a_scrpt: make\n").windlass(&["check"]).exits(2);
    says(&slip.stderr, &["error[unknown-key]", ".cirrus.yml:3:3", "did you mean `a_script`?"]);
    let empty = project("a_task:\n  container: {image: a}\n").windlass(&["run"]).exits(2);
    says(&empty.stderr, &["error[nothing-to-do]", "`a_task` has nothing to do"]);
}

/// What a repository names is looked at only as far as it is trusted, so trust has an effect here, too.
#[test]
fn a_trusted_project_s_certificates_are_read() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "registries: {r.corp: {ca_file: ca.pem}}\n");
    project.write("ca.pem", "no certificate\n");
    project.windlass(&["check"]).exits(0);
    says(&project.windlass(&["check", "--trust-project"]).exits(2).stderr, &["windlass.yaml:1:23", "ca.pem cannot be used"]);
}
