//! The capabilities that a builder gets which unpacks images over its own root are the least: with all of them a Dockerfile that needs each
//! is built, and without any one of them it is not. Kaniko, in pods made by hand on the real node.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::world::required;
use support::{Project, World};

/// Needs SETFCAP to be unpacked: a file of the base image has a capability of its own.
const DOCKERFILE: &str = "\
    # CHOWN, then DAC_OVERRIDE to write where only another user may\n\
    RUN mkdir -m 700 /directory && touch /file && chown 1234:5678 /directory /file && touch /directory/inside\n\
    # FOWNER to change another user's file, FSETID to keep the bit\n\
    RUN chmod 2750 /file && test -g /file\n\
    # SETUID and SETGID\n\
    USER 1234:5678\n\
    RUN test \"$(id -u)\" = 1234\n";

fn kubectl(arguments: &[&str]) -> Command {
    let mut command = Command::new(required("KUBECTL"));
    command.envs(World::Kube.environment()).args(["--namespace", "windlass-baseline"]).args(arguments);
    command
}

fn said(mut command: Command) -> String {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The capabilities that windlass plans for this Dockerfile.
fn planned(dockerfile: &str) -> Vec<String> {
    let task = "t_task:\n  container: {image: busybox}\n  build_step: {uses: kaniko, with: {tags: ['r.example/a:1']}}\n";
    let outcome =
        Project::new(&[(".cirrus.yml", task), ("Dockerfile", dockerfile)]).windlass(&["plan", "--output=json"]).exits(0);
    let plan: Value = serde_json::from_str(&outcome.stdout).expect("a plan");
    let containers = plan["tasks"][0]["pod"]["containers"].as_array().expect("containers");
    let kaniko = containers.iter().find(|container| container["name"] == "kaniko").expect("Kaniko's container");
    let names = kaniko["security"]["add_capabilities"].as_array().expect("capabilities");
    names.iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

/// A base image with a program that has a capability, `cap_net_bind_service=ep`.
fn base_with_file_capability() -> String {
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    header.set_mode(0o755);
    let mut layer = tar::Builder::new(Vec::new());
    let capability: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    layer.append_pax_extensions([("SCHILY.xattr.security.capability", &capability[..])]).expect("an extension");
    layer.append_data(&mut header, "usr/local/bin/able", std::io::empty()).expect("a file");
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("layer.tar");
    std::fs::write(&file, layer.into_inner().expect("an archive")).expect("the file is written");
    let image = |registry: &str| format!("{registry}/capabilities:latest");
    let base = required("BASE_IMAGE_PLAIN").replace(&required("REGISTRY_PLAIN_FROM_PODS"), &required("REGISTRY_PLAIN"));
    let mut crane = Command::new(required("CRANE"));
    crane.args(["append", "--insecure", "--base", &base, "--new_layer"]).arg(file);
    said({
        crane.args(["--new_tag", &image(&required("REGISTRY_PLAIN"))]);
        crane
    });
    image(&required("REGISTRY_PLAIN_FROM_PODS"))
}

/// Whether Kaniko builds the Dockerfile of that ConfigMap with these capabilities, and its last words.
fn builds(config_map: &str, capabilities: &[String]) -> (bool, String) {
    let registry = required("REGISTRY_PLAIN_FROM_PODS");
    let name = format!("{config_map}-{}", capabilities.join("-").to_lowercase().replace('_', "-"));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never", "automountServiceAccountToken": false,
            "volumes": [{"name": "context", "configMap": {"name": config_map}}],
            "containers": [{
                "name": "kaniko", "image": required("IMAGE_KANIKO"), "imagePullPolicy": "IfNotPresent",
                "args": ["--context=dir:///context", "--dockerfile=/context/Dockerfile", "--no-push", "--destination=r.example/capabilities:1",
                         format!("--insecure-registry={registry}")],
                "volumeMounts": [{"name": "context", "mountPath": "/context"}],
                "securityContext": {
                    "runAsUser": 0, "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"], "add": capabilities},
                },
            }],
        },
    });
    let mut create = kubectl(&["create", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("kubectl runs");
    create.stdin.take().expect("a pipe").write_all(pod.to_string().as_bytes()).expect("kubectl reads");
    assert!(create.wait().expect("kubectl ends").success());
    let exit_code = "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
    said(kubectl(&["wait", &format!("pod/{name}"), &format!("--for={exit_code}"), "--timeout=60s"]));
    let code = said(kubectl(&["get", "pod", &name, &format!("--output={exit_code}")]));
    let log = said(kubectl(&["logs", "--tail=3", &name]));
    said(kubectl(&["delete", "pod", &name, "--now"]));
    (code == "0", log)
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn every_capability_of_an_unpacking_builder_is_needed_and_no_other() {
    let dockerfile = format!("FROM {}\n{DOCKERFILE}", base_with_file_capability());
    let all = planned(&dockerfile);
    let config_map = format!("capabilities-{}", std::process::id());
    said(kubectl(&["create", "configmap", &config_map, &format!("--from-literal=Dockerfile={dockerfile}")]));
    let (built, log) = builds(&config_map, &all);
    let without = all.iter().map(|one| {
        let others: Vec<String> = all.iter().filter(|other| *other != one).cloned().collect();
        (one, builds(&config_map, &others))
    });
    let spared: Vec<&String> = without.filter(|(_, (built, _))| *built).map(|(one, _)| one).collect();
    said(kubectl(&["delete", "configmap", &config_map]));
    assert!(built, "all of {all:?} are enough: {log}");
    assert_eq!(spared, [""; 0], "each of {all:?} is needed");
}
