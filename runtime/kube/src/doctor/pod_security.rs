//! The Pod Security level that a namespace enforces, against what a plan's containers ask for.

use windlass_engine::ports::driver::DriverError;
use windlass_model::pod::PodPlan;

use super::failed;
use crate::driver::Cluster;
use crate::pod_security::{LABEL, Level, help, need};
use windlass_model::check::Check;

const NAME: &str = "Pod Security";

pub(super) async fn check(cluster: &Cluster, pod: Option<&PodPlan>) -> Check {
    let request = cluster.request("get", "namespaces", cluster.namespace());
    let namespaces = cluster.namespaces();
    let namespace = match cluster.ask(&request, || namespaces.get_metadata_opt(cluster.namespace())).await {
        Ok(Some(namespace)) => namespace,
        Ok(None) => {
            let text = format!("namespace {} does not exist", cluster.namespace());
            return Check::fail(NAME, text, format!("kubectl create namespace {}", cluster.namespace()));
        }
        Err(DriverError::Forbidden { .. }) => {
            let text = format!("you are not allowed to look at namespace {}", cluster.namespace());
            return Check::warn(NAME, text, "only if pods are refused: ask which Pod Security level it enforces");
        }
        Err(error) => return failed(NAME, &error),
    };
    let label = namespace.metadata.labels.as_ref().and_then(|labels| labels.get(LABEL)).map(String::as_str);
    judge(Level::of_label(label), pod, cluster)
}

fn judge(enforced: Level, pod: Option<&PodPlan>, cluster: &Cluster) -> Check {
    let help = |needed| help(enforced, needed, cluster.namespace(), cluster.builders());
    if enforced == Level::Privileged {
        return Check::pass(NAME, "the namespace allows privileged containers, as docker-in-docker needs");
    }
    let Some(pod) = pod else {
        let text = format!("the namespace enforces `{enforced}`, so docker-in-docker is refused");
        return Check::warn(NAME, text, help(Level::Privileged));
    };
    let need = need(pod);
    let text = format!("the namespace enforces `{enforced}`, and task {} needs {need}", pod.task);
    if need.level <= enforced { Check::pass(NAME, text) } else { Check::fail(NAME, text, help(need.level)) }
}
