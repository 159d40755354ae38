use std::collections::BTreeMap;

use crate::image::ImageReference;
use crate::pod::{MAIN, Process, PullPolicy, Security};
use crate::pod_fields::PodFields;
use crate::quantity::{MebiBytes, MilliCpu, Resources};
use crate::task::{Architecture, Port};

use super::*;

fn container(name: &str, security: Security) -> ContainerPlan {
    ContainerPlan {
        name: name.into(),
        image: ImageReference::parse("busybox").unwrap_or_else(|e| panic!("{e}")),
        process: Process::Supervised,
        env: Vec::new(),
        resources: Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
        security,
        ports: Vec::new(),
        mounts: Vec::new(),
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    }
}

fn pod(containers: Vec<ContainerPlan>) -> PodPlan {
    PodPlan {
        name: "pod".into(),
        run: "run".into(),
        task: "task".into(),
        containers,
        volumes: Vec::new(),
        registries: Vec::new(),
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

/// What `restricted` asks for.
fn confined() -> Security {
    Security {
        run_as_user: Some(1000),
        drop_capabilities: vec!["ALL".into()],
        allow_privilege_escalation: Some(false),
        ..Security::default()
    }
}

#[test]
fn the_container_that_asks_for_most_decides_and_is_named() {
    let plain = || container(MAIN, Security::default());
    let docker = container("docker", Security { privileged: true, ..Security::default() });
    assert_eq!(need(&pod(vec![plain(), docker])).to_string(), "privileged (docker: securityContext.privileged=true)");

    let kaniko = Security {
        run_as_user: Some(0),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "SETFCAP", "KILL"]
            .map(String::from)
            .into(),
        allow_privilege_escalation: Some(false),
        ..Security::default()
    };
    assert_eq!(need(&pod(vec![plain(), container("kaniko", kaniko)])).level, Level::Baseline);

    let rootless =
        Security { run_as_user: Some(1000), seccomp_unconfined: true, apparmor_unconfined: true, ..Security::default() };
    assert_eq!(
        need(&pod(vec![plain(), container("buildkit", rootless)])).to_string(),
        "privileged (buildkit: securityContext.seccompProfile.type=Unconfined, securityContext.appArmorProfile.type=Unconfined)"
    );
    assert_eq!(need(&pod(vec![container(MAIN, confined())])).to_string(), "restricted");
}

#[test]
fn containers_that_ask_for_the_same_are_named_together() {
    let both = pod(vec![
        container("a", Security { add_capabilities: vec!["SYS_ADMIN".into()], ..Security::default() }),
        container("b", Security { add_capabilities: vec!["SYS_ADMIN".into()], ..Security::default() }),
    ]);
    assert_eq!(need(&both).to_string(), "privileged (a and b: securityContext.capabilities.add=[SYS_ADMIN])");
}

#[test]
fn a_port_that_leads_to_another_is_none_of_the_node_and_asks_for_nothing() {
    let mut listening = container(MAIN, confined());
    listening.ports = vec![Port { host: Some(8080), container: 80 }];
    assert_eq!(need(&pod(vec![listening])), need(&pod(vec![container(MAIN, confined())])));
}
