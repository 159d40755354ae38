//! What a refusal tells to write is enough for what windlass carries, whatever a platform left it.

use windlass_config::{Source, load_settings};
use windlass_model::power::grant_lines;
use windlass_model::settings::PluginGrant;

use super::{Outcome, Project, project, says};

/// Logs in, builds and pushes, and runs a script.
fn task(builder: &str, push: &str) -> Project {
    let project = project(&format!(
        "env:\n\
         \x20 KEY: ENCRYPTED[k]\n\
         \x20 TOKEN: ENCRYPTED[t]\n\
         image_task:\n\
         \x20 container: {{image: docker:latest}}\n\
         \x20 login_step: {{uses: registry-login, with: {{registry: gcr.io, username: u, password: KEY}}}}\n\
         \x20 build_step: {{uses: {builder}, with: {{tags: ['gcr.io/p/a:1']}}}}\n\
         \x20 push_step: {{uses: {push}}}\n\
         \x20 test_script: 'true'\n"
    ));
    project.write("Dockerfile", "FROM scratch\n");
    project
}

fn plugins(text: &str) -> Vec<PluginGrant> {
    load_settings(&Source::new("settings", text.to_owned())).unwrap_or_else(|problems| panic!("{problems:?}: {text}")).plugins
}

/// The settings with what the refusal tells to write there, as a person does it.
fn pasted(settings: &str, refused: &Outcome) -> String {
    let (_, told) = refused.stderr.split_once("help: to grant it, add to policy.yaml").expect("the help");
    let told: Vec<&str> = told.lines().skip(1).take_while(|line| line.starts_with("    ")).collect();
    let new = plugins(&told.join("\n"));
    let mut all = plugins(settings);
    all.retain(|known| !new.iter().any(|entry| entry.plugin == known.plugin));
    all.extend(new);
    grant_lines(all.iter().map(|entry| (entry.plugin.0.as_str(), &entry.powers)))
}

/// Each builder with its push, on a platform that gives too little of this or of that: the plan is refused, never the run, and what is told is
/// written once.
#[test]
fn what_is_pasted_once_is_enough_for_what_windlass_carries() {
    for (builder, push) in [("kaniko", "oci-push"), ("buildkit", "oci-push"), ("docker-build", "docker-push")] {
        for settings in [
            "plugins: {built-in: []}",
            "plugins: {built-in: [{pod: {level: baseline, capabilities: []}}, {containers: own}, registries, secrets]}",
            "plugins: {built-in: [{containers: [main]}, environment, {environment-set: [PATH]}], kaniko: [registries, {secrets: [TOKEN]}]}",
            "plugins: {built-in: [pod, containers, registries, secrets, environment], oci-push: [{containers: own}, registries, {secrets: [KEY]}]}",
        ] {
            let project = task(builder, push);
            let plan = |settings: &str| {
                project.write("policy.yaml", settings);
                project.windlass(&["plan", "--on", "engine", "--settings", "policy.yaml"])
            };
            let refused = plan(settings).exits(4);
            assert!(!refused.stdout.contains("image_task"), "nothing is planned");
            let enough = pasted(settings, &refused);
            let again = plan(&enough);
            assert_eq!(again.code, 0, "{builder}: {settings}\nbecame {enough}\n{}", again.everything());
        }
    }
}

/// A later file takes away what an earlier one gives: it is the one that is named.
#[test]
fn the_file_that_decides_is_named() {
    let project = task("kaniko", "oci-push");
    project.write("policy.yaml", "plugins: {built-in: [pod, containers, registries, environment, environment-set, secrets]}\n");
    project.write("none.yaml", "plugins: {built-in: []}\n");
    let refused =
        project.windlass(&["plan", "--on", "engine", "--settings", "policy.yaml", "--settings", "none.yaml"]).exits(4).stderr;
    says(
        &refused,
        &["to grant it, add to none.yaml, beside `built-in`, which counts for no plugin that has an entry of its own"],
    );
    assert!(!refused.contains("add to policy.yaml"), "{refused}");
    project.write("policy.yaml", "policy: {plugins: [shell, registry-login, kaniko]}\n");
    project.write("none.yaml", "policy: {images: ['corp.io/*'], pod_security: restricted}\n");
    let refused =
        project.windlass(&["plan", "--on", "engine", "--settings", "policy.yaml", "--settings", "none.yaml"]).exits(2).stderr;
    says(
        &refused,
        &[
            "plugin oci-push is not among `policy: {plugins: […]}` of policy.yaml",
            "ask whoever maintains policy.yaml to add to `policy: {plugins: […]}`: `oci-push`",
            "ask whoever maintains none.yaml to add to `policy: {images: […]}`: `docker.io/library/docker:latest`, `",
            "of none.yaml allows no more",
        ],
    );
}
