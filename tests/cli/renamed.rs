//! windlass decides nothing by a plugin's name: a built-in plugin that lies in a file under another name plans just as it does built in.

use serde_json::Value;

use super::support::kind::with_manifest;
use super::{Project, with_contexts};

/// Everything that a file can be granted, so that what is planned is what the plugin asks for, as it is for built-in ones.
const ALL: &str = "[{pod: {level: privileged}}, containers, registries, environment, {environment-set: all}, secrets, secrets-reveal, \
                   workspace-read, workspace-write, http, results]";

/// A cluster that anybody takes for the one of the tasks.
const CONTEXT: &str = "gke_p_us-central1-b_ci-cluster";

/// The file that it lies in.
const FILE: &str = "./mine.wasm";

/// A built-in plugin whose manifest has another name: the same one backwards.
fn renamed(name: &str) -> (Vec<u8>, String) {
    let (_, component) = windlass_assets::PLUGINS.iter().find(|(known, _)| *known == name).expect("it is built in");
    let backwards: String = name.chars().rev().collect();
    let (from, to) = (format!("\"name\":\"{name}\""), format!("\"name\":\"{backwards}\""));
    (with_manifest(component, &from, &to), backwards)
}

/// A project with a built-in plugin under another name in it.
fn project(component: &[u8]) -> Project {
    let project = super::project("");
    std::fs::write(project.path().join(FILE), component).expect("it is written");
    project
}

/// What a plan says, its notes included, with neither the digest of a plugin nor its names.
fn planned(project: &Project, (tasks, settings): (&str, &str), options: &[&str], (own, name): (&str, &str)) -> Value {
    project.write(".cirrus.yml", tasks);
    project.platform(&format!("plugins: {{\"{FILE}\": {ALL}}}\n{settings}"));
    let arguments = [&["plan", "--output=json"], options].concat();
    let outcome = with_contexts(project, &[CONTEXT], &arguments).exits(0);
    let text = outcome.stdout.replace(FILE, name).replace(own, name);
    let mut plan = serde_json::from_str(&text).expect("JSON");
    forget(&mut plan);
    plan
}

/// Takes out of each plugin where it was found and what its bytes are, and the size of the project.
fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.contains_key("interface") {
                members.retain(|member, _| member != "digest" && member != "reference");
            }
            // Whoever may be privileged needs no exceptions, however they are written.
            if members.get("level").is_some_and(|level| level == "privileged") {
                members.remove("except");
            }
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => {
            items.retain(|item| !item.as_str().is_some_and(|text| text.starts_with("the working copy: ")));
            items.iter_mut().for_each(forget);
        }
        _ => {}
    }
}

/// The first place in which two values differ.
fn difference(one: &Value, other: &Value, at: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) => {
            let names = ones.keys().chain(others.keys().filter(|name| !ones.contains_key(*name)));
            names.into_iter().find_map(|name| difference(&one[name], &other[name], &format!("{at}.{name}")))
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            ones.iter().zip(others).enumerate().find_map(|(n, (one, other))| difference(one, other, &format!("{at}[{n}]")))
        }
        _ => (one != other).then(|| format!("{at}: {one}, and not {other}")),
    }
}

#[test]
fn a_step_plans_the_same_whatever_its_plugin_is_called() {
    let build = "{tags: [\"r.example/a:1\"], build_args: {A: b}, cpu: 2}";
    let push = |uses: &str| format!("  push_step: {{uses: {uses}}}\n");
    let build_with = |uses: &str| format!("  build_step: {{uses: {uses}, with: {build}}}\n");
    for name in windlass_assets::PLUGINS.iter().map(|(name, _)| *name) {
        let steps = |uses: &str| match name {
            "shell" => format!("  a_step: {{uses: {uses}, with: {{lines: [make]}}}}\n"),
            "registry-login" => {
                format!("  a_step: {{uses: {uses}, with: {{registry: r.example, username: me, password: $KEY}}}}\n")
            }
            "image-lookup" => format!("  a_step: {{uses: {uses}, with: {{reference: \"r.example/a:1\", variable: FOUND}}}}\n"),
            "docker-build" => build_with(uses) + &push("docker-push"),
            "docker-push" => build_with("docker-build") + &push(uses),
            "oci-push" => build_with("kaniko") + &push(uses),
            _ => build_with(uses) + &push("oci-push"),
        };
        let tasks =
            |uses: &str| format!("a_task:\n  container: {{image: busybox}}\n  env: {{KEY: \"ENCRYPTED[x]\"}}\n{}", steps(uses));
        let (component, own) = renamed(name);
        let project = project(&component);
        let plan = |uses: &str| planned(&project, (&tasks(uses), ""), &["--on=engine"], (&own, name));
        assert_eq!(difference(&plan(FILE), &plan(name), ""), None, "{name}");
    }
}

/// Also where windlass chooses what a plugin is for: in place of docker's commands, and for environments.
#[test]
fn a_builder_plans_the_same_wherever_it_is_named() {
    let (component, own) = renamed("kaniko");
    let (project, names) = (project(&component), (own.as_str(), "kaniko"));
    let docker = super::IMAGE.replace("build .", "build --tag gcr.io/p/a:1 .").replace("login --", "login -u me --");
    let scripts = |uses: &str| planned(&project, (&docker, ""), &["--use", &format!("build={uses}")], names);
    assert_eq!(difference(&scripts(FILE), &scripts("kaniko"), ""), None);
    let task =
        "a_task:\n  gke_container: {dockerfile: Dockerfile, cluster_name: ci-cluster, zone: us-central1-b}\n  a_script: make\n";
    let environment = |build: &str| {
        let settings = format!("environments: {{registry: r.example/environments{build}}}\n");
        planned(&project, (task, &settings), &[], names)
    };
    let by_role = environment("");
    for build in [format!(", build: {FILE}"), ", build: kaniko".to_owned()] {
        assert_eq!(difference(&environment(&build), &by_role, ""), None, "{build}");
    }
}
