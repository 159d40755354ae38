//! What is forbidden, and whether the driver says what would allow it.

use std::time::Duration;

use windlass_engine::ports::driver::{Driver as _, DriverError};
use windlass_kube::Patience;
use windlass_model::plan::Target;
use windlass_model::pod::{MAIN, Security};

use crate::support::*;

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_user_without_rights_is_told_the_rule_that_is_missing() {
    on_node(|node| async move {
        let nobody = Node { ..node }.with_rights_of("KUBECONFIG_NOBODY");
        let driver = nobody.driver().await;
        let pod = pod("nobody");
        let error = driver.create(&pod, &values(&[])).await.expect_err("nothing is allowed");
        let DriverError::Forbidden { scope, rule, .. } = &error else { panic!("{error}") };
        assert_eq!(scope, "namespace cirrus-ci");
        assert!(rule.contains("- {apiGroups: [\"\"], resources: [\""), "{rule}");
        driver.delete(&pod, Duration::ZERO).await.expect("nothing was made, so nothing is left that may not be deleted");
        let error = driver.list().await.expect_err("nothing is allowed");
        assert_eq!(error.to_string(), "you are not allowed to list pods in namespace cirrus-ci");
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_user_without_exec_is_told_so() {
    on_node(|node| async move {
        let driver = node.with_rights_of("KUBECONFIG_NO_EXEC").driver().await;
        let pod = pod("no-exec");
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            wait_until_running(&mut driver.watch(&pod), MAIN).await;
            let error = driver.exec(&pod, MAIN, &["true".to_owned()]).await.err().expect("exec is not allowed");
            assert_eq!(error.to_string(), "you are not allowed to create pods/exec in namespace cirrus-ci");
            assert!(error.help().unwrap().contains("resources: [\"pods/exec\"], verbs: [\"create\"]"));
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn pod_security_refuses_a_privileged_container_and_the_builders_without_are_named() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_BASELINE");
        let driver = node.driver().await;
        let objects = node.objects().await;
        let mut pod = pod("privileged");
        pod.containers.push(keeper("TOKEN"));
        pod.containers[0].security = Security { privileged: true, ..Security::default() };
        with_pod(&driver, &pod, async {
            let error = driver.create(&pod, &values(&[("TOKEN", "x")])).await.expect_err("baseline refuses it");
            let message = error.to_string();
            assert!(message.contains("violates PodSecurity \"baseline") && message.contains("privileged"), "{message}");
            let help = error.help().unwrap();
            assert!(help.contains("kaniko") && help.contains("pod-security.kubernetes.io/enforce=privileged"), "{help}");
            assert_eq!(objects.of(&pod).await, ["secret", "agent"], "delete still has to take these away");
        })
        .await;
        assert_eq!(objects.of(&pod).await, Vec::<&str>::new());
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_missing_namespace_and_a_missing_context_are_named() {
    on_node(|node| async move {
        let nowhere = Node { namespace: "windlass-nowhere".into(), ..node };
        let error = nowhere.driver().await.create(&pod("nowhere"), &values(&[])).await.expect_err("there is no such namespace");
        assert_eq!(error.to_string(), "namespace windlass-nowhere does not exist");
        let file = nowhere.kubeconfig;
        let target = Target::Kube { kubeconfig: Some(file.clone()), context: "prod".into(), namespace: "default".into() };
        let error = connect(&target, agents(), Patience::default()).await.err().expect("there is no such context");
        assert_eq!(error.to_string(), format!("context prod in the kubeconfig {file} (it has windlass-test) does not exist"));
    });
}
