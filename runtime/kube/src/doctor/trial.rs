//! Creating things in earnest, as far as the API server goes without keeping them.

use kube::Api;
use kube::api::PostParams;
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_engine::ports::driver::DriverError;
use windlass_model::image::ImageReference;
use windlass_model::plan::RunId;
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan, Process, Security};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::settings::PodSettings;

use super::failed;
use crate::agent::Agent;
use crate::driver::Cluster;
use crate::error::Request;
use crate::manifest::Manifests;
use crate::pod_security::need;
use windlass_model::check::Check;

/// Tries the Secret with the agent, and the pod: admission sees both.
pub(super) async fn check(cluster: &Cluster, agent: &Agent, pod: Option<&PodPlan>, usual: &PodSettings) -> Vec<Check> {
    let trial = match pod.cloned().map_or_else(|| trial_pod(usual), Ok) {
        Ok(pod) => pod,
        Err(error) => return vec![Check::fail("trial", error, "this is a bug in windlass")],
    };
    let manifests = match Manifests::new(&trial, cluster.namespace(), agent, None) {
        Ok(manifests) => manifests,
        Err(error) => return vec![Check::fail("pod", error.to_string(), "correct the task file")],
    };
    let (secrets, pods) = (cluster.secrets(), cluster.pods());
    let create_secret = cluster.request("create", "secrets", "");
    let create_pod = cluster.request("create", "pods", "").needing(need(&trial).level, cluster.builders());
    let (secret, pod) = tokio::join!(
        dry_run(cluster, &secrets, manifests.agent.as_ref(), &create_secret),
        dry_run(cluster, &pods, Some(&manifests.pod), &create_pod),
    );
    let size = agent.binary().len() / 1024;
    vec![
        outcome("agent", secret, format!("the cluster accepts the agent ({size} KiB) as a Secret")),
        outcome("pod", pod, "the cluster accepts the pod".to_owned()),
    ]
}

fn outcome(name: &str, result: Result<(), DriverError>, good: String) -> Check {
    match result {
        Ok(()) => Check::pass(name, good),
        Err(error) => failed(name, &error),
    }
}

async fn dry_run<K>(cluster: &Cluster, api: &Api<K>, object: Option<&K>, request: &Request<'_>) -> Result<(), DriverError>
where
    K: Clone + Serialize + DeserializeOwned + std::fmt::Debug,
{
    let Some(object) = object else { return Ok(()) };
    let parameters = PostParams { dry_run: true, field_manager: None };
    cluster.ask(request, || api.create(&parameters, object)).await.map(|_| ())
}

/// The smallest pod that a run could make. Nobody can have taken its name: it is another each time.
fn trial_pod(usual: &PodSettings) -> Result<PodPlan, String> {
    let image = ImageReference::parse("busybox").map_err(|error| error.to_string())?;
    let run = RunId::from_random(getrandom::u64().map_err(|error| error.to_string())?);
    let resources = Resources { cpu: MilliCpu(100), memory: MebiBytes(64), greedy: false };
    let main = ContainerPlan {
        security: usual.security.applied_to(&Security::default(), true),
        ..ContainerPlan::new(MAIN, image, Process::Supervised, resources)
    };
    let name = format!("windlass-{run}-doctor");
    Ok(PodPlan { fields: usual.fields.clone(), ..PodPlan::new(name, run.to_string(), "doctor", vec![main], 60) })
}
