//! `windlass convert`, and `--use` on scripts.

use super::{PLAIN, project, says};
use crate::support::Project;

/// Docker scripts, one of which has something that no step can stand for.
const MIXED: &str = "\
image_task:
  container: {image: docker}
  build_script: docker build -t a:1 .
  test_script:
    - echo test
    - docker run a:1
other_task:
  container: {image: docker}
  build_script: docker build -t b:1 .
";

#[test]
fn the_file_goes_to_stdout_and_what_became_of_it_to_stderr() {
    let example = Project::example("docker-in-docker");
    let outcome = example.windlass(&["convert"]).exits(0);
    says(&outcome.stdout, &["  build_step:\n    uses: docker-build\n", "additional_containers"]);
    says(&outcome.stderr, &["build_script became build_step (docker-build)", ".cirrus.yml:23: login_script became login_step"]);
    example.write("converted.yml", &outcome.stdout);
    says(&example.windlass(&["check", "-f", "converted.yml"]).exits(0).stdout, &["no errors, 1 task"]);
}

#[test]
fn what_has_no_typed_form_is_named_and_decides_the_exit_code() {
    let project = project(MIXED);
    let outcome = project.windlass(&["convert"]).exits(0);
    says(&outcome.stderr, &["not converted: task image, test_script, line 2: `docker run` has no typed form (.cirrus.yml:6:7)"]);
    says(&outcome.stdout, &["  build_script: docker build -t a:1 .\n", "  build_step:\n    uses: docker-build\n"]);
    assert_eq!(project.windlass(&["convert", "image"]).exits(2).stdout, MIXED);
    says(&project.windlass(&["convert", "nobody"]).exits(2).stderr, &["no task is called `nobody`", "`image`, `other`"]);
    says(&super::project(PLAIN).windlass(&["convert"]).exits(0).stderr, &["no script has docker commands"]);
}

#[test]
fn the_file_can_be_written_in_place() {
    let project = project(MIXED);
    assert_eq!(project.windlass(&["convert", "--write", "other"]).exits(0).stdout, "");
    let text = std::fs::read_to_string(project.path().join(".cirrus.yml")).expect("the file");
    assert!(text.starts_with(&MIXED[..MIXED.rfind("  build_script").expect("a script")]), "{text}");
    says(&text, &["uses: docker-build"]);
}

#[test]
fn a_plan_with_another_plugin_says_what_became_of_each_script() {
    let example = Project::example("docker-in-docker");
    let outcome = example.windlass(&["plan", "--use", "build=docker-build"]).exits(0);
    says(
        &outcome.stdout,
        &[
            "note: image: login_script runs as login (registry-login)",
            "note: image: build_script runs as build (docker-build); without `docker pull $IMAGE:$CIRRUS_LAST_GREEN_CHANGE`",
            "without `--cache-from $IMAGE:$CIRRUS_LAST_GREEN_CHANGE`: no earlier run is known to be green",
            "note: image: push_script runs as push (docker-push)",
            "container daemon",
        ],
    );
    let plan: serde_json::Value =
        serde_json::from_str(&example.windlass(&["plan", "--use", "push=docker-push", "--output", "json"]).exits(0).stdout)
            .expect("JSON");
    let plugin = |at: usize| plan["tasks"][0]["steps"][at]["action"]["plugin"]["plugin"]["name"].clone();
    assert_eq!([plugin(1), plugin(2), plugin(3)], ["registry-login", "docker-build", "docker-push"]);
}

#[test]
fn a_daemon_that_no_step_needs_leaves_the_plan_and_its_resources_go_to_the_builder() {
    let example = Project::example("docker-in-docker");
    let outcome = example.windlass(&["plan", "--use", "build=kaniko", "--output", "json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let pod = &plan["tasks"][0]["pod"];
    let containers: Vec<&str> =
        pod["containers"].as_array().expect("containers").iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(containers, ["main", "kaniko"]);
    assert!(!pod.to_string().contains("\"privileged\":true"), "{pod}");
    let call = |step: usize| plan["tasks"][0]["steps"][step]["action"]["plugin"].clone();
    assert_eq!((&call(2)["request"]["cpu"], &call(2)["request"]["memory"]), (&"2".into(), &"2Gi".into()));
    assert_eq!(call(3)["plugin"]["name"], "oci-push");
    assert!(!plan["tasks"][0]["env"].to_string().contains("DOCKER_HOST"));
    let typed = Project::example("docker-in-docker-tls");
    let outcome = typed.windlass(&["plan", "--use", "build=kaniko"]).exits(0);
    says(
        &outcome.stdout,
        &["push uses oci-push instead of docker-push", "container daemon (docker:dind, privileged) is left out"],
    );
}

#[test]
fn a_converted_file_plans_as_the_scripts_do_under_use() {
    let example = Project::example("docker-in-docker");
    let containers = |arguments: &[&str]| {
        let outcome = example.windlass(&[&["plan", "--output", "json"], arguments].concat()).exits(0);
        let plan: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        let containers = plan["tasks"][0]["pod"]["containers"].as_array().expect("containers").clone();
        let of_use = |container: &serde_json::Value| {
            ["name", "image", "process", "resources", "security"].map(|field| (field, container[field].clone()))
        };
        containers.iter().map(of_use).collect::<Vec<_>>()
    };
    let used = containers(&["--use", "build=kaniko"]);
    assert!(used.len() == 2 && used[1][3].1["memory"] == 2048, "{used:?}");
    let converted = example.windlass(&["convert", "--use", "build=kaniko"]).exits(0);
    says(&converted.stderr, &["the builder gets the `cpu: 2` and `memory: 2Gi` of container daemon"]);
    example.write("converted.yml", &converted.stdout);
    assert_eq!(containers(&["-f", "converted.yml"]), used);
}

#[test]
fn commands_that_cannot_move_are_an_error_by_line_and_word() {
    let outcome = project(MIXED).windlass(&["plan", "--use", "build=docker-build"]).exits(2);
    says(
        &outcome.stderr,
        &["task image", "test_script, line 2: `docker run` has no typed form (.cirrus.yml:6:7)", "help: keep docker commands"],
    );
    project(MIXED).windlass(&["plan", "other", "--use", "build=docker-build"]).exits(0);
}

#[test]
fn a_plugin_of_another_kind_is_refused() {
    let example = Project::example("docker-in-docker-tls");
    says(&example.windlass(&["plan", "--use", "build=shell"]).exits(2).stderr, &["--use build=shell", "it is a step plugin"]);
    says(&example.windlass(&["convert", "--use", "build=shell"]).exits(2).stderr, &["it is a step plugin"]);
    let twice = ["plan", "--use", "build=kaniko", "--use", "build=buildah"];
    says(&example.windlass(&twice).exits(2).stderr, &["--use build is given twice: kaniko and buildah", "only one"]);
    says(&example.windlass(&["convert", "--use", "build=kanico"]).exits(2).stderr, &["kanico"]);
}
