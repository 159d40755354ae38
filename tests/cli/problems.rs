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
  push_step: {uses: docker-push}
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
    let back = project(&file("docker-build", "docker-push")).windlass(&["plan", "--use", "build=buildah"]).exits(0);
    says(&back.stdout, &["push uses oci-push instead of docker-push"]);
    let asked = ["run", "--use", "build=docker-build", "--use", "push=oci-push"];
    says(&project(&file("buildah", "oci-push")).windlass(&asked).exits(2).stderr, &["use docker-push"]);
}
