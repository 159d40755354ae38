//! Snapshots of the objects that a pod becomes.

use std::collections::BTreeMap;

use secrecy::SecretSlice;
use windlass_model::image::ImageReference;
use windlass_model::pod::{
    ContainerPlan, HostAlias, MAIN, Mount, PodPlan, Process, PullPolicy, RegistrySecret, Security, Volume,
};
use windlass_model::pod_fields::{PodFields, TaintEffect, Toleration};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::task::{Architecture, Port};

use super::{Manifests, Show};
use crate::agent::Agent;

fn name(name: &str) -> SecretName {
    SecretName::new(name).unwrap_or_else(|e| panic!("{e}"))
}

fn container(name: &str, image: &str, process: Process) -> ContainerPlan {
    ContainerPlan {
        name: name.into(),
        image: ImageReference::parse(image).unwrap_or_else(|e| panic!("{e}")),
        process,
        env: Vec::new(),
        resources: Resources { cpu: MilliCpu(500), memory: MebiBytes(512), greedy: false },
        security: Security::default(),
        ports: Vec::new(),
        mounts: vec![Mount { volume: "workspace".into(), path: "/tmp".into(), read_only: false }],
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    }
}

/// A docker-in-docker task: a supervised main container, and a privileged daemon with a secret in its environment.
fn docker_pod() -> PodPlan {
    let main = ContainerPlan {
        resources: Resources { cpu: MilliCpu(4000), memory: MebiBytes(8192), greedy: true },
        ..container(MAIN, "docker:latest", Process::Supervised)
    };
    let daemon = ContainerPlan {
        security: Security { privileged: true, ..Security::default() },
        ports: vec![Port { host: None, container: 2375 }],
        env: vec![
            EnvVar::text("DOCKER_TLS_CERTDIR", ""),
            EnvVar::text("OPTS", "--label=$(whoami) $$ ${HOME}"),
            EnvVar { name: "MIRROR_PASSWORD".into(), value: EnvValue::Secret(name("MIRROR_PASSWORD")) },
        ],
        ..container("dockerdaemon", "docker:dind", Process::Image { args: Some(vec!["--mtu=$(MTU)".into()]) })
    };
    PodPlan {
        name: "windlass-abcdefgh-docker-build".into(),
        run: "abcdefgh".into(),
        task: "docker build (amd64)".into(),
        containers: vec![main, daemon],
        volumes: vec![Volume { name: "workspace".into(), in_memory: false }],
        registries: Vec::new(),
        host_aliases: vec![HostAlias { ip: "10.0.0.1".into(), hostnames: vec!["gcr.io".into()] }],
        pull_policy: PullPolicy::IfNotPresent,
        registry_secret: Some("pull".into()),
        secrets: vec![name("GOOGLE_CREDENTIALS")],
        architecture: Architecture::Amd64,
        node_selector_terms: vec![serde_json::json!({
            "matchExpressions": [{"key": "pool", "operator": "In", "values": ["builds"]}]
        })],
        fields: PodFields::default(),
        deadline_seconds: 3900,
    }
}

/// An unprivileged task: one executor that asks for as little as Pod Security `restricted` allows.
fn restricted_pod() -> PodPlan {
    let executor = ContainerPlan {
        security: Security {
            run_as_user: Some(1000),
            drop_capabilities: vec!["ALL".into()],
            allow_privilege_escalation: Some(false),
            read_only_root: true,
            ..Security::default()
        },
        ..container(MAIN, "gcr.io/makisu:v0.4.2", Process::Supervised)
    };
    PodPlan {
        name: "windlass-abcdefgh-restricted".into(),
        task: "restricted".into(),
        containers: vec![executor],
        registries: Vec::new(),
        host_aliases: Vec::new(),
        registry_secret: None,
        secrets: Vec::new(),
        node_selector_terms: Vec::new(),
        architecture: Architecture::Arm64,
        ..docker_pod()
    }
}

