//! `pods` of windlass.yaml: what the pods of clusters have, who may say it, and what policies make of it.

use super::{Outcome, Project, project, says, with_contexts};

/// What lets a task that asks for nothing into a namespace where Pod Security is `restricted`.
const RESTRICTED: &str = "{runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, \
                          seccompProfile: {type: RuntimeDefault}}";

const CONTEXT: &str = "gke_p_us-central1-b_ci-cluster";

const TASK: &str = "lint_task:\n  gke_container: {image: busybox, cluster_name: ci-cluster, zone: us-central1-b, namespace: ci}\n  \
                    lint_script: true\n";

fn plan(project: &Project, flags: &[&str]) -> Outcome {
    with_contexts(project, &[CONTEXT, "other"], &[&["plan"], flags].concat())
}

/// `plan` says which level a task needs and why, and what lowers it.
#[test]
fn the_plan_says_the_level_with_and_without() {
    let project = project(TASK);
    let line = |text: &str| text.lines().find(|line| line.contains("Pod Security")).expect("a line").trim().to_owned();
    let without = plan(&project, &[]).exits(0).stdout;
    says(&line(&without), &["baseline (main: no securityContext.allowPrivilegeEscalation=false", "runAsNonRoot=true"]);
    project.platform(&format!("pods: {{securityContext: {RESTRICTED}}}\n"));
    let with = plan(&project, &[]).exits(0).stdout;
    assert_eq!(line(&with).split_whitespace().collect::<Vec<_>>(), ["Pod", "Security", "restricted"]);
    says(&with, &["runAsNonRoot: true", "allowPrivilegeEscalation: false", "type: RuntimeDefault"]);
    // A repository may say it of itself, and nobody has to trust that.
    project.platform("{}\n");
    project.write("windlass.yaml", &format!("pods: {{securityContext: {RESTRICTED}}}\n"));
    assert_eq!(line(&plan(&project, &[]).exits(0).stdout), line(&with));
    assert!(!project.windlass(&["trust", "--show"]).everything().contains("pods"));
    // A container engine has no such pods.
    assert!(!project.windlass(&["plan", "--on", "engine"]).exits(0).stdout.contains("runAsNonRoot"));
}

/// A mapping's pods are those of its tasks and of whoever types its context, and go before what the same file says of all.
#[test]
fn what_a_mapping_says_counts_where_it_leads() {
    let project = project(TASK);
    project.platform(&format!(
        "clusters:\n- {{cluster_name: ci-cluster, context: {CONTEXT}, pods: {{serviceAccountName: builder, nodeSelector: {{pool: ci}}}}}}\n\
         pods: {{serviceAccountName: anybody, labels: {{team: build}}}}\n"
    ));
    says(&plan(&project, &[]).exits(0).stdout, &["service account builder;", "node selector pool=ci;", "labels team=build"]);
    says(&plan(&project, &["--context", "other"]).exits(0).stdout, &["service account anybody;"]);
    project.write(
        ".cirrus.yml",
        &TASK
            .replace("gke_container", "container")
            .replace("cluster_name: ci-cluster, zone: us-central1-b, namespace: ci", "cpu: 1"),
    );
    says(&plan(&project, &["--context", CONTEXT]).exits(0).stdout, &["service account builder;"]);
}

/// The platform's word stands; what the repository adds needs trust where others act upon it, and is told in one line.
#[test]
fn a_repository_adds_to_the_platforms_pods_and_overrides_nothing() {
    let project = project(TASK);
    project.platform(&format!(
        "pods: {{serviceAccountName: ours, labels: {{team: ours}}, tolerations: [], securityContext: {RESTRICTED}}}\n"
    ));
    let weak = "{privileged: true, runAsUser: 0, capabilities: {add: [SYS_ADMIN]}, seccompProfile: {type: Unconfined}}";
    project.write(
        "windlass.yaml",
        &format!(
            "pods:\n  serviceAccountName: theirs\n  labels: {{team: theirs, more: x}}\n  tolerations: [{{operator: Exists}}]\n  \
             nodeSelector: {{pool: theirs}}\n  securityContext: {weak}\n"
        ),
    );
    let outcome = plan(&project, &[]).exits(0);
    says(&outcome.stdout, &["serviceAccountName: ours", "team: ours", "more: x", "pool: theirs", "runAsNonRoot: true"]);
    for never in ["account theirs", "tolerations:", "privileged: true", "runAsUser", "SYS_ADMIN", "Unconfined", "team: theirs"] {
        assert!(!outcome.stdout.contains(never), "{never}: {}", outcome.stdout);
    }
    let pods = outcome.stdout.lines().filter(|line| line.contains("give its pods")).collect::<Vec<_>>();
    assert_eq!(pods, ["    - give its pods on clusters: labels more=x"], "what counts for nothing is not asked about");
}

/// A task that asks for what the settings forbid is refused by name, and so is a setting that a policy forbids.
#[test]
fn tasks_and_settings_are_held_against_each_other() {
    let task = TASK
        .replace("namespace: ci", "namespace: ci, additional_containers: [{name: dind, image: 'docker:dind', privileged: true}]");
    let privileged = project(&task);
    privileged.platform(&format!("pods: {{securityContext: {RESTRICTED}}}\n"));
    let refused = plan(&privileged, &[]).exits(2).stderr;
    says(
        &refused,
        &["container dind is privileged, and `pods: {securityContext: {allowPrivilegeEscalation: false}}` of", "forbids it"],
    );
    let weakened = project(TASK);
    weakened.platform("policy: {pod_security: restricted}\n");
    weakened.write("windlass.yaml", "pods: {securityContext: {privileged: true}}\n");
    says(
        &plan(&weakened, &[]).exits(2).stderr,
        &["container main needs Pod Security privileged (securityContext.privileged=true)"],
    );
}
