//! Projects in which Git has no value for a variable: the reason is told, once, with what to do about it.

use super::{Outcome, PLAIN, Project, project, says};

/// A task whose tag is the commit.
const TAGGED: &str = "img_task:\n  container: {image: busybox}\n  build_step:\n    uses: kaniko\n    with: {tags: [\"r.corp/a:$CIRRUS_CHANGE_IN_REPO\"]}\n";

/// A project without a commit; Git does not even know it, unless it is told to.
fn uncommitted(tasks: &str, init: bool) -> Project {
    let project = project(tasks);
    std::fs::remove_dir_all(project.path().join(".git")).expect("no repository");
    if init {
        git(&project, &["init", "--quiet", "--initial-branch=main"]);
    }
    project
}

fn git(project: &Project, arguments: &[&str]) {
    let status = std::process::Command::new("git").args(arguments).current_dir(project.path()).status().expect("git runs");
    assert!(status.success(), "{arguments:?}");
}

fn told_once(outcome: &Outcome, fact: &str) {
    let text = outcome.everything();
    assert_eq!(text.matches(fact).count(), 1, "{text}");
    assert!(!text.contains("not defined"), "{text}");
}

#[test]
fn a_repository_without_a_commit_is_told_to_commit() {
    let project = uncommitted(TAGGED, true);
    let fact = "there is no commit yet";
    let check = project.windlass(&["check"]).exits(0);
    told_once(&check, fact);
    says(&check.stderr, &["the variable `CIRRUS_CHANGE_IN_REPO` has no value: there is no commit yet", "git commit"]);
    assert_eq!(check.stdout, ".cirrus.yml: no errors, 1 warning, 1 task\n  img\n");
    let run = project.windlass(&["run"]).exits(2);
    told_once(&run, fact);
    says(
        &run.stderr,
        &["error: CIRRUS_CHANGE_IN_REPO has no value: there is no commit yet", "git commit", "-e CIRRUS_CHANGE_IN_REPO="],
    );
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
    let plan = project.windlass(&["plan"]).exits(0);
    told_once(&plan, fact);
    says(&plan.stdout, &["still to be given: CIRRUS_CHANGE_IN_REPO has no value: there is no commit yet", "git commit"]);
    // What it says to do is what helps, and so is the other way.
    project.windlass(&["plan", "-e", "CIRRUS_CHANGE_IN_REPO=x"]).exits(0);
    project.commit();
    assert_eq!(project.windlass(&["check"]).exits(0).stdout, ".cirrus.yml: no errors, 1 task\n  img\n");
}

/// Where no field waits for it, a script may.
#[test]
fn without_a_field_that_waits_for_it_a_note_tells() {
    for command in ["check", "plan", "run"] {
        let outcome = uncommitted(PLAIN, true).windlass(&[command]);
        told_once(&outcome, "there is no commit yet");
        let outcome = uncommitted(PLAIN, false).windlass(&[command]);
        told_once(&outcome, "not a git checkout");
    }
}

/// Each reason that Git has is told as what it is.
#[test]
fn other_reasons_are_told_in_the_same_way() {
    let none = uncommitted(TAGGED, false);
    for command in ["check", "plan", "run"] {
        let outcome = none.windlass(&[command]);
        told_once(&outcome, "not a git checkout");
        says(&outcome.everything(), &["has no value: not a git checkout", "-e CIRRUS_CHANGE_IN_REPO="]);
    }
    let detached = project(&TAGGED.replace("CHANGE_IN_REPO", "BRANCH"));
    git(&detached, &["checkout", "--quiet", "--detach"]);
    let run = detached.windlass(&["run"]).exits(2);
    told_once(&run, "no branch is checked out");
    says(&run.stderr, &["error: CIRRUS_BRANCH has no value: no branch is checked out", "git switch"]);
}

/// A slip in a name is told with the name that is meant, and once.
#[test]
fn a_variable_that_nobody_knows_is_told_once() {
    let slip = project(&TAGGED.replace("$CIRRUS_CHANGE_IN_REPO", "${CIRRUS_BRANHC}"));
    for command in ["check", "plan", "run"] {
        let text = slip.windlass(&[command]).everything();
        assert_eq!(text.matches("did you mean").count(), 1, "{text}");
        assert_eq!(text.contains("is not defined"), command == "check", "a plan tells it with the ways to give it: {text}");
        says(&text, &["CIRRUS_BRANCH"]);
    }
}
