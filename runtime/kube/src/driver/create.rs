//! Creating a pod. What lies between the first request and the last decides how soon the first line of a script runs, so
//! everything that may go side by side does.

use std::sync::Arc;

use futures::join;
use k8s_openapi::api::core::v1::Pod;
use kube::Resource as _;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use windlass_engine::ports::driver::{DriverError, SecretValues};
use windlass_model::pod::PodPlan;

use super::KubeDriver;
use super::cluster::Cluster;
use super::make::Maker;
use crate::identity::{Identity, Kind};
use crate::manifest::{ManifestError, Manifests};
use crate::names;
use crate::pod_security::need;

impl KubeDriver {
    /// Secrets and the watch side by side, then the pod: a pod that comes before what it mounts is held up for seconds by the kubelet's
    /// back-off.
    pub(super) async fn create_pod(&self, plan: &PodPlan, values: &SecretValues) -> Result<(), DriverError> {
        let manifests = self.manifests(plan)?;
        let secret = manifests.secret(values).map_err(refused)?;
        let pull_secret = manifests.pull_secret(values).map_err(refused)?;
        let Manifests { mut pod, agent, .. } = manifests;
        let creation = self.creations.begin(&plan.name).map_err(|error| DriverError::Other {
            target: "this machine".to_owned(),
            message: format!("it gives no random numbers: {error}"),
        })?;
        let maker = Maker::new(&self.cluster, &creation, need(plan).level);
        let watching = self.watches.begin(&self.cluster, &plan.name);
        let ready = async {
            tokio::select! {
                ready = watching.ready() => ready,
                () = creation.given_up() => Err(self.cluster.not_wanted()),
            }
        };
        // All are waited for, also when one fails: a request under way could still leave something to delete.
        let (secret, pull_secret, agent, watching) =
            join!(maker.secret(secret), maker.secret(pull_secret), maker.secret(agent), ready);
        let secrets: Vec<Identity> =
            [secret, pull_secret, agent].into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        watching?;
        record(&mut pod, &secrets);
        let pod = maker.pod(pod).await?;
        self.watches.created(&plan.name);
        tokio::spawn(adopt(Arc::clone(&self.cluster), pod, secrets));
        Ok(())
    }

    fn manifests(&self, plan: &PodPlan) -> Result<Manifests, DriverError> {
        let Some(agent) = self.agents.get(plan.architecture) else {
            let architecture = plan.architecture.as_str();
            return Err(DriverError::Refused {
                message: format!("this build of windlass brings no agent for {architecture}"),
                help: format!("use a build that carries the {architecture} agent, or choose another `architecture`"),
            });
        };
        Manifests::new(plan, self.cluster.namespace(), agent, self.host.as_deref()).map_err(refused)
    }
}

/// Writes the pod's Secrets on it, for [`names::SECRETS`].
fn record(pod: &mut Pod, secrets: &[Identity]) {
    let list: Vec<String> = secrets.iter().map(|secret| format!("{}={}", secret.name, secret.uid)).collect();
    pod.metadata.annotations.get_or_insert_default().insert(names::SECRETS.to_owned(), list.join(","));
}

/// Makes the pod the owner of its Secrets, so that whoever deletes the pod deletes them too. Nothing waits for it, and where it fails
/// they are still found by their labels.
async fn adopt(cluster: Arc<Cluster>, pod: Identity, secrets: Vec<Identity>) {
    let owner = json!({"apiVersion": Pod::api_version(&()), "kind": Pod::kind(&()), "name": pod.name, "uid": pod.uid});
    let (api, parameters) = (cluster.secrets(), PatchParams::default());
    let adopted = secrets.iter().map(|secret| {
        // The UID is a condition: another Secret of this name is not touched.
        let patch = Patch::Merge(json!({"metadata": {"uid": secret.uid, "ownerReferences": [owner]}}));
        let (api, parameters) = (&api, &parameters);
        let request = cluster.request("patch", Kind::Secret.resource(), &secret.name);
        let cluster = &cluster;
        async move { cluster.ask(&request, || api.patch_metadata(&secret.name, parameters, &patch)).await }
    });
    for error in futures::future::join_all(adopted).await.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, pod = pod.name, "an owner reference was not set");
    }
}

fn refused(error: ManifestError) -> DriverError {
    let help = match &error {
        ManifestError::NodeSelector(_) => "correct the task's `node_selector_terms`".to_owned(),
        ManifestError::MissingSecret(name) => format!("give {name} a value; windlass plan lists the ways"),
    };
    DriverError::Refused { message: error.to_string(), help }
}
