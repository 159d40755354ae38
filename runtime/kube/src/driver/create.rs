//! Creating a pod. What lies between the first request and the last decides how soon the first line of a script runs, so
//! everything that may go side by side does.

use std::sync::Arc;

use futures::join;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use windlass_engine::ports::driver::{DriverError, SecretValues};
use windlass_model::pod::PodPlan;

use super::{Cluster, KubeDriver};
use crate::manifest::{ManifestError, Manifests};
use crate::names;
use crate::pod_security::need;

impl KubeDriver {
    /// Secret, ConfigMap and the watch side by side, then the pod: a pod that comes before what it mounts is held up for
    /// seconds by the kubelet's back-off.
    pub(super) async fn create_pod(&self, plan: &PodPlan, values: &SecretValues) -> Result<(), DriverError> {
        let manifests = self.manifests(plan)?;
        let secret = manifests.secret(values).map_err(refused)?;
        let pull_secret = manifests.pull_secret(values).map_err(refused)?;
        let cluster = &self.cluster;
        let watching = self.watches.begin(cluster, &plan.name);
        let (secrets, config_maps) = (cluster.secrets(), cluster.config_maps());
        // All are waited for, also when one fails: a request under way could still leave something to delete.
        let (secret, pull_secret, config_map, watching) = join!(
            self.create_object(&secrets, secret.as_ref(), "secrets", plan),
            self.create_object(&secrets, pull_secret.as_ref(), "secrets", plan),
            self.create_object(&config_maps, manifests.config_map.as_ref(), "configmaps", plan),
            watching.ready(),
        );
        secret.and(pull_secret).and(config_map).and(watching)?;
        self.create_object(&cluster.pods(), Some(&manifests.pod), "pods", plan).await?;
        self.watches.created(&plan.name);
        tokio::spawn(adopt(Arc::clone(cluster), plan.name.clone()));
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

    /// Creates an object that belongs to a pod, unless it stands already.
    async fn create_object<K>(
        &self,
        api: &Api<K>,
        object: Option<&K>,
        resource: &'static str,
        plan: &PodPlan,
    ) -> Result<(), DriverError>
    where
        K: Resource + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
    {
        let Some(object) = object else { return Ok(()) };
        let name = object.meta().name.clone().unwrap_or_default();
        let request = self.cluster.request("create", resource, &name).needing(need(plan).level);
        let parameters = PostParams { field_manager: Some("windlass".to_owned()), ..PostParams::default() };
        let create = async {
            match api.create(&parameters, object).await {
                Ok(_) => Ok(()),
                Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
                Err(error) => {
                    if was_turned_away(&error) {
                        self.watches.turned_away(&plan.name);
                    }
                    Err(error)
                }
            }
        };
        // Before the request: who gives up waiting for the answer may have created it all the same.
        self.watches.asked_for(&plan.name);
        self.cluster.ask(&request, create).await
    }
}

/// Whether a request certainly created nothing: it was answered with a refusal, or never left this machine.
fn was_turned_away(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => (400..500).contains(&status.code),
        kube::Error::Service(source) => {
            source.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(hyper_util::client::legacy::Error::is_connect)
        }
        _ => false,
    }
}

/// Makes the pod the owner of its Secret and ConfigMap, so that whoever deletes the pod deletes them too. Nothing waits for
/// it, and where it fails they are still found by their labels.
async fn adopt(cluster: Arc<Cluster>, name: String) {
    let uid = match cluster.pods().get_metadata(&name).await {
        Ok(pod) => pod.metadata.uid,
        Err(error) => return tracing::debug!(%error, pod = name, "its owner reference was not set"),
    };
    let owner = json!({
        "apiVersion": Pod::api_version(&()),
        "kind": Pod::kind(&()),
        "name": name,
        "uid": uid,
    });
    let patch = Patch::Merge(json!({"metadata": {"ownerReferences": [owner]}}));
    let parameters = PatchParams::default();
    let (secrets, config_maps) = (cluster.secrets(), cluster.config_maps());
    let (secret_name, pull_name, config_map_name) = (names::secret(&name), names::pull_secret(&name), names::config_map(&name));
    let (secret, pull_secret, config_map) = tokio::join!(
        secrets.patch_metadata(&secret_name, &parameters, &patch),
        secrets.patch_metadata(&pull_name, &parameters, &patch),
        config_maps.patch_metadata(&config_map_name, &parameters, &patch),
    );
    for error in [secret.err(), pull_secret.err(), config_map.err()].into_iter().flatten() {
        // A pod without secrets has no Secret.
        if !matches!(&error, kube::Error::Api(status) if status.is_not_found()) {
            tracing::debug!(%error, pod = name, "its owner reference was not set");
        }
    }
}

fn refused(error: ManifestError) -> DriverError {
    let help = match &error {
        ManifestError::NodeSelector(_) => "correct the task's `node_selector_terms`".to_owned(),
        ManifestError::MissingSecret(name) => format!("give {name} a value; windlass plan lists the ways"),
    };
    DriverError::Refused { message: error.to_string(), help }
}
