//! `windlass plan`.

use serde_json::Value;

use windlass_kube::pod_security::Level;

use super::{IMAGE, PLAIN, project, says, with_contexts};

const CONTEXT: &str = "gke_p_us-central1-b_ci-cluster";

/// A certificate of an authority.
pub const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBhjCCAS2gAwIBAgIUGlaWw1qSMbnAtCJF+iT8PGlermkwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcmVnaXN0cnkuY29ycDAgFw0yNjExMjgxOTQ2MDZaGA8yMTI2
MTEwNDE5NDYwNlowGDEWMBQGA1UEAwwNcmVnaXN0cnkuY29ycDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCgJJFTGmB4A+lqqvz2DlmU3zXMs92Rltv1bW54Lcb5v
iFJuuEi8YpNJ77wfO+R2LYCmbNKqR7/DOcvfTMoaU72jUzBRMB0GA1UdDgQWBBRJ
wNTnv6ImhcSXwv8/uZIGtNnsDzAfBgNVHSMEGDAWgBRJwNTnv6ImhcSXwv8/uZIG
tNnsDzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIAF4+WFWNdDe
LSsmLP9ISVqJKauBx0uPBr/YP5mGbcE3AiAnrZ/+6ggctiVgHUbkatWS39a+czr9
a1QyB0KSVV5O1A==
-----END CERTIFICATE-----
";

#[test]
fn a_plan_shows_place_steps_plugins_powers_secrets_and_objects() {
    let project = project(IMAGE);
    let outcome = with_contexts(&project, &[CONTEXT], &["plan", "--secret", "KEY=env:HOME"]).exits(0);
    says(
        &outcome.stdout,
        &[
            "runs on                 context gke_p_us-central1-b_ci-cluster, namespace ci",
            "container dockerdaemon  docker:dind (500m CPU, 512Mi, privileged)",
            "Pod Security            privileged (dockerdaemon: securityContext.privileged=true)",
            "secret KEY              from the environment variable HOME",
            "clone  brings the working copy",
            "login  shell (built in, ",
            "may: containers (main), environment",
            "runs commands in main: can see every secret of the task: KEY",
            "kind: Pod",
            "memory: 1500Mi",
        ],
    );
}

