use std::collections::BTreeMap;

use windlass_model::pod::{PullPolicy, Security};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

use super::*;

fn container(name: &str, image: &str, process: Process) -> ContainerPlan {
    ContainerPlan {
        name: name.into(),
        image: ImageReference::parse(image).unwrap_or_else(|e| panic!("{e}")),
        process,
        env: Vec::new(),
        resources: Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
        security: Security::default(),
        ports: Vec::new(),
        mounts: Vec::new(),
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    }
}

fn pod(containers: Vec<ContainerPlan>, registries: Vec<Registry>) -> PodPlan {
    PodPlan {
        name: "pod".into(),
        run: "run".into(),
        task: "t".into(),
        containers,
        volumes: Vec::new(),
        registries,
        host_aliases: Vec::new(),
        pull_policy: PullPolicy::Never,
        registry_secret: None,
        secrets: Vec::new(),
        architecture: Architecture::Amd64,
        node_selector_terms: Vec::new(),
        fields: PodFields::default(),
        deadline_seconds: 60,
    }
}

fn registry(host: &str) -> Registry {
    Registry { host: host.into(), insecure: false, certificate: None, mirrors: Vec::new() }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The daemon's arguments once it was told, and what it could not be told.
fn told(image: &str, args: Option<&[&str]>, registries: &[Registry]) -> (Option<Vec<String>>, Vec<String>) {
    let daemon = container("daemon", image, Process::Image { args: args.map(words) });
    let mut pod = pod(vec![daemon], registries.to_vec());
    let notes = tell(&mut pod);
    match pod.containers.remove(0).process {
        Process::Image { args } => (args, notes),
        Process::Supervised => panic!("the daemon is not the agent's"),
    }
}

#[test]
fn every_container_gets_each_certificate_in_the_directory_of_its_host() {
    let own = |host: &str| Registry { certificate: Some(format!("CA of {host}")), ..registry(host) };
    let containers =
        vec![container("main", "busybox", Process::Supervised), container("side", "docker:dind", Process::Image { args: None })];
    let mut pod = pod(containers, vec![own("registry.corp:5000"), own("gcr.io"), registry("plain.corp")]);
    assert_eq!(tell(&mut pod), [""; 0]);
    for container in &pod.containers {
        let files: Vec<_> = container.files.iter().map(|(path, files)| (path.as_str(), &files["ca.crt"])).collect();
        assert_eq!(
            files,
            [
                ("/etc/docker/certs.d/gcr.io", &"CA of gcr.io".to_owned()),
                ("/etc/docker/certs.d/registry.corp:5000", &"CA of registry.corp:5000".to_owned())
            ]
        );
    }
    assert_eq!(pod.file_directories().len(), 2, "both containers see the same two");
}

#[test]
fn a_docker_daemon_is_told_of_insecure_registries_and_mirrors_beside_its_own_flags() {
    let insecure = Registry { insecure: true, ..registry("10.0.0.1:5000") };
    let hub = Registry { mirrors: words(&["mirror.corp", "10.0.0.1:5000", "http://cache"]), ..registry("docker.io") };
    let registries = [insecure, hub];
    let flags = [
        "--insecure-registry=10.0.0.1:5000",
        "--registry-mirror=https://mirror.corp",
        "--registry-mirror=http://10.0.0.1:5000",
        "--registry-mirror=http://cache",
    ];
    let with = |own: &[&str]| Some(words(&[own, &flags].concat()));
    assert_eq!(told("docker:dind", None, &registries), (with(&[]), vec![]));
    assert_eq!(told("docker:29-dind", Some(&["--tls=false"]), &registries), (with(&["--tls=false"]), vec![]));
    let own = ["dockerd", "--insecure-registry", "other"];
    assert_eq!(told("mirror.corp/hub/docker:28.1-dind-alpine3.21", Some(&own), &registries), (with(&own), vec![]));
    for image in ["docker:cli", "docker", "busybox:dind", "corp/dind-docker:1"] {
        assert_eq!(told(image, None, &registries), (None, vec![]), "{image} is no daemon");
    }
    assert_eq!(told("docker:dind", None, &[registry("gcr.io")]), (None, vec![]), "nothing to say");
}

#[test]
fn what_a_daemon_cannot_be_told_is_said() {
    let mirrored = Registry { insecure: true, mirrors: words(&["mirror.corp"]), ..registry("gcr.io") };
    let (args, notes) = told("docker:dind", Some(&["sh", "-c", "dockerd &"]), &[mirrored]);
    assert_eq!(args, Some(words(&["sh", "-c", "dockerd &"])), "its command stays as it is");
    assert_eq!(
        notes,
        [
            "task t: container daemon does not use the mirrors of gcr.io: a Docker daemon knows those of docker.io only",
            "task t: container daemon runs a command of its own instead of dockerd, which windlass.yaml's `registries` ask to be started \
             with --insecure-registry=gcr.io"
        ]
    );
}
