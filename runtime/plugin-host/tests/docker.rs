//! The plugins `registry-login`, `docker-build` and `docker-push` against a docker command that writes down what it is asked.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, inspect, run};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::plugin::{BuiltImage, ImageLocation, Requirements};
use windlass_model::pod::Process;
use windlass_plugin_host::Limits;

const IMAGE: &str = "gcr.io/my-project/my-app:1";

fn digest() -> Digest {
    Digest::from_sha256([7; 32])
}

/// A docker command. `known` is the digest that its daemon knows pushed images by.
fn docker(version: &str, buildx: bool, known: &str) -> Arc<Local> {
    let script = format!(
        r#"#!/bin/sh
echo "docker $*" >> calls
case "$1" in
--version) echo "Docker version {version}, build abc" ;;
buildx) exit {buildx} ;;
build)
    while [ $# -gt 0 ]; do
        case "$1" in
        --iidfile) echo sha256:abc > "$2" ;;
        --secret) cat "${{2##*src=}}" > secret-seen ;;
        esac
        shift
    done ;;
push) [ -e refuse ] && {{ echo "denied: requested access to the resource is denied"; exit 5; }}; echo "1: digest: {digest} size: 528" ;;
image) echo '["gcr.io/my-project/my-app@{known}"]' ;;
esac
"#,
        buildx = i32::from(!buildx),
        digest = digest(),
    );
    Local::with_program("docker", &script)
}

fn calls(backend: &Local) -> String {
    std::fs::read_to_string(backend.path("work/calls")).unwrap_or_default()
}

async fn build(request: Value, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    run(&host(Limits::default()), "docker-build", request, everything(), StepInput::default(), backend).await
}

fn built() -> BuiltImage {
    BuiltImage { location: ImageLocation::Daemon { reference: IMAGE.into() }, references: vec![IMAGE.into()], digest: None }
}

async fn push(request: Value, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    let input = StepInput { built: vec![built()] };
    run(&host(Limits::default()), "docker-push", request, everything(), input, backend).await
}

async fn requirements(plugin: &str, request: Value) -> Result<Requirements, PluginError> {
    let host = host(Limits::default());
    host.requirements(&inspect(&host, plugin).await, &request, None).await
}

#[tokio::test]
async fn a_build_leaves_the_image_in_the_daemon_and_no_secret_in_the_container() {
    let backend = docker("29.0.1", true, "");
    let done = build(json!({"tags": [IMAGE], "secrets": {"npm": "TOKEN"}}), &backend).await.expect("it builds");
    assert_eq!(done.built, Some(built()));
    assert_eq!(std::fs::read_to_string(backend.path("work/secret-seen")).ok().as_deref(), Some("hunter2"));
    assert_eq!(std::fs::read_dir(backend.path("run/step-1")).expect("the directory is there").count(), 0);
    assert!(!calls(&backend).contains("hunter2"));
    let commands = backend.commands.lock().expect("no panic");
    assert!(commands.last().expect("docker ran").registry_credentials, "base images may need a login");
}

#[tokio::test]
async fn secrets_need_buildkit_and_an_older_docker_is_told_to_use_it() {
    let backend = docker("20.10.24+dfsg1", false, "");
    build(json!({"tags": IMAGE, "secrets": {"npm": "TOKEN"}}), &backend).await.expect("it builds");
    let commands = backend.commands.lock().expect("no panic").clone();
    let env = &commands.last().expect("docker ran").env;
    assert!(env.iter().any(|(name, _)| name == "DOCKER_BUILDKIT"), "{env:?}");

    let done = build(json!({"tags": IMAGE, "secrets": {"npm": "TOKEN"}}), &docker("28.2.2", false, "")).await;
    assert!(matches!(&done, Err(PluginError::Unsupported { field, .. }) if field == "secrets"), "{done:?}");
}

#[tokio::test]
async fn the_classic_builder_gets_its_cached_images_first_and_buildkit_leaves_its_cache_in_the_image() {
    let request = json!({"tags": [IMAGE], "cache": {"from": ["gcr.io/my-project/my-app:", "gcr.io/my-project/my-app:0"]}});
    let backend = docker("20.10.24+dfsg1", false, "");
    build(request.clone(), &backend).await.expect("it builds");
    let called = calls(&backend);
    assert!(called.contains("docker pull gcr.io/my-project/my-app:0\ndocker build"), "{called}");
    assert!(!called.contains("my-app: ") && !called.contains("INLINE_CACHE"), "{called}");
    assert!(backend.log().iter().any(|line| line.contains("is not an image reference")), "{:?}", backend.log());

    let backend = docker("29.0.1", true, "");
    build(request, &backend).await.expect("it builds");
    let called = calls(&backend);
    assert!(!called.contains("docker pull") && called.contains("BUILDKIT_INLINE_CACHE=1"), "{called}");
}

