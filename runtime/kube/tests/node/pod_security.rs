//! The level that windlass tells is the one that a real API server wants.

use kube::api::PostParams;
use windlass_engine::ports::driver::Driver as _;
use windlass_kube::Agent;
use windlass_kube::manifest::Manifests;
use windlass_kube::pod_security::{Level, need};
use windlass_model::pod::{PodPlan, Process, Security};
use windlass_model::task::Port;

use crate::support::*;

/// Whether the API server would take the pod into a namespace.
async fn is_taken(node: &Node, pod: &PodPlan) -> bool {
    let manifests = Manifests::new(pod, &node.namespace, &Agent::new(&b"agent"[..]), None).unwrap();
    let parameters = PostParams { dry_run: true, field_manager: None };
    match node.objects().await.pods.create(&parameters, &manifests.pod).await {
        Ok(_) => true,
        Err(error) => {
            assert!(error.to_string().contains("violates PodSecurity"), "{error}");
            false
        }
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Security contexts on either side of every rule.
fn contexts() -> Vec<Security> {
    let confined = Security {
        run_as_user: Some(1000),
        drop_capabilities: names(&["ALL"]),
        allow_privilege_escalation: Some(false),
        ..Security::default()
    };
    let root = Security { run_as_user: Some(0), ..confined.clone() };
    let builder = names(&["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETUID", "SETGID", "SETFCAP", "KILL", "SYS_CHROOT"]);
    vec![
        Security::default(),
        confined.clone(),
        Security { read_only_root: true, ..confined.clone() },
        Security { add_capabilities: names(&["NET_BIND_SERVICE"]), ..confined.clone() },
        Security { add_capabilities: names(&["CHOWN"]), ..confined.clone() },
        Security { allow_privilege_escalation: None, ..confined.clone() },
        Security { drop_capabilities: names(&["MKNOD"]), ..confined.clone() },
        Security { run_as_user: None, ..confined.clone() },
        Security { run_as_user: None, run_as_non_root: true, ..confined.clone() },
        Security { drop_capabilities: Vec::new(), seccomp_default: true, ..confined.clone() },
        Security { seccomp_default: true, ..Security::default() },
        root.clone(),
        Security { add_capabilities: builder.clone(), ..root.clone() },
        Security { add_capabilities: names(&["NET_RAW"]), ..root.clone() },
        Security { add_capabilities: names(&["SYS_ADMIN", "CHOWN"]), ..root },
        Security { seccomp_unconfined: true, ..Security::default() },
        Security { apparmor_unconfined: true, ..Security::default() },
        Security { seccomp_unconfined: true, ..confined },
        Security { privileged: true, ..Security::default() },
    ]
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn the_api_server_takes_each_pod_at_the_level_that_windlass_tells_and_at_no_stricter_one() {
    on_node(|node| async move {
        let namespaces = [
            (Level::Restricted, node.clone().in_namespace("NAMESPACE_RESTRICTED")),
            (Level::Baseline, node.clone().in_namespace("NAMESPACE_BASELINE")),
            (Level::Privileged, node),
        ];
        let mut pods: Vec<PodPlan> = contexts()
            .into_iter()
            .map(|security| {
                let mut pod = pod("level");
                pod.containers[0].security = security;
                pod
            })
            .collect();
        // Whatever it is reached at, no port of the node is taken.
        let mut listening = pod("level");
        listening.containers[0].ports = vec![Port { host: Some(8080), container: 80 }];
        let mut with_sidecar = pods[1].clone();
        with_sidecar.containers.push(container("plain", Process::Image { args: None }));
        pods.extend([listening, with_sidecar]);
        for pod in pods {
            let told = need(&pod);
            for (enforced, namespace) in &namespaces {
                let taken = is_taken(namespace, &pod).await;
                assert_eq!(taken, told.level <= *enforced, "under {enforced}: {told}: {:#?}", pod.containers);
            }
        }
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_refused_daemon_gets_the_label_its_name_and_the_plugins_that_would_pass() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_BASELINE");
        let driver = node.driver().await;
        let mut pod = pod("refused");
        let mut daemon = sidecar("dockerdaemon", "sleep 60");
        daemon.security = Security { privileged: true, ..Security::default() };
        pod.containers.push(daemon);
        with_pod(&driver, &pod, async {
            let error = driver.create(&pod, &values(&[])).await.unwrap_err();
            let message = error.to_string();
            assert!(message.contains("container \"dockerdaemon\" must not set securityContext.privileged=true"), "{message}");
            let help = error.help().unwrap();
            assert!(help.contains("pod-security.kubernetes.io/enforce=baseline"), "{help}");
            assert!(help.contains("--use build=kaniko or --use build=makisu"), "{help}");
        })
        .await;
        assert_eq!(node.objects().await.of(&pod).await, Vec::<&str>::new());
    });
}
