//! From creation to deletion, when all goes well.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::io::AsyncWriteExt as _;
use windlass_engine::ports::driver::{Driver as _, LogPart, PodEvent};
use windlass_kube::manifest::{Manifests, Show};
use windlass_kube::{Connected, Patience};
use windlass_model::pod::{MAIN, Mount, Security, Volume};
use windlass_model::secret::{EnvValue, EnvVar};

use crate::support::*;

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_runs_takes_commands_and_leaves_nothing() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let objects = node.objects().await;
        let mut pod = pod("lifecycle");
        pod.secrets = vec![secret_name("TOKEN")];
        pod.volumes = vec![Volume { name: "workspace".into(), in_memory: false }];
        let mount = Mount { volume: "workspace".into(), path: "/volume".into(), read_only: false };
        pod.containers[0].mounts = vec![mount.clone()];
        let mut daemon = sidecar("daemon", "echo \"$LITERAL $PASSWORD\" > /volume/said; exec sleep 3600");
        daemon.env = vec![
            EnvVar::text("LITERAL", "$(HOME) $$ ${HOME}"),
            EnvVar { name: "PASSWORD".into(), value: EnvValue::Secret(secret_name("PASSWORD")) },
        ];
        daemon.mounts = vec![mount];
        pod.containers.push(daemon);

        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[("TOKEN", "one\ntwo\n"), ("PASSWORD", "swordfish")])).await.unwrap();
            let mut events = driver.watch(&pod);
            wait_until_running(&mut events, MAIN).await;

            let script = "ls /windlass; ls -l /windlass/bin/agent | cut -c1-10; test ! -e /var/run/secrets; echo $?; \
                          touch /windlass/run/x /windlass/spool/x && grep ' /windlass/run ' /proc/mounts | cut -d' ' -f3";
            let (code, output) = run(&driver, &pod, MAIN, &["sh", "-c", script]).await.unwrap();
            let lines: Vec<_> = output.lines().collect();
            assert_eq!((code, lines.as_slice()), (0, ["bin", "run", "spool", "lrwxrwxrwx", "0", "tmpfs"].as_slice()));

            let (code, output) = run(&driver, &pod, MAIN, &["sh", "-c", "cat /volume/said; exit 7"]).await.unwrap();
            assert_eq!((code, output.as_str()), (7, "$(HOME) $$ ${HOME} swordfish\n"));

            let log = driver.log_tail(&pod, MAIN, LogPart::last(10)).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&log), "supervise --deadline 600\n");
        })
        .await;
        assert_eq!(objects.of(&pod).await, Vec::<&str>::new());
        driver.delete(&pod, Duration::ZERO).await.expect("what is gone can be deleted again");
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_secret_of_the_cluster_can_be_read_by_key() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("read");
        pod.containers.push(keeper("TOKEN"));
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[("TOKEN", "one\ntwo\n")])).await.unwrap();
            let secret = format!("{}-secret", pod.name);
            let read = async |key: &str| {
                let connected = Connected::open(&node.target(), Patience::default()).await.unwrap();
                connected.read_secret(&node.namespace, &secret, key).await
            };
            assert_eq!(read("TOKEN").await.unwrap().expose_secret(), b"one\ntwo\n");
            let error = read("OTHER").await.expect_err("there is no such key");
            assert_eq!(error.to_string(), format!("key OTHER of Secret {secret} in namespace {} does not exist", node.namespace));
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_hardened_container_runs_where_pod_security_restricted_is_enforced() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_RESTRICTED");
        let driver = node.driver().await;
        let mut pod = pod("hardened");
        pod.secrets = vec![secret_name("TOKEN")];
        pod.containers[0].image = image(&variable("IMAGE_NONROOT").unwrap());
        pod.containers[0].security = Security {
            run_as_user: Some(1000),
            drop_capabilities: vec!["ALL".into()],
            allow_privilege_escalation: Some(false),
            read_only_root: true,
            ..Security::default()
        };
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[("TOKEN", "readable")])).await.unwrap();
            wait_until_running(&mut driver.watch(&pod), MAIN).await;
            let script = "test ! -e /windlass/secret && touch /windlass/run/x /windlass/spool/x && id -u";
            let (code, output) = run(&driver, &pod, MAIN, &["sh", "-c", script]).await.unwrap();
            assert_eq!((code, output.as_str()), (0, "1000\n"));
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn deleting_the_pod_alone_takes_its_secrets_along() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let objects = node.objects().await;
        let mut pod = pod("owner");
        pod.containers.push(keeper("TOKEN"));
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[("TOKEN", "x")])).await.unwrap();
            let mut events = driver.watch(&pod);
            wait_until_running(&mut events, MAIN).await;
            let secret = format!("{}-secret", pod.name);
            let owned = kube::runtime::wait::await_condition(
                objects.secrets.clone(),
                &secret,
                |secret: Option<&k8s_openapi::api::core::v1::Secret>| {
                    secret.is_some_and(|secret| secret.metadata.owner_references.is_some())
                },
            );
            tokio::time::timeout(Duration::from_secs(20), owned).await.expect("the owner reference is set").unwrap();
            let uid = objects.secrets.get(&secret).await.unwrap().metadata.uid.unwrap();
            objects.pods.delete(&pod.name, &kube::api::DeleteParams::default().grace_period(0)).await.unwrap();
            let collected = kube::runtime::conditions::is_deleted(&uid);
            let gone = kube::runtime::wait::await_condition(objects.secrets.clone(), &secret, collected);
            tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the secret is collected").unwrap();
            wait_for(&mut events, "the end", |event| *event == PodEvent::Gone).await;
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_plan_prints_is_what_kubectl_accepts() {
    on_node(|node| async move {
        let mut pod = pod("printed");
        pod.containers.push(keeper("TOKEN"));
        pod.node_selector_terms =
            vec![serde_json::json!({"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]})];
        let agent = windlass_kube::Agent::new(&b"\0\xff binary"[..]);
        let yaml = Manifests::new(&pod, &node.namespace, &agent, None).unwrap().to_yaml(Show::Everything).unwrap();
        let mut kubectl = tokio::process::Command::new(variable("KUBECTL").unwrap())
            .args(["--kubeconfig", &node.kubeconfig, "--context", &node.context, "apply", "--dry-run=server", "--filename=-"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        kubectl.stdin.take().unwrap().write_all(yaml.as_bytes()).await.unwrap();
        let output = kubectl.wait_with_output().await.unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        assert_eq!(said.lines().filter(|line| line.ends_with("created (server dry run)")).count(), 3, "{said}");
    });
}
