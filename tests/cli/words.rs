//! What people write in other words.

use serde_json::Value;

use super::{PLAIN, project, says};

#[test]
fn a_word_for_something_else_is_answered_with_what_is_meant() {
    let project = project(PLAIN);
    for (flags, told) in [
        (&["--jobs", "many"][..], "give a number of tasks"),
        (&["-j", "0"], "give 1 or more"),
        (&["-j", "65536"], "the most is 65535"),
        (&["--on", "docker"], "write `--on engine`; it is Docker where DOCKER_HOST"),
        (&["--on", "podman"], "write `--on engine`; it is Podman where"),
        (&["--on", "k8s"], "write `--on kube`"),
        (&["--on", "moon"], "[possible values: kube, engine]"),
    ] {
        says(&project.windlass(&[&["run"][..], flags].concat()).exits(2).stderr, &[told]);
    }
}

/// It plans, starts nothing, and needs no engine.
#[test]
fn a_dry_run_is_a_plan() {
    let project = project(PLAIN);
    let plan = project.windlass(&["plan"]).exits(0).stdout;
    assert_eq!(project.windlass(&["run", "--dry-run"]).exits(0).stdout, plan);
    let json = project.windlass(&["run", "--dry-run", "--output", "json"]).exits(0).stdout;
    assert_eq!(json, project.windlass(&["plan", "--output", "json"]).exits(0).stdout);
}

/// Two plans of the same are the same, so that they can be compared: nothing in one is random.
#[test]
fn a_plan_as_data_has_a_version_and_no_chance_in_it() {
    let project = project(PLAIN);
    let plan = || project.windlass(&["plan", "--output", "json"]).exits(0).stdout;
    assert_eq!(plan(), plan());
    let document: Value = serde_json::from_str(&plan()).expect("JSON");
    assert_eq!((&document["version"], &document["run"]), (&1.into(), &"planonly".into()));
    // Everything at the top is documented.
    let documented = include_str!("../../runtime/report/PLAN.md");
    for key in document.as_object().expect("a map").keys().chain(document["tasks"][0].as_object().expect("a task").keys()) {
        assert!(documented.contains(&format!("`{key}`")), "PLAN.md says nothing of `{key}`");
    }
}

#[test]
fn a_conversion_as_data_has_the_text_and_what_became_of_each_script() {
    let file = "a_task:\n  container: {image: docker}\n  b_script: docker build -t b:1 .\n  c_script: docker run b:1\n";
    let json = |flags: &[&str], code| -> Value {
        let outcome = project(file).windlass(&[&["convert", "--output", "json"][..], flags].concat()).exits(code);
        serde_json::from_str(&outcome.stdout).expect("JSON")
    };
    let left = json(&[], 2);
    assert_eq!((&left["text"], &left["written"]), (&file.into(), &false.into()));
    assert!(left["not_converted"][0].as_str().is_some_and(|line| line.contains("docker run")), "{left}");
    let project = project(&file.replace("  c_script: docker run b:1\n", ""));
    let done = project.windlass(&["convert", "--write", "--output", "json"]).exits(0).stdout;
    let done: Value = serde_json::from_str(&done).expect("JSON");
    assert_eq!((&done["text"], &done["written"]), (&Value::Null, &true.into()));
    assert!(done["converted"][0].as_str().is_some_and(|line| line.contains("b_step")), "{done}");
}
