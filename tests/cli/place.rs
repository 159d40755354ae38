//! Where a task runs.

use super::{IMAGE, Outcome, PLAIN, project, says, with_contexts};

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

/// Whatever the tasks ask for, a context that somebody types and that there is not is one error, and no value that is missing.
#[test]
fn a_typed_context_that_does_not_exist_is_the_error_itself() {
    for tasks in [PLAIN, IMAGE] {
        let project = project(tasks);
        for command in ["run", "plan", "ls", "gc", "doctor"] {
            let outcome = with_contexts(&project, &["staging", "production"], &[command, "--context", "nope"]).exits(2);
            let file = format!("kubeconfig {} (KUBECONFIG)", project.path().join("kubeconfig").display());
            let error = format!(
                "error: --context names `nope`, which the {file} does not have\nhelp: it has the contexts staging, production\n"
            );
            assert!(outcome.stderr.ends_with(&error) && outcome.stdout.is_empty(), "{command}: {}", outcome.everything());
        }
        let mut none = project.command(&["run", "--context", "nope"]);
        let output = none.env("KUBECONFIG", project.nowhere()).output().expect("windlass runs");
        let none = Outcome::new(&output).exits(2).stderr;
        says(
            &none,
            &[
                "error: --context names `nope`, which the kubeconfig ",
                "(KUBECONFIG, which is not there)",
                "there is no such file",
            ],
        );
    }
}

/// The same of one that the settings or the task name: the name is what is wrong, and no value is missing.
#[test]
fn a_named_context_that_does_not_exist_is_the_error_itself() {
    let mapped = project(IMAGE);
    mapped.write("windlass.yaml", "clusters: [{cluster_name: ci-cluster, context: nope}]\n");
    let told = with_contexts(&mapped, &["staging"], &["run", "-e", "KEY=x"]).exits(2).stderr;
    says(&told, &["error: task image: windlass.yaml names context `nope`", "correct it in windlass.yaml", "staging"]);
    assert!(!told.contains("to be given") && !told.contains("cluster_name"), "{told}");
    let named = project("a_task:\n  kubernetes_container: {image: a, context: nope}\n  x_script: y\n");
    let told = with_contexts(&named, &["staging"], &["run"]).exits(2).stderr;
    says(&told, &["error: task a: the task names context `nope`", "correct it in the task", "staging"]);
    assert!(!told.contains("to be given"), "{told}");
}

/// Before, who did what the first error says met a second one, which did not say that a flag settles it.
#[test]
fn the_command_that_an_error_suggests_needs_no_trust() {
    let project = project(IMAGE);
    let run = |more: &[&str]| with_contexts(&project, &["staging"], &[&["run", "-e", "KEY=x"], more].concat()).exits(2).stderr;
    says(&run(&[]), &["name it for this run: --context staging --namespace ci"]);
    says(&run(&["--context", "staging"]), &["name the place yourself, if it is the right one: --namespace ci", "windlass trust"]);
    let plan = ["plan", "--context", "staging", "--namespace", "ci"];
    assert!(!with_contexts(&project, &["staging"], &plan).exits(0).everything().contains("trust"));
}