fn manifests(pod: &PodPlan) -> Manifests {
    let agent = Agent::new(&b"\x7fELF, or so"[..]);
    Manifests::new(pod, "builds", &agent, Some("laptop")).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_docker_in_docker_pod_is_written_out_exactly() {
    let yaml = manifests(&docker_pod()).to_yaml(Show::Everything).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!(yaml);
}

#[test]
fn an_unprivileged_pod_meets_pod_security_restricted_and_has_no_secret() {
    let yaml = manifests(&restricted_pod()).to_yaml(Show::Outline).unwrap_or_else(|e| panic!("{e}"));
    insta::assert_snapshot!(yaml);
}

/// Proves that what the task's steps need is in no object of the cluster: only what a sidecar has in its environment is.
#[test]
fn a_secret_holds_what_sidecars_have_in_their_environment_and_its_printed_form_no_value() {
    let manifests = manifests(&docker_pod());
    let value = |text: &str| SecretSlice::from(text.as_bytes().to_vec());
    let mut values = BTreeMap::from([
        (name("GOOGLE_CREDENTIALS"), value("{\"key\": \"hunter2\"}")),
        (name("MIRROR_PASSWORD"), value("swordfish")),
        (name("UNRELATED"), value("other")),
    ]);
    let secret = manifests.secret(&values).ok().flatten().unwrap_or_else(|| panic!("no secret"));
    let data = secret.data.unwrap_or_default();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["MIRROR_PASSWORD"]);
    assert_eq!(data["MIRROR_PASSWORD"].0, b"swordfish");
    let yaml = manifests.to_yaml(Show::Everything).unwrap_or_else(|e| panic!("{e}"));
    assert!(!yaml.contains("hunter2") && !yaml.contains("swordfish"), "{yaml}");

    values.remove(&name("MIRROR_PASSWORD"));
    let error = manifests.secret(&values).err().map(|e| e.to_string());
    assert_eq!(error.as_deref(), Some("secret `MIRROR_PASSWORD` has no value"));
}

#[test]
fn each_directory_of_files_is_a_volume_of_its_own_that_its_containers_share() {
    let mut pod = docker_pod();
    let certificate = |text: &str| [("ca.crt".to_owned(), text.to_owned())].into();
    for container in &mut pod.containers {
        container.files.insert("/etc/docker/certs.d/registry.corp:5000".into(), certificate("PEM\n"));
    }
    pod.containers[1].files.insert("/etc/docker/certs.d/gcr.io".into(), certificate("other\n"));
    let manifests = manifests(&pod);
    let data = manifests.agent.and_then(|secret| secret.string_data).unwrap_or_default();
    assert_eq!(data, BTreeMap::from([("file-0-0".into(), "other\n".into()), ("file-1-0".into(), "PEM\n".into())]));
    let spec = manifests.pod.spec.unwrap_or_default();
    let volume = |name: &str| spec.volumes.iter().flatten().find(|v| v.name == name).and_then(|v| v.secret.clone());
    let items = |name: &str| {
        let source = volume(name).unwrap_or_else(|| panic!("no volume {name}"));
        assert_eq!(source.secret_name.as_deref(), Some("windlass-abcdefgh-docker-build-agent"));
        source.items.into_iter().flatten().map(|item| (item.key, item.path)).collect::<Vec<_>>()
    };
    assert_eq!(items("windlass-files-0"), [("file-0-0".to_owned(), "ca.crt".to_owned())]);
    assert_eq!(items("windlass-files-1"), [("file-1-0".to_owned(), "ca.crt".to_owned())]);
    let mounts: Vec<Vec<(&str, &str, Option<bool>)>> = spec
        .containers
        .iter()
        .map(|c| {
            let files = c.volume_mounts.iter().flatten().filter(|m| m.name.starts_with("windlass-files"));
            files.map(|m| (m.name.as_str(), m.mount_path.as_str(), m.read_only)).collect()
        })
        .collect();
    let corp = ("windlass-files-1", "/etc/docker/certs.d/registry.corp:5000", Some(true));
    assert_eq!(mounts, [vec![corp], vec![("windlass-files-0", "/etc/docker/certs.d/gcr.io", Some(true)), corp]]);
}

#[test]
fn a_pod_without_supervised_containers_brings_no_agent() {
    let mut pod = docker_pod();
    pod.containers.remove(0);
    assert_eq!(manifests(&pod).agent, None);
}

/// What settings add stands in the pod, where Kubernetes has it; windlass' own labels and node selector stay what they are.
#[test]
fn what_settings_add_is_written_and_overwrites_nothing() {
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let toleration = |key: Option<&str>, value: Option<&str>, effect| Toleration {
        key: key.map(Into::into),
        value: value.map(Into::into),
        effect,
        seconds: None,
    };
    let fields = PodFields {
        labels: [text("team", "build"), text("windlass.dev/run", "theirs"), text("app.kubernetes.io/managed-by", "me")].into(),
        annotations: [text("safe-to-evict", "false"), text("windlass.dev/deadline-seconds", "9")].into(),
        node_selector: [text("pool", "ci"), text("kubernetes.io/arch", "amd64")].into(),
        tolerations: Some(vec![
            toleration(Some("dedicated"), Some("ci"), Some(TaintEffect::NoSchedule)),
            Toleration { seconds: Some(300), ..toleration(None, None, Some(TaintEffect::NoExecute)) },
        ]),
        service_account_name: Some("builder".into()),
        run_as_group: Some(1001),
        fs_group: Some(1002),
        supplemental_groups: Some(vec![1003]),
    };
    let mut pod = PodPlan { fields, ..restricted_pod() };
    pod.containers[0].security = Security {
        run_as_non_root: true,
        seccomp_default: true,
        allow_privilege_escalation: Some(false),
        drop_capabilities: vec!["ALL".into()],
        ..Security::default()
    };
    let manifests = manifests(&pod);
    let agent = manifests.agent.as_ref().and_then(|agent| agent.metadata.labels.clone()).unwrap_or_default();
    assert!(!agent.contains_key("team"), "what belongs to the pod is windlass' own alone: {agent:?}");
    insta::assert_snapshot!(manifests.to_yaml(Show::Outline).unwrap_or_else(|e| panic!("{e}")));
}

