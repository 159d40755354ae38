//! The Pod Security level that a namespace enforces, against what a plan's containers ask for.

use windlass_engine::ports::driver::DriverError;
use windlass_model::pod::PodPlan;

use super::failed;
use crate::driver::Cluster;
use crate::error::pod_security_help;
use windlass_model::check::Check;

const NAME: &str = "Pod Security";

/// The label that sets the level.
const LABEL: &str = "pod-security.kubernetes.io/enforce";

pub(super) async fn check(cluster: &Cluster, pod: Option<&PodPlan>) -> Check {
    let request = cluster.request("get", "namespaces", cluster.namespace());
    let namespace = match cluster.ask(&request, cluster.namespaces().get_metadata_opt(cluster.namespace())).await {
        Ok(Some(namespace)) => namespace,
        Ok(None) => {
            let text = format!("namespace {} does not exist", cluster.namespace());
            return Check::fail(NAME, text, format!("kubectl create namespace {}", cluster.namespace()));
        }
        Err(DriverError::Forbidden { .. }) => {
            let text = format!("you may not look at namespace {}", cluster.namespace());
            return Check::warn(NAME, text, "only if pods are refused: ask which Pod Security level it enforces");
        }
        Err(error) => return failed(NAME, &error),
    };
    let level = namespace.metadata.labels.as_ref().and_then(|labels| labels.get(LABEL)).map(String::as_str);
    judge(level, pod, cluster.namespace())
}

fn judge(level: Option<&str>, pod: Option<&PodPlan>, namespace: &str) -> Check {
    let level = match level {
        None | Some("privileged") => {
            return Check::pass(NAME, "the namespace allows privileged containers, as docker-in-docker needs");
        }
        Some(level) => level,
    };
    let asking = |pod: &PodPlan| {
        let privileged = pod.containers.iter().filter(|container| container.security.privileged);
        privileged.map(|container| container.name.clone()).collect::<Vec<_>>()
    };
    match pod.map(asking) {
        Some(containers) if !containers.is_empty() => Check::fail(
            NAME,
            format!("the namespace enforces `{level}`, and {} asks to be privileged", containers.join(", ")),
            pod_security_help(level, namespace),
        ),
        Some(_) => Check::pass(NAME, format!("the namespace enforces `{level}`, and no container asks to be privileged")),
        None => Check::warn(
            NAME,
            format!("the namespace enforces `{level}`, so docker-in-docker is refused"),
            pod_security_help(level, namespace),
        ),
    }
}
