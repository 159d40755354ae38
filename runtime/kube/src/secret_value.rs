//! Reading one value of a Secret, for tasks whose secrets lie in the cluster.

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use secrecy::SecretSlice;
use windlass_engine::ports::driver::DriverError;

use crate::connect::Connected;
use crate::driver::Cluster;
use crate::error::Request;

impl Connected {
    /// The value of a key of a Secret.
    ///
    /// # Errors
    /// When there is no such Secret or key, it may not be read, or the cluster does not answer.
    pub async fn read_secret(self, namespace: &str, name: &str, key: &str) -> Result<SecretSlice<u8>, DriverError> {
        let cluster = Cluster::new(self);
        let request = Request { namespace, ..cluster.request("get", "secrets", name) };
        let secrets: Api<Secret> = Api::namespaced(cluster.client().clone(), namespace);
        let found = cluster.ask(&request, || secrets.get_opt(name)).await?;
        let missing = |what: String| DriverError::NotFound { what };
        let secret = found.ok_or_else(|| missing(format!("Secret {name} in namespace {namespace}")))?;
        let value = secret.data.unwrap_or_default().remove(key);
        let value = value.ok_or_else(|| missing(format!("key {key} of Secret {name} in namespace {namespace}")))?;
        Ok(value.0.into())
    }
}