#[test]
fn a_plan_as_data_is_one_document_that_holds_the_same() {
    let project = project(IMAGE);
    let outcome = with_contexts(&project, &[CONTEXT], &["plan", "--output", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let task = &plan["tasks"][0];
    assert_eq!(task["target"]["kube"]["context"], CONTEXT);
    assert_eq!(task["steps"][1]["action"]["plugin"]["plugin"]["name"], "shell");
    let kinds: Vec<_> = task["objects"].as_array().expect("objects").iter().map(|o| o["kind"].as_str().unwrap_or("")).collect();
    // The agent's; values of secrets are in no object.
    assert_eq!(kinds, ["Secret", "Pod"]);
    assert_eq!(plan["open"][0]["name"], "KEY", "an open value is part of a plan");
}

#[test]
fn a_task_whose_cluster_is_still_to_be_named_is_planned_all_the_same() {
    let project = project(IMAGE);
    let outcome = with_contexts(&project, &["staging"], &["plan"]).exits(0);
    says(
        &outcome.stdout,
        &[
            "runs on                 the GKE cluster `ci-cluster` in us-central1-b (its context is still to be named), namespace ci",
            "Pod Security            privileged",
            "kind: Pod",
            "namespace: ci",
            "may: containers",
            "still to be given: task image: no kubeconfig context is known to be the GKE cluster",
        ],
    );
    let outcome = with_contexts(&project, &["staging"], &["plan", "--output", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(plan["tasks"][0]["target"]["open"]["namespace"], "ci");
    assert_eq!((&plan["open"][0]["open"], &plan["open"][0]["task"]), (&"cluster".into(), &"image".into()));
}

#[test]
fn a_variable_that_nothing_defines_is_open_in_the_plan_and_keeps_a_run_from_starting() {
    let project = project(
        "\
first_task:
  container: {image: \"registry.test/tools:$TOOLS\", cpu: $CPUS}
  a_script: echo $TOOLS
second_task:
  container: {image: \"registry.test/tools:$TOOLS\"}
  build_step: {uses: oci-push, with: {tags: [\"registry.test/$TEAM/app:1\"], nonsense: 1}}
",
    );
    let outcome = project.windlass(&["plan"]).exits(0);
    says(
        &outcome.stdout,
        &[
            "registry.test/tools:$TOOLS",
            "still to be given: tasks first, second: line 2 refers to the variable TOOLS; give it in one of these ways:",
            "-e TOOLS=VALUE",
            "still to be given: task first: line 2 refers to the variable CPUS",
            "still to be given: task second: line 6 refers to the variable TEAM",
            "task second can be shown once its variables are given: without them, line 6: task second, step build: oci-push",
        ],
    );
    let refused = project.windlass(&["run", "-e", "TOOLS=1"]).exits(2);
    says(&refused.stderr, &["the variable CPUS", "the variable TEAM", "-e TEAM=VALUE"]);
    assert!(!refused.stderr.contains("the variable TOOLS;"), "{}", refused.stderr);
    let given = project.windlass(&["plan", "first", "-e", "TOOLS=1", "-e", "CPUS=3", "--output", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&given.stdout).expect("JSON");
    assert_eq!((&plan["open"], &plan["tasks"][0]["name"]), (&Value::Array(Vec::new()), &"first".into()));
}

#[test]
fn a_cluster_named_by_a_variable_waits_for_the_variable_alone() {
    let named = IMAGE.replace("us-central1-b", "$ZONE");
    assert_ne!(named, IMAGE);
    let project = project(&named);
    let outcome = with_contexts(&project, &[CONTEXT], &["plan", "--secret", "KEY=env:HOME", "--output", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let open: Vec<_> = plan["open"].as_array().expect("a list").iter().map(|open| (&open["open"], &open["name"])).collect();
    assert_eq!(open, [(&"variable".into(), &"ZONE".into())]);
    assert!(plan["tasks"][0]["target"]["open"].is_object(), "{}", plan["tasks"][0]["target"]);
    let given = with_contexts(&project, &[CONTEXT], &["plan", "--secret", "KEY=env:HOME", "-e", "ZONE=us-central1-b"]).exits(0);
    says(&given.stdout, &["context gke_p_us-central1-b_ci-cluster"]);
}

#[test]
fn what_windlass_yaml_says_of_registries_reaches_every_container_of_the_plan() {
    let project = project(IMAGE);
    project.write("ca.crt", CERTIFICATE);
    let settings = "\
registries:
  registry.corp:5000: {ca_file: ca.crt}
  10.0.0.1:5000: {insecure: true}
  docker.io: {mirrors: [mirror.corp]}
  quay.io: {mirrors: [mirror.corp]}
";
    project.write("windlass.yaml", settings);
    let plan = |format: &str| {
        let flags = ["plan", "--trust-project", "--secret", "KEY=env:HOME", "--output", format];
        with_contexts(&project, &[CONTEXT], &flags).exits(0).stdout
    };
    let text = plan("text");
    says(&text, &["mountPath: /etc/docker/certs.d/registry.corp:5000", "-----BEGIN CERTIFICATE-----"]);
    says(&text, &["note: task image: container dockerdaemon does not use the mirrors of quay.io"]);
    let plan: Value = serde_json::from_str(&plan("json")).expect("JSON");
    let containers = plan["tasks"][0]["pod"]["containers"].as_array().expect("containers");
    for container in containers {
        let certificate = &container["files"]["/etc/docker/certs.d/registry.corp:5000"]["ca.crt"];
        assert!(certificate.as_str().is_some_and(|text| text.starts_with("-----BEGIN")), "{container}");
    }
    let args = &containers[1]["process"]["image"]["args"];
    assert_eq!(*args, serde_json::json!(["--insecure-registry=10.0.0.1:5000", "--registry-mirror=https://mirror.corp"]));
}

/// What a refusal by Pod Security recommends is what the plugins themselves ask for.
#[test]
fn the_builders_that_need_no_privilege_are_those_that_are_recommended() {
    let plugins = project(PLAIN).windlass(&["plugin", "ls", "--output", "json"]).exits(0).stdout;
    let plugins: Value = serde_json::from_str(&plugins).expect("JSON");
    let builders = plugins.as_array().expect("a list").iter().filter(|plugin| plugin["kind"] == "build");
    let mut unprivileged = Vec::new();
    for name in builders.map(|plugin| plugin["name"].as_str().expect("a name")) {
        let task = format!(
            "a_task:\n  gke_container: {{image: busybox, cluster_name: ci-cluster, zone: us-central1-b}}\n  \
             build_step: {{uses: {name}, with: {{tags: [gcr.io/p/a]}}}}\n"
        );
        let outcome = with_contexts(&project(&task), &[CONTEXT], &["plan", "--output", "json"]).exits(0);
        let plan: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        let level = plan["tasks"][0]["pod_security"]["level"].as_str().expect("a level");
        if level != "privileged" {
            unprivileged.push(name.to_owned());
        }
    }
    unprivileged.sort();
    assert!(!unprivileged.is_empty());
    let unprivileged = unprivileged.iter().map(|name| format!("--use build={name}")).collect::<Vec<_>>();
    assert_eq!(windlass_plugin_host::builders(windlass_assets::PLUGINS).within(Level::Baseline), unprivileged);
}

#[test]
fn tasks_that_do_not_run_are_listed_with_the_reason() {
    let tasks = "\
a_task:
  container: {image: a}
  x_script: y
b_task:
  container: {image: a}
  skip: 'true'
  x_script: y
c_task:
  macos_instance: {image: a}
  x_script: y
d_task:
  container: {image: a}
  depends_on: c
  x_script: y
";
    let outcome = project(tasks).windlass(&["plan"]).exits(0);
    says(&outcome.stdout, &["not run", "b  skipped", "c  ", "d  it depends on c"]);
    says(&project(tasks).windlass(&["plan", "a"]).exits(0).stdout, &["b  not chosen", "d  not chosen"]);
}

#[test]
fn host_aliases_and_the_pull_policy_reach_the_pod() {
    let project = project(IMAGE);
    project.write("windlass.yaml", "host_aliases: [{ip: 10.0.0.1, hostnames: [gcr.io]}]\npull_policy: Never\n");
    says(&with_contexts(&project, &[CONTEXT], &["plan"]).exits(0).stdout, &["ip: 10.0.0.1", "imagePullPolicy: Never"]);
    let flags = ["plan", "--pull-policy", "always"];
    says(&with_contexts(&project, &[CONTEXT], &flags).exits(0).stdout, &["imagePullPolicy: Always"]);
}

/// A task that waits for somebody's decision must not run because the others do.
#[test]
fn a_manual_task_is_planned_only_when_it_is_named() {
    let project = project(&format!(
        "{PLAIN}deploy_task:\n  trigger_type: manual\n  container: {{image: busybox}}\n  d_script: make deploy\n"
    ));
    let all = project.windlass(&["plan"]).exits(0).stdout;
    says(&all, &["not run", "deploy  started by hand: its `trigger_type` is `manual`"]);
    assert!(!all.contains("make deploy"), "{all}");
    let named = project.windlass(&["plan", "deploy"]).exits(0).stdout;
    says(&named, &["deploy", "container main"]);
    says(&project.windlass(&["check"]).exits(0).stdout, &["deploy: started by hand only"]);
}

/// Who types a command means it, but should know that the commit asks for no build.
#[test]
fn a_commit_that_asks_for_no_build_is_told() {
    let project = project(PLAIN);
    let given = "CIRRUS_CHANGE_MESSAGE=Typo\n\n[Skip CI]";
    says(&project.windlass(&["plan", "-e", given]).exits(0).stdout, &["note: the commit message says [skip ci]"]);
    assert!(!project.windlass(&["plan"]).exits(0).stdout.contains("[skip ci]"));
}

/// Before a first green run a note is one line, wherever and however often its variable stands; `check` shows the places.
#[test]
fn a_note_on_the_file_is_one_line() {
    let project = project(
        "a_task:\n  container: {image: busybox}\n  a_script:\n    - echo $CIRRUS_LAST_GREEN_CHANGE\n    - echo a$CIRRUS_LAST_GREEN_CHANGE\n",
    );
    project.commit();
    let text = project.windlass(&["plan", "--on", "engine"]).exits(0).everything();
    assert_eq!(
        text.matches("is empty: no earlier run is known to be green (.cirrus.yml:4, 5; windlass check says more)").count(),
        1,
        "{text}"
    );
    assert_eq!(text.lines().filter(|line| line.contains("LAST_GREEN_CHANGE` is empty")).count(), 1, "{text}");
    let checked = project.windlass(&["check"]).exits(0).everything();
    says(&checked, &["-e CIRRUS_LAST_GREEN_CHANGE=latest", "echo a$CIRRUS_LAST_GREEN_CHANGE"]);
}

/// Proves that tasks which share a script, as those of a matrix do, do not say it once each, nor its place, and that a run says it like a plan.
#[test]
fn a_note_is_one_line_for_all_tasks_of_a_matrix() {
    let project = project(
        "a_task:\n  matrix: [{name: one}, {name: two}, {name: three}]\n  container: {image: busybox}\n  a_script: docker pull x:$CIRRUS_LAST_GREEN_CHANGE || true\n",
    );
    project.commit();
    for (command, code) in [("plan", 0), ("run", 3)] {
        let text = project.windlass(&[command, "--on", "engine"]).exits(code).everything();
        let notes: Vec<_> = text.lines().filter(|line| line.contains("LAST_GREEN_CHANGE` is empty")).collect();
        assert_eq!(notes.len(), 1, "{text}");
        assert!(notes[0].ends_with("(.cirrus.yml:4; windlass check says more)"), "{text}");
    }
}

/// A task for a cluster that runs on the engine for want of a kubeconfig is told.
#[test]
fn a_machine_without_a_kubeconfig_says_so() {
    let project = project(IMAGE);
    let plan = |arguments: &[&str]| project.windlass(arguments).exits(0).stdout;
    let note =
        "note: task image names a cluster, and this machine has no kubeconfig: it runs on the container engine of this machine";
    says(&plan(&["plan"]), &[note]);
    assert!(!plan(&["plan", "--on", "engine"]).contains(note));
}

/// The powers of a builder are too many for one line: each has its own, and the lines of people's plans stay short.
#[test]
fn many_powers_have_a_line_each() {
    let project = project(
        "image_task:\n  container: {image: busybox}\n  build_step: {uses: buildah, with: {tags: ['gcr.io/p/app:1']}}\n  push_step: {uses: oci-push}\n",
    );
    let plan = project.windlass(&["plan", "--on", "engine"]).exits(0).stdout;
    let powers: Vec<&str> = plan.lines().map(str::trim).filter(|line| line.starts_with("may: ")).collect();
    assert!(powers.len() > 2 && powers.iter().any(|line| line.starts_with("may: pod (")), "{plan}");
    assert!(plan.lines().all(|line| line.chars().count() < 220), "{plan}");
}
