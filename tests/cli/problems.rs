//! Everything that is wrong at once, with line and column: what `check` loads from this machine, and `plan` and `run` the same.

use serde_json::Value;

use super::{project, says, with_contexts};

/// An unknown plugin, a wrong request, and a builder's image that goes with no push.
const TASKS: &str = "\
a_task:
  container: {image: a}
  build_step:
    uses: kanico
    with: {tags: [\"gcr.io/p/a\"]}
b_task:
  kubernetes_container: {image: a, cluster_name: ci}
  build_step:
    uses: kaniko
    with:
      tags: [\"gcr.io/p/a\"]
      cache:
        too: gcr.io/p/cache
  push_step: {uses: oci-push}
";

const SETTINGS: &str = "\
clusters:
  - cluster_name: ci
    context: nowhere
registries:
  registry.corp:5000:
    ca_file: missing.pem
images:
  kanico: mirror.corp/kaniko:1
";

/// Before, `check` found nothing here, and a plan stopped at the first.
#[test]
fn check_loads_what_is_local_and_tells_every_problem_with_its_place() {
    let project = project(TASKS);
    project.write("windlass.yaml", SETTINGS);
    let check = with_contexts(&project, &["here"], &["check"]).exits(2);
    let told = [
        "windlass.yaml:3:5",
        "the kubeconfig has no context `nowhere`",
        "windlass.yaml:6:5",
        "missing.pem cannot be read: No such file",
        "windlass.yaml:8:3",
        "no plugin `kanico` is known",
        ".cirrus.yml:4:5",
        "plugin kanico was not found",
        "did you mean `kaniko`?",
        ".cirrus.yml:13:9",
        "cache.too: there is no such key",
        "windlass.yaml has 2 errors, .cirrus.yml has 2 errors",
    ];
    says(&check.stderr, &told);
    assert_eq!(check.stdout, "");
    let json = with_contexts(&project, &["here"], &["check", "--output", "json"]).exits(2).stdout;
    let problems: Value = serde_json::from_str(&json).expect("JSON");
    let places: Vec<_> = problems.as_array().expect("a list").iter().map(place).collect();
    let expected = [
        "windlass.yaml:3:5 unknown-context",
        "windlass.yaml:6:5 unusable-file",
        "windlass.yaml:8:3 unknown-plugin",
        ".cirrus.yml:4:5 unknown-plugin",
        ".cirrus.yml:13:9 plugin-request",
    ];
    assert_eq!(places, expected);
}

fn place(problem: &Value) -> String {
    let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
    format!("{}:{}:{} {}", text("file"), problem["line"], problem["column"], text("code"))
}

/// A plan and a run tell the same. Which cluster is meant they can still be told on the command line.
#[test]
fn a_plan_and_a_run_tell_the_same() {
    let project = project(TASKS);
    project.write("windlass.yaml", SETTINGS);
    for command in ["plan", "run"] {
        let told = with_contexts(&project, &["here"], &[command, "--trust-project"]).exits(2).stderr;
        says(
            &told,
            &["windlass.yaml:6:5", ".cirrus.yml:4:5", ".cirrus.yml:13:9", "windlass.yaml has 1 error, .cirrus.yml has 2 errors"],
        );
    }
}

/// Errors of both files are told together, and what hangs on the other file is not made up.
#[test]
fn both_files_are_read_to_their_ends() {
    let project = project("a_task:\n  container: {image: 'UPPER'}\n  x_script: echo $GIVEN\n");
    project.write("windlass.yaml", "variables: {GIVEN: x}\nclutsers: []\n");
    for command in ["check", "plan", "run"] {
        let told = project.windlass(&[command, "--strict"]).exits(2).stderr;
        says(&told, &["windlass.yaml:2:1", ".cirrus.yml:2:", "windlass.yaml has 1 error, .cirrus.yml has 1 error"]);
    }
}

/// The image would have been built, and the push then refused.
#[test]
fn a_push_that_does_not_fit_its_builder_is_refused_before_anything_is_built() {
    let file = |build: &str, push: &str| {
        format!(
            "img_task:\n  container: {{image: 'docker:latest'}}\n  build_step: {{uses: {build}, with: {{tags: [\"r.corp/a:1\"]}}}}\n  \
             push_step:\n    uses: {push}\n"
        )
    };
    let refused = project(&file("docker-build", "oci-push")).windlass(&["check"]).exits(2);
    says(&refused.stderr, &[".cirrus.yml:4:3", "docker-build leaves its image in a docker daemon", "use docker-push"]);
    let swapped = project(&file("buildah", "oci-push")).windlass(&["plan", "--use", "build=docker-build"]).exits(0);
    says(&swapped.stdout, &["push uses docker-push instead of oci-push: docker-build leaves its image in a docker daemon"]);
    // A builder that can push by itself does so for a push step that asks the registry whether it did.
    let refused = project(&file("kaniko", "docker-push")).windlass(&["check"]).exits(2);
    says(&refused.stderr, &["docker-push only takes images left in a docker daemon", "use oci-push"]);
    let back = project(&file("docker-build", "docker-push")).windlass(&["plan", "--use", "build=buildah"]).exits(0);
    says(&back.stdout, &["push uses oci-push instead of docker-push"]);
    let asked = ["run", "--use", "build=docker-build", "--use", "push=oci-push"];
    says(&project(&file("buildah", "oci-push")).windlass(&asked).exits(2).stderr, &["use docker-push"]);
}

/// Each slip hides none of what comes after it: not in its own map, not in its step, not in its task, not in the other file.
#[test]
fn nothing_that_is_wrong_hides_anything_else() {
    let project = project(
        "a_task:\n  container: {image: UPPER}\n  x_script: y\nb_task:\n  container: {image: 'docker:latest'}\n  build_step:\n    \
         uses: docker-build\n    with: {tag: ['r.corp/a:1'], no_cach: true, memory: lots, platforms: [linux/amd64]}\n  push_step: {uses: oci-push}\n",
    );
    let settings = "plugins: {kaniko: [{containers: owm}, regitries], kanico: [registries]}\n\
                    environments: {build: kanico}\npolicy: {plugins: [kanico, shell]}\nregistries: {r.corp: {ca_file: nope.pem}}\n";
    project.write("windlass.yaml", settings);
    let json = project.windlass(&["check", "--output", "json"]).exits(2).stdout;
    let problems: Value = serde_json::from_str(&json).expect("JSON");
    let told: Vec<String> = problems.as_array().expect("a list").iter().map(place).collect();
    let expected = [
        "windlass.yaml:1:11 invalid-value",
        "windlass.yaml:1:39 invalid-value",
        "windlass.yaml:1:51 unknown-plugin",
        "windlass.yaml:2:16 unknown-plugin",
        "windlass.yaml:3:10 unknown-plugin",
        "windlass.yaml:4:23 unusable-file",
        ".cirrus.yml:2:22 invalid-value",
        ".cirrus.yml:8:12 plugin-request",
        ".cirrus.yml:8:33 plugin-request",
        ".cirrus.yml:8:48 plugin-request",
        ".cirrus.yml:9:3 not-planned",
    ];
    assert_eq!(told, expected, "{json}");
    let text = project.windlass(&["check"]).exits(2).stderr;
    says(
        &text,
        &[
            "did you mean `own`?",
            "did you mean `registries`?",
            "no plugin `kanico` is known, so no environment can be built",
            "tag: there is no such key; did you mean `tags`, which is missing?",
            "no_cach: there is no such key; did you mean `no_cache`?",
            "memory: `lots` is not an amount of memory",
            "use docker-push",
            "windlass.yaml has 3 errors, .cirrus.yml has 5 errors",
        ],
    );
}

/// A builder of environments that is none is the settings' matter, and told once: of a task that needs it, too.
#[test]
fn a_wrong_builder_of_environments_is_told_in_the_settings() {
    let project = project("a_task:\n  kubernetes_container: {dockerfile: Dockerfile, cluster_name: ci}\n  x_script: y\n");
    project.write("Dockerfile", "FROM scratch\n");
    for (build, told) in [
        ("kanico", "no plugin `kanico` is known, so no environment can be built"),
        ("oci-push", "`build` takes a build plugin, and oci-push is a push plugin"),
    ] {
        project.write("windlass.yaml", &format!("environments: {{registry: r.corp/e, build: {build}}}\n"));
        for command in ["check", "plan"] {
            let stderr = project.windlass(&[command]).exits(2).stderr;
            says(&stderr, &["windlass.yaml:1:36", told, "windlass.yaml has 1 error"]);
            assert!(!stderr.contains(".cirrus.yml"), "{stderr}");
        }
    }
}

/// A name of a container that some task has is no slip, however near it is.
#[test]
fn a_container_that_is_there_is_no_slip() {
    let project =
        project("a_task:\n  container:\n    image: a\n    additional_containers: [{name: owl, image: b}]\n  x_script: y\n");
    project.write("windlass.yaml", "plugins: {kaniko: [pod, {containers: [own, owl]}]}\n");
    let told = project.windlass(&["check"]).exits(0).stderr;
    assert!(!told.contains("owl"), "{told}");
}

/// A build without its Dockerfile ended in the middle of a run. Where a step before may write one, nobody can know.
#[test]
fn a_dockerfile_that_is_not_there_is_told_before_the_run() {
    let file = |before: &str, with: &str| {
        let tasks = format!(
            "a_task:\n  container: {{image: busybox}}\n{before}  build_step:\n    uses: kaniko\n    with: {{tags: [r.corp/a], {with}}}\n"
        );
        project(&tasks)
    };
    let missing = file("", "dockerfile: nodf");
    for command in [&["check"][..], &["plan", "--on=engine"], &["run", "--on=engine"]] {
        let refused = missing.windlass(command).exits(2).stderr;
        says(&refused, &["task a, step build: the working copy has no nodf in the context `.`", ".cirrus.yml:5:30"]);
        assert_eq!(refused.matches("has no nodf").count(), 1, "{refused}");
    }
    let made = file("  make_script: echo FROM scratch > nodf\n", "dockerfile: nodf");
    says(&made.windlass(&["check"]).exits(0).stderr, &["warning", "has no nodf", "the build fails unless step make writes it"]);
    for with in ["no_cache: true", "context: 'https://git.example/a.git'", "dockerfile: $NAME"] {
        let checked = file("", with).windlass(&["check"]);
        assert!(!checked.stderr.contains("working copy has no"), "{with}: {}", checked.stderr);
    }
}

/// One command found five errors where another found eight, and an error in one task hid the warnings about the others.
#[test]
fn every_command_counts_the_same_and_no_warning_is_hidden() {
    let project = project(
        "a_task:\n  container: {image: UPPER}\n  x_script: y\nb_task:\n  container: {image: busybox}\n  x_step: {uses: nope}\n  foo: bar\n",
    );
    for command in ["check", "plan", "run"] {
        says(&project.windlass(&[command]).exits(2).stderr, &["error: .cirrus.yml has 2 errors", "nope was not found"]);
    }
    let planned = super::project(
        "a_task:\n  container: {image: busybox}\n  x_step: {uses: nope}\nb_task:\n  container: {image: a}\n  y_script: y\n  foo: bar\n",
    );
    says(&planned.windlass(&["check"]).exits(2).stderr, &["nope was not found", "a task has no key `foo`"]);
}

/// The builder ended with "there is no Dockerfile": it could not see the working copy.
#[test]
fn a_builder_that_may_not_see_the_working_copy_is_refused() {
    let project = project("a_task:\n  container: {image: busybox}\n  build_step: {uses: kaniko, with: {tags: [r.corp/a]}}\n");
    project.write("windlass.yaml", "plugins:\n  kaniko: [{containers: own}, {pod: {memory: 4Gi, shared: false}}, registries]\n");
    let refused = project.windlass(&["check"]).exits(4).stderr;
    says(&refused, &["brings container kaniko, which builds from the task's own volume (`pod: shared`)", "windlass.yaml"]);
    says(&refused, &["{pod: {level: baseline, memory: 4Gi}}", "{secrets: []}"]);
}
