//! The command line as a person meets it, on a machine without a cluster and without an engine: what is printed where, and
//! the exit code.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[path = "../support/mod.rs"]
mod support;

mod artifacts;
mod build;
mod bundles;
mod cache;
mod check;
mod conditions;
mod convert;
mod explain;
mod generate;
mod given;
mod help;
mod hostile_files;
mod hostile_git;
mod hostile_text;
mod init;
mod logs;
mod no_commit;
mod no_effect;
mod pasted;
mod place;
mod plan;
mod plugin_run;
mod plugin_test;
mod pods;
mod powers;
mod problems;
mod reach;
mod refused;
mod renamed;
mod secrets;
mod trust;
mod whole_bundles;
mod words;
mod working_copy;

use support::{Outcome, Project};

/// The main example: a GKE task with a Docker daemon beside it.
const IMAGE: &str = "\
image_task:
  gke_container:
    image: docker:latest
    cluster_name: ci-cluster
    zone: us-central1-b
    namespace: ci
    memory: 1500Mb
    additional_containers:
      - name: dockerdaemon
        image: docker:dind
        privileged: true
        port: 2375
  env:
    KEY: ENCRYPTED[qwerty239abc]
  login_script: echo $KEY | docker login --password-stdin https://gcr.io
  build_script: docker build .
";

/// A task that any engine runs.
const PLAIN: &str = "lint_task:\n  container: {image: busybox}\n  lint_script: true\n";

/// A project with this task file, and what its builds start from.
fn project(tasks: &str) -> Project {
    Project::new(&[(".cirrus.yml", tasks), ("Dockerfile", "FROM scratch\n")])
}

/// A kubeconfig with these contexts, the first of them the current one. Nothing listens at their address: the port of a service that nobody
/// runs any more, and that only root could take.
fn kubeconfig(contexts: &[&str]) -> String {
    let mut text = format!("apiVersion: v1\nkind: Config\ncurrent-context: {}\ncontexts:\n", contexts[0]);
    for name in contexts {
        text.push_str(&format!("- {{name: \"{name}\", context: {{cluster: c, user: u}}}}\n"));
    }
    text + "clusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]\nusers: [{name: u, user: {}}]\n"
}

/// Runs windlass with a kubeconfig of the project's own.
fn with_contexts(project: &Project, contexts: &[&str], arguments: &[&str]) -> Outcome {
    project.write("kubeconfig", &kubeconfig(contexts));
    let mut command = project.command(arguments);
    command.env("KUBECONFIG", project.path().join("kubeconfig"));
    Outcome::new(&command.output().expect("windlass runs"))
}

/// Asserts that each of these texts is there.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}
