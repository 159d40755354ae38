//! What `doctor`, `ls` and `gc` say of a real cluster that answers, and of one that says no.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::world::required;
use support::{Outcome, Project};

/// Somebody's project whose task runs in this namespace, with a kubeconfig of these words.
fn doctor(kubeconfig: &str, command: &[&str]) -> Outcome {
    let task =
        "a_task:\n  kubernetes_container: {image: 'docker.io/library/busybox:latest', namespace: cirrus-ci}\n  x_script: y\n";
    let project = Project::new(&[(".cirrus.yml", task)]);
    project.write("kubeconfig", kubeconfig);
    let context = required("CONTEXT");
    let mut arguments = command.to_vec();
    arguments.extend(["--context", &context]);
    let mut command = project.command(&arguments);
    command.env("KUBECONFIG", project.path().join("kubeconfig"));
    Outcome::new(&command.output().expect("windlass runs"))
}

fn file(name: &str) -> String {
    std::fs::read_to_string(required(name)).expect("a kubeconfig")
}

/// The same kubeconfig with a token that the cluster does not know, as one that ran out.
fn expired() -> String {
    let text = file("KUBECONFIG");
    let (before, rest) = text.split_once("{token: ").expect("a token");
    let (_, after) = rest.split_once('}').expect("its end");
    format!("{before}{{token: expired}}{after}")
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn all_is_well_with_the_rights_that_a_run_needs() {
    let outcome = doctor(&file("KUBECONFIG"), &["doctor"]).exits(0);
    assert!(outcome.stdout.contains("you are allowed to do all that a run does"), "{}", outcome.stdout);
    doctor(&file("KUBECONFIG"), &["ls"]).exits(0);
}

/// An expired token, and rights that are missing, end with an exit code that a script can act on.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_token_that_ran_out_and_missing_rights_end_with_the_clusters_code() {
    for command in [&["doctor"][..], &["ls"], &["gc"], &["gc", "--output", "json"]] {
        let outcome = doctor(&expired(), command).exits(3);
        assert!(outcome.everything().contains(&required("CONTEXT")), "{}", outcome.everything());
        doctor(&file("KUBECONFIG_NOBODY"), command).exits(3);
    }
    let no_exec = doctor(&file("KUBECONFIG_NO_EXEC"), &["doctor"]).exits(3);
    assert!(no_exec.stdout.contains("you are not allowed to create pods/exec"), "{}", no_exec.stdout);
}

/// With a place left out, nothing is said of it: here the engine, to which no run goes and which does not answer.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_is_not_there_is_said_of_where_windlass_looked() {
    let project = Project::new(&[("readme", "x")]);
    project.write("kubeconfig", &file("KUBECONFIG"));
    let mut command = project.command(&["gc", "abcdefgh", "--dry-run"]);
    let outcome =
        Outcome::new(&command.env("KUBECONFIG", project.path().join("kubeconfig")).output().expect("windlass runs")).exits(0);
    let text = &outcome.stderr;
    assert!(text.contains("nothing is left of run abcdefgh where windlass looked: context "), "{text}");
    assert!(text.contains("the container engine of this machine was left out: "), "{text}");
}

/// Before, "there are no pods" was said of a namespace that does not exist.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_namespace_that_does_not_exist_is_an_error() {
    for command in ["ls", "gc"] {
        let outcome = doctor(&file("KUBECONFIG"), &[command, "--namespace", "no-such-namespace"]).exits(3);
        assert!(outcome.stderr.contains("error: namespace no-such-namespace does not exist"), "{}", outcome.stderr);
        assert!(!outcome.everything().contains("there are no pods"), "{}", outcome.everything());
    }
}