#[tokio::test]
async fn a_container_without_docker_is_told_so() {
    let done = build(json!({"tags": IMAGE}), &Local::new("/nowhere", &[])).await;
    assert!(done.is_err_and(|e| e.to_string().contains("container main has no docker command")));
}

#[tokio::test]
async fn a_build_brings_its_daemon_unless_the_task_lists_one() {
    let needs = requirements("docker-build", json!({"tags": IMAGE, "secrets": {"npm": "TOKEN"}})).await.expect("it is plain");
    let daemon = &needs.containers[0];
    assert_eq!(daemon.unless_port, [2375, 2376]);
    assert!(daemon.container.security.privileged);
    let Process::Image { args: Some(arguments) } = &daemon.container.process else { panic!("{:?}", daemon.container.process) };
    let addresses: Vec<&str> = arguments.iter().filter_map(|argument| argument.strip_prefix("--host=")).collect();
    let rootless = json!({"tags": IMAGE, "image": "docker:29-dind-rootless"});
    let rootless = requirements("docker-build", rootless).await.expect("it is plain");
    assert_eq!(rootless.containers[0].container.process, Process::Image { args: Some(vec!["--tls=false".into()]) });
    assert_eq!(addresses, ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375"], "nobody outside of the pod reaches it");
    assert_eq!(needs.secrets.iter().map(|s| s.as_str()).collect::<Vec<_>>(), ["TOKEN"]);
    assert_eq!(needs.env[0].name, "DOCKER_HOST");

    let needs = requirements("docker-build", json!({"tags": IMAGE, "existing_daemon": true})).await.expect("it is plain");
    assert!(needs.containers.is_empty() && needs.env.is_empty());
}

#[tokio::test]
async fn a_wrong_key_is_found_when_the_run_is_planned() {
    for (request, field, word) in [
        (json!({"tags": IMAGE, "build_arg": {}}), "build_arg", "did you mean `build_args`?"),
        (json!({"tags": IMAGE, "cache": {"form": "x"}}), "cache.form", "did you mean `from`?"),
        (json!({}), "tags", "missing"),
        (json!({"tags": IMAGE, "platforms": ["a", "b"]}), "platforms", "one platform"),
    ] {
        match requirements("docker-build", request).await {
            Err(PluginError::Unsupported { field: found, reason, .. }) => {
                assert_eq!(found, field);
                assert!(reason.contains(word), "{reason}");
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_push_tells_the_digest_that_docker_says_and_the_daemon_knows() {
    let backend = docker("29.0.1", true, digest().as_str());
    let done = push(json!({"tags": ["gcr.io/my-project/my-app:2"]}), &backend).await.expect("it pushes");
    assert_eq!((done.pushed[0].reference.as_str(), &done.pushed[0].digest), ("gcr.io/my-project/my-app:2", &digest()));
    let calls = calls(&backend);
    assert!(
        calls.contains(&format!("docker tag {IMAGE} gcr.io/my-project/my-app:2\ndocker push gcr.io/my-project/my-app:2\n")),
        "{calls}"
    );
    assert!(backend.shown().contains("digest: sha256:"), "what docker says is not shown");

    let other = docker("29.0.1", true, Digest::from_sha256([8; 32]).as_str());
    let done = push(json!({}), &other).await;
    assert!(done.is_err_and(|e| e.to_string().contains("which is not a digest that the daemon has")));
}

#[tokio::test]
async fn a_refused_push_fails_with_dockers_code() {
    let backend = docker("29.0.1", true, "");
    std::fs::write(backend.path("work/refuse"), "").expect("a file");
    let done = push(json!({}), &backend).await;
    assert!(matches!(&done, Err(PluginError::Failed { exit_code: Some(5), .. })), "{done:?}");
    assert!(done.is_err_and(|e| e.to_string().contains("whether the account may push")), "in the words of all builders");
}

#[tokio::test]
async fn a_login_passes_its_secret_on_by_name_and_never_sees_it() {
    let request = json!({"registry": "gcr.io", "json_key": "TOKEN"});
    let needs = requirements("registry-login", request.clone()).await.expect("it is plain");
    assert_eq!(needs.secrets.iter().map(|s| s.as_str()).collect::<Vec<_>>(), ["TOKEN"]);
    let backend = Local::plain(&[]);
    let done = run(&host(Limits::default()), "registry-login", request, everything(), StepInput::default(), &backend).await;
    let credentials = &done.expect("it logs in").credentials[0];
    assert_eq!((credentials.registry.as_str(), credentials.username.as_str()), ("gcr.io", "_json_key"));
    assert_eq!(credentials.secret.as_str(), "TOKEN");
    assert!(backend.commands.lock().expect("no panic").is_empty());
}