/// The agent lay in a ConfigMap, which more people may write than Secrets.
#[test]
fn nothing_that_a_pod_mounts_or_pulls_with_is_less_guarded_than_a_secret() -> Result<(), Box<dyn std::error::Error>> {
    let mut pod = docker_pod();
    pod.registry_secret =
        Some(RegistrySecret::Made { registry: "gcr.io".into(), username: "u".into(), password: name("MIRROR_PASSWORD") });
    pod.containers[0].files.insert("/etc/x".into(), [("ca.crt".to_owned(), "PEM".to_owned())].into());
    let manifests = manifests(&pod);
    let value = |text: &str| SecretSlice::from(text.as_bytes().to_vec());
    let values = BTreeMap::from([(name("GOOGLE_CREDENTIALS"), value("a")), (name("MIRROR_PASSWORD"), value("b"))]);
    let secrets = [manifests.secret(&values)?, manifests.pull_secret(&values)?, manifests.agent.clone()];
    for secret in &secrets {
        let secret = secret.as_ref().ok_or("missing")?;
        assert_eq!(secret.immutable, Some(true));
        let annotations = secret.metadata.annotations.as_ref().ok_or("no annotations")?;
        assert_eq!(annotations.get(crate::names::POD), Some(&pod.name));
    }
    let spec = manifests.pod.spec.as_ref().ok_or("no spec")?;
    for volume in spec.volumes.iter().flatten() {
        assert!(volume.secret.is_some() || volume.empty_dir.is_some(), "{volume:?}");
    }
    Ok(())
}

#[test]
fn a_misspelt_node_selector_term_is_refused_rather_than_emptied() {
    for (term, part) in [
        (serde_json::json!({"matchExpresions": [{"key": "pool", "operator": "Exists"}]}), "matchExpresions"),
        (serde_json::json!("pool=builds"), "node selector term 1 is not one"),
    ] {
        let mut pod = docker_pod();
        pod.node_selector_terms = vec![term];
        let agent = Agent::new(&b""[..]);
        match Manifests::new(&pod, "builds", &agent, None) {
            Err(error) => assert!(error.to_string().contains(part), "{error}"),
            Ok(_) => panic!("{part} was accepted"),
        }
    }
}

#[test]
fn the_login_to_a_registry_of_the_pods_images_is_a_secret_that_no_container_has() -> Result<(), Box<dyn std::error::Error>> {
    let made = RegistrySecret::Made { registry: "gcr.io".into(), username: "u".into(), password: name("KEY") };
    let pod = PodPlan { registry_secret: Some(made), ..restricted_pod() };
    let manifests = manifests(&pod);
    assert!(
        matches!(manifests.pull_secret(&BTreeMap::new()), Err(super::ManifestError::MissingSecret(missing)) if missing == name("KEY"))
    );
    let values = BTreeMap::from([(name("KEY"), SecretSlice::from(b"p".to_vec()))]);
    let secret = manifests.pull_secret(&values)?.ok_or("no Secret")?;
    assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/dockerconfigjson"));
    let config = &secret.data.as_ref().ok_or("no data")?[".dockerconfigjson"].0;
    assert_eq!(String::from_utf8_lossy(config), r#"{"auths":{"gcr.io":{"auth":"dTpw"}}}"#);
    let spec = manifests.pod.spec.as_ref().ok_or("no spec")?;
    let pulled_with = spec.image_pull_secrets.as_ref().ok_or("no pull secret")?;
    assert_eq!(Some(&pulled_with[0].name), secret.metadata.name.as_ref());
    assert!(manifests.secret(&values)?.is_none(), "nothing of it is in the Secret that containers have");
    let shown = manifests.to_yaml(Show::Outline)?;
    assert!(shown.contains("dockerconfigjson: (hidden)") && !shown.contains("dTpw"), "{shown}");
    Ok(())
}
