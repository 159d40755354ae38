//! Options and files that change nothing are named.

use super::{IMAGE, PLAIN, project, says, with_contexts};

/// Before, each of these was taken without a word.
#[test]
fn an_option_that_changes_nothing_is_named() {
    let project = project(PLAIN);
    let (_, shell) = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "image-lookup").expect("a plugin");
    std::fs::write(project.path().join("mine.wasm"), shell).expect("a file");
    let flags = ["plan", "--use", "build=kaniko", "--plugin", "mine.wasm", "--namespace", "ci"];
    let plan = project.windlass(&flags).exits(0).stdout;
    says(
        &plan,
        &[
            "--use build=kaniko changes nothing: no step of these tasks is a build step",
            "mine.wasm changes nothing: no step of these tasks uses image-lookup",
            "--namespace ci changes nothing: these tasks run on the container engine of this machine",
        ],
    );
    let used = "a_task:\n  container: {image: a}\n  build_step: {uses: buildah, with: {tags: [\"r.corp/a\"]}}\n";
    let plan = super::project(used).windlass(&["plan", "--use", "build=kaniko"]).exits(0).stdout;
    assert!(!plan.contains("changes nothing"), "{plan}");
}

#[test]
fn a_namespace_that_the_task_names_itself_is_told_with_the_place_of_the_other() {
    let project = project(IMAGE);
    let settings = "clusters:\n  - cluster_name: ci-cluster\n    context: here\n    namespace: other\n";
    project.write("windlass.yaml", settings);
    let note = "note: windlass.yaml:4:5: namespace other has no effect on task image, whose own `namespace` is ci";
    says(&with_contexts(&project, &["here"], &["plan"]).exits(0).stdout, &[note]);
    project.write("windlass.yaml", &settings.replace("other", "ci"));
    let plan = with_contexts(&project, &["here"], &["plan"]).exits(0).stdout;
    assert!(!plan.contains("does not count"), "{plan}");
}

/// Before, the value went to nobody, without a word. Beside the error it says what to correct.
#[test]
fn a_slip_in_the_name_of_a_secret_is_told() {
    let task = "a_task:\n  container: {image: a}\n  env: {REGISTRY_KEY: \"ENCRYPTED[0123]\"}\n  x_script: echo $OTHER_TOKEN\n";
    let project = project(task);
    project.write("key", "hunter2-hunter2");
    let right = ["--on", "engine", "--secret", "REGISTRY_KEY=file:key"];
    for (flags, told) in [
        (
            ["--secret", "REGISTRY_KYE=file:key"],
            "note: --secret REGISTRY_KYE: no task has a secret REGISTRY_KYE; did you mean REGISTRY_KEY?",
        ),
        (
            ["-e", "REGISTRY_KE=hunter2-hunter2"],
            "note: -e REGISTRY_KE: no task has a secret REGISTRY_KE; did you mean REGISTRY_KEY?",
        ),
    ] {
        says(
            &project.windlass(&[&["run", "--on", "engine"][..], &flags].concat()).exits(2).stderr,
            &[told, "needs the secret REGISTRY_KEY"],
        );
        says(&project.windlass(&[&["plan"][..], &right, &flags].concat()).exits(0).stdout, &[told]);
    }
    for flags in [["--secret", "OTHER_TOKEN=file:key"], ["-e", "NPM_TOKEN=hunter2-hunter2"], ["-e", "REGISTRY=x"]] {
        let plan = project.windlass(&[&["plan"][..], &right, &flags].concat()).exits(0).everything();
        assert!(!plan.contains("did you mean"), "{flags:?}: {plan}");
    }
    project.write("windlass.yaml", "secrets:\n  REGISTRY_KEYS: {file: key}\n  SOMETHING: {file: key}\n");
    let plan = project.windlass(&[&["plan"][..], &right].concat()).exits(0).stdout;
    says(&plan, &["note: windlass.yaml:2:3: no task has a secret REGISTRY_KEYS; did you mean REGISTRY_KEY?"]);
    assert!(!plan.contains("SOMETHING;"), "{plan}");
}

/// A policy in a file of the wrong name would forbid nothing.
#[test]
fn settings_under_another_name_are_refused() {
    let project = project(PLAIN);
    project.write("windlass.yml", "policy: {images: [corp/*]}\n");
    for command in ["check", "plan", "run", "ls"] {
        let outcome = project.windlass(&[command]).exits(2);
        says(&outcome.stderr, &["windlass.yml is not read: settings are called windlass.yaml", "rename it"]);
    }
}

#[test]
fn a_second_task_file_is_named_and_the_first_counts() {
    let project = project(PLAIN);
    project.write(".cirrus.yaml", IMAGE);
    let outcome = project.windlass(&["check"]).exits(0);
    says(&outcome.stderr, &["note: .cirrus.yaml is not read, because .cirrus.yml exists too"]);
    says(&outcome.stdout, &[".cirrus.yml: no errors, 1 task\n  lint"]);
}
