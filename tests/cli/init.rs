//! `windlass init`: the first files of a project.

use super::says;
use super::support::{Outcome, Project};

fn with_dockerfile() -> Project {
    Project::new(&[("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")])
}

/// What is written is read without a complaint, and planned.
#[test]
fn what_it_writes_is_a_task_that_builds_and_pushes() {
    let project = with_dockerfile();
    project.commit();
    let outcome = project.windlass(&["init", "--image", "r.example/me/app", "--on", "engine"]).exits(0);
    says(&outcome.stderr, &["wrote .cirrus.yml\n", "windlass plan", "windlass run", "docker login r.example"]);
    assert!(!project.path().join("windlass.yaml").exists(), "it has nothing to say");
    assert_eq!(project.windlass(&["check", "--strict"]).exits(0).stdout, ".cirrus.yml: no errors, 1 task\n  image\n");
    let plan = project.windlass(&["plan"]).exits(0).stdout;
    says(&plan, &["kaniko (built in", "oci-push (built in"]);
}

#[test]
fn a_cluster_and_a_login_go_into_the_settings_and_the_password_nowhere() {
    let project = with_dockerfile();
    project.commit();
    // me:hunter2-and-more
    project.write("docker/config.json", r#"{"auths": {"r.example": {"auth": "bWU6aHVudGVyMi1hbmQtbW9yZQ=="}}}"#);
    let arguments = ["init", "-i", "r.example/me/app", "--context", "staging", "--namespace", "builds", "--builder", "buildah"];
    let mut command = project.command(&arguments);
    let output = command.env("DOCKER_CONFIG", project.path().join("docker")).output().expect("windlass runs");
    let outcome = Outcome::new(&output).exits(0);
    says(&outcome.stderr, &["wrote .cirrus.yml\n", "wrote windlass.yaml\n", "export REGISTRY_PASSWORD="]);
    let read = |name: &str| std::fs::read_to_string(project.path().join(name)).expect("a file");
    says(&read("windlass.yaml"), &["{context: staging, namespace: builds}", "REGISTRY_PASSWORD: {env: REGISTRY_PASSWORD}"]);
    says(&read(".cirrus.yml"), &["uses: registry-login", "registry: r.example", "username: me", "uses: buildah"]);
    let all = format!("{}{}{}", outcome.everything(), read("windlass.yaml"), read(".cirrus.yml"));
    assert!(!all.contains("hunter2"), "{all}");
    project.windlass(&["check", "--strict"]).exits(0);
}

#[test]
fn the_remote_names_the_image_where_its_host_has_a_registry() {
    for (remote, image) in [
        ("https://github.com/Acme/Shop.git", Some("ghcr.io/acme/shop:$CIRRUS_CHANGE_IN_REPO")),
        ("git@gitlab.com:acme/tools/shop.git", Some("registry.gitlab.com/acme/tools/shop:$CIRRUS_CHANGE_IN_REPO")),
        ("https://git.example/acme/shop.git", None),
    ] {
        let project = with_dockerfile();
        project.commit();
        let git = ["remote", "add", "origin", remote];
        assert!(std::process::Command::new("git").args(git).current_dir(project.path()).status().expect("git runs").success());
        let outcome = project.windlass(&["init", "--on", "engine", "--dry-run"]);
        match image {
            Some(image) => says(&outcome.exits(0).stdout, &[image]),
            None => says(&outcome.exits(2).stderr, &["which image to push is not known", "--image ghcr.io/me/app"]),
        }
        assert!(!project.path().join(".cirrus.yml").exists(), "--dry-run writes nothing");
    }
}

/// A person is asked for what no option says, with what is usual as the answer of a bare Enter.
#[test]
fn a_person_is_asked() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let project = with_dockerfile();
    project.commit();
    project.write("kubeconfig", "apiVersion: v1\nkind: Config\ncurrent-context: staging\ncontexts: [{name: staging, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: \"https://127.0.0.1:1\"}}]\nusers: [{name: u, user: {}}]\n");
    let answered = |answers: &str| {
        let windlass = project.command(&["init", "--dry-run"]);
        let line = format!("{} init --dry-run", windlass.get_program().to_str().expect("UTF-8"));
        let mut command = Command::new("script");
        command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(project.path());
        for (name, value) in windlass.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("KUBECONFIG", project.path().join("kubeconfig"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script runs");
        child.stdin.take().expect("its keys").write_all(answers.as_bytes()).expect("keys are pressed");
        let output = child.wait_with_output().expect("an end");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).replace('\r', ""))
    };
    let (code, shown) = answered("\n\nr.example/app\n");
    assert_eq!(code, Some(0), "{shown}");
    says(
        &shown,
        &[
            "context staging",
            "[cluster]",
            "[kaniko]",
            "Image to push",
            "{context: staging}",
            "uses: kaniko",
            "r.example/app:$CIRRUS",
        ],
    );
    let (code, shown) = answered("engine\nbuildah\nr.example/app:7\n");
    assert_eq!(code, Some(0), "{shown}");
    says(&shown, &["\ncontainer: ", "uses: buildah", "\"r.example/app:7\""]);
    let (code, shown) = answered("moon\n");
    assert_eq!(code, Some(2), "{shown}");
    says(&shown, &["neither `cluster` nor `engine`"]);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let project = with_dockerfile();
    project.write(".cirrus.yml", "a_task: {}\n");
    says(
        &project.windlass(&["init", "-i", "r.example/app"]).exits(2).stderr,
        &[".cirrus.yml is there already", "windlass check"],
    );
    let project = with_dockerfile();
    project.write("windlass.yaml", "variables: {A: b}\n");
    let outcome = project.windlass(&["init", "-i", "r.example/app:1", "--context", "staging"]).exits(0);
    says(&outcome.stderr, &["windlass.yaml is there already", "- {context: staging}"]);
    assert_eq!(std::fs::read_to_string(project.path().join("windlass.yaml")).expect("a file"), "variables: {A: b}\n");
}

#[test]
fn what_cannot_be_taken_says_what_to_do() {
    for (arguments, words) in [
        (&["-i", "r.example/UPPER"][..], &["UPPER", "--image names it"][..]),
        (&["-i", "r.example/app", "--builder", "kanikoo"], &["no builder `kanikoo`", "windlass plugin ls"]),
        (&["-i", "r.example/app", "--builder", "oci-push"], &["no builder `oci-push`"]),
        (&["-i", "r.example/app", "--builder", "docker-build"], &["docker daemon"]),
        (&["-i", "r.example/app", "--dockerfile", "missing"], &["missing cannot be read"]),
        (&["-i", "r.example/app", "--dockerfile", "../Dockerfile"], &["not in this directory"]),
        (&["-i", "r.example/app", "--on", "kube"], &["no kubeconfig names a cluster", "--context NAME"]),
    ] {
        let project = with_dockerfile();
        let outcome = project.windlass(&[&["init"], arguments].concat()).exits(2);
        says(&outcome.stderr, words);
        assert!(!project.path().join(".cirrus.yml").exists(), "{arguments:?}");
    }
    says(
        &Project::new(&[("a", "")]).windlass(&["init", "-i", "r.example/app"]).exits(2).stderr,
        &["no Dockerfile", "--dockerfile"],
    );
}
