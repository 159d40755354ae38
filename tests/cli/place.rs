//! Where a task runs.

use super::{IMAGE, PLAIN, project, says, with_contexts};

#[test]
fn a_cluster_that_no_context_is_known_for_shows_the_three_lines_to_write() {
    let project = project(IMAGE);
    let outcome = with_contexts(&project, &["staging", "production"], &["run", "-e", "KEY=x"]).exits(2);
    says(
        &outcome.stderr,
        &[
            "task image",
            "`ci-cluster` in us-central1-b",
            "clusters:\n      - cluster_name: ci-cluster\n        zone: us-central1-b\n        context: staging",
            "--context staging",
            "staging, production",
        ],
    );
    // What windlass says to write is what it takes.
    project.write("windlass.yaml", "clusters:\n  - cluster_name: ci-cluster\n    zone: us-central1-b\n    context: staging\n");
    let outcome = with_contexts(&project, &["staging", "production"], &["plan"]).exits(0);
    says(&outcome.stdout, &["context staging, namespace ci"]);
}

#[test]
fn the_context_that_is_plainly_the_cluster_is_found_and_a_flag_outranks_it() {
    let project = project(IMAGE);
    let contexts = ["staging", "gke_p_us-central1-b_ci-cluster"];
    says(
        &with_contexts(&project, &contexts, &["plan"]).exits(0).stdout,
        &["context gke_p_us-central1-b_ci-cluster, namespace ci"],
    );
    let flags = ["plan", "--context", "staging", "--namespace", "mine"];
    says(&with_contexts(&project, &contexts, &flags).exits(0).stdout, &["context staging, namespace mine"]);
    says(&with_contexts(&project, &contexts, &["plan", "--on", "engine"]).exits(0).stdout, &["container engine of this machine"]);
}

#[test]
fn without_a_kubeconfig_and_for_plain_containers_the_engine_is_used() {
    says(&project(IMAGE).windlass(&["plan"]).exits(0).stdout, &["container engine of this machine"]);
    let plain = project(PLAIN);
    says(&with_contexts(&plain, &["staging"], &["plan"]).exits(0).stdout, &["container engine of this machine"]);
    says(&with_contexts(&plain, &["staging"], &["plan", "--on", "kube"]).exits(0).stdout, &["context staging"]);
}

#[test]
fn a_context_that_does_not_exist_is_refused_with_those_that_do() {
    let outcome = with_contexts(&project(IMAGE), &["staging"], &["run", "--context", "stagign", "-e", "KEY=x"]).exits(2);
    says(&outcome.stderr, &["`stagign`", "staging"]);
}

#[test]
fn a_broken_kubeconfig_is_not_passed_over() {
    let project = project(IMAGE);
    project.write("kubeconfig", "contexts: [");
    let mut command = project.command(&["plan"]);
    let output = command.env("KUBECONFIG", project.path().join("kubeconfig")).output().expect("windlass runs");
    assert_eq!(output.status.code(), Some(2));
    says(&String::from_utf8_lossy(&output.stderr), &["the kubeconfig /", "(KUBECONFIG) cannot be read"]);
}

#[test]
fn contradicting_flags_are_refused() {
    let outcome = project(PLAIN).windlass(&["plan", "--on", "engine", "--context", "x"]).exits(2);
    says(&outcome.stderr, &["--on engine", "leave out"]);
}
