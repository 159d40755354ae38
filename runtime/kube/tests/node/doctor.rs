//! What `doctor` finds on the real node.

use std::time::Duration;

use windlass_engine::ports::driver::Driver as _;
use windlass_kube::doctor::examine;
use windlass_kube::{Agent, Patience};
use windlass_model::check::{Check, Outcome};
use windlass_model::pod::{PodPlan, Security};
use windlass_model::pod_fields::PodFields;
use windlass_model::settings::{PodSettings, Seccomp, SecurityContext};

use crate::support::*;

async fn checks(node: &Node, pod: Option<&PodPlan>) -> Vec<Check> {
    checks_where(node, pod, &PodSettings::default()).await
}

/// The same where settings say this of all pods.
async fn checks_where(node: &Node, pod: Option<&PodPlan>, usual: &PodSettings) -> Vec<Check> {
    // Who only looks would rather be told soon.
    let patience = Patience { api: Duration::from_secs(5), ..Patience::default() };
    let connected = connected(&node.target(), patience).await.unwrap();
    examine(connected, &Agent::new(vec![7; 300 * 1024]), pod, usual).await
}

fn find<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name} among {checks:#?}"))
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn all_is_well_for_an_administrator() {
    on_node(|node| async move {
        let checks = checks(&node, None).await;
        assert!(checks.iter().all(|check| matches!(check.outcome, Outcome::Pass(_))), "{checks:#?}");
        let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["cluster", "permissions", "Pod Security", "service account", "agent", "pod"]);
        let left = node.driver().await.list().await.unwrap();
        assert!(!left.iter().any(|pod| pod.name.ends_with("-doctor")), "a dry run leaves nothing");
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn every_missing_permission_is_listed_with_its_rule() {
    on_node(|node| async move {
        let nobody = checks(&Node { ..node }.with_rights_of("KUBECONFIG_NOBODY"), None).await;
        let permissions = find(&nobody, "permissions");
        assert!(
            matches!(&permissions.outcome, Outcome::Fail(text) if text.starts_with("you are not allowed to create pods, get pods,")),
            "{permissions:?}"
        );
        let help = permissions.help.as_deref().unwrap();
        assert!(help.contains("\n- {apiGroups: [\"\"], resources: [\"pods/exec\"], verbs: [\"create\"]}\n"), "{help}");
        assert!(matches!(find(&nobody, "agent").outcome, Outcome::Fail(_)));
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn only_exec_is_missing_for_who_may_do_the_rest() {
    on_node(|node| async move {
        let checks = checks(&node.with_rights_of("KUBECONFIG_NO_EXEC"), None).await;
        assert_eq!(find(&checks, "permissions").outcome, Outcome::Fail("you are not allowed to create pods/exec".into()));
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_privileged_plan_is_held_against_the_namespace_before_it_is_created() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_BASELINE");
        let mut pod = pod("doctor");
        let fine = checks(&node, Some(&pod)).await;
        assert!(matches!(find(&fine, "Pod Security").outcome, Outcome::Pass(_)), "{fine:#?}");
        pod.containers[0].security = Security { privileged: true, ..Security::default() };
        let refused = checks(&node, Some(&pod)).await;
        let level = find(&refused, "Pod Security");
        assert!(
            matches!(&level.outcome, Outcome::Fail(text) if text.contains("`baseline`, and task doctor needs privileged (main: securityContext.privileged=true)")),
            "{level:?}"
        );
        assert!(level.help.as_deref().unwrap().contains("kaniko"));
        // Admission says so too, and one refusal is told once.
        assert!(!refused.iter().any(|check| check.name == "pod"), "{refused:#?}");
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_cluster_that_is_not_there_is_said_once_and_soon() {
    on_node(|node| async move {
        // Taken for as long as the test lasts, and nobody listens there.
        let taken = tokio::net::TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let server = format!("https://{}", taken.local_addr().unwrap());
        let (file, far) = node.by_way_of(&server);
        let checks = checks(&far, None).await;
        drop(file);
        let [check] = checks.as_slice() else { panic!("{checks:#?}") };
        assert!(matches!(&check.outcome, Outcome::Fail(text) if text.contains("cannot be reached")), "{check:?}");
    });
}

/// What is tried without a plan is what the settings make of the smallest pod: it was refused where they would have been let in.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_settings_say_of_all_pods_counts_without_a_plan() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_RESTRICTED");
        let security = SecurityContext {
            run_as_non_root: Some(true),
            allow_privilege_escalation: Some(false),
            drop: ["ALL".to_owned()].into(),
            seccomp: Some(Seccomp::RuntimeDefault),
            ..SecurityContext::default()
        };
        let with = PodSettings { security: security.clone(), ..PodSettings::default() };
        let refused = checks(&node, None).await;
        let trial = find(&refused, "pod");
        assert!(matches!(&trial.outcome, Outcome::Fail(text) if text.contains("violates PodSecurity")), "{trial:?}");
        assert!(trial.help.as_deref().unwrap().contains("write `pods: {securityContext: {runAsNonRoot: true"), "{trial:?}");
        assert!(matches!(find(&checks_where(&node, None, &with).await, "pod").outcome, Outcome::Pass(_)));

        let fields = PodFields { service_account_name: Some("nobody-made-it".into()), ..PodFields::default() };
        let missing = checks_where(&node, None, &PodSettings { fields, security }).await;
        for (name, text) in [("service account", "has no service account `nobody-made-it`"), ("pod", "nobody-made-it")] {
            let check = find(&missing, name);
            assert!(matches!(&check.outcome, Outcome::Fail(found) if found.contains(text)), "{check:?}");
            assert!(check.help.as_deref().unwrap().contains("`pods: {serviceAccountName: …}`"), "{check:?}");
        }
    });
}
