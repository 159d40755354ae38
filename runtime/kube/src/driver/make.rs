//! Making one object of a pod, and being sure that it is ours: neither a name that is taken already nor an answer that got lost is
//! taken for success.

use std::fmt::Debug;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::api::PostParams;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_engine::ports::driver::DriverError;

use super::cluster::{ANSWER_TIME, Cluster};
use super::made::{Creation, Fate};
use crate::identity::{Identity, Kind, is_the_same};
use crate::pod_security::Level;

/// Makes the objects of one pod.
#[derive(Clone)]
pub(super) struct Maker {
    cluster: Arc<Cluster>,
    creation: Arc<Creation>,
    needs: Level,
}

impl Maker {
    pub(super) fn new(cluster: &Arc<Cluster>, creation: &Arc<Creation>, needs: Level) -> Self {
        Self { cluster: Arc::clone(cluster), creation: Arc::clone(creation), needs }
    }

    /// Makes a Secret, when there is one to make.
    pub(super) async fn secret(&self, secret: Option<Secret>) -> Result<Option<Identity>, DriverError> {
        let Some(secret) = secret else { return Ok(None) };
        self.object(self.cluster.secrets(), Kind::Secret, secret, same_secret).await.map(Some)
    }

    /// Makes the pod.
    pub(super) async fn pod(&self, pod: Pod) -> Result<Identity, DriverError> {
        // Its mark is as good as its content, which the API server fills in.
        self.object(self.cluster.pods(), Kind::Pod, pod, |_, _| true).await
    }

    /// In a task of its own: who stops waiting does not stop the request, and what came of it is noted all the same.
    async fn object<K>(&self, api: Api<K>, kind: Kind, mut object: K, same: fn(&K, &K) -> bool) -> Result<Identity, DriverError>
    where
        K: Resource + Clone + Serialize + DeserializeOwned + Debug + Send + Sync + 'static,
    {
        self.creation.put_mark(kind, object.meta_mut());
        let maker = self.clone();
        let name = object.meta().name.clone().unwrap_or_default();
        maker.creation.note(kind, &name, Fate::Asked);
        let made = tokio::spawn(async move {
            let (fate, result) = maker.ask(&api, kind, &name, &object, same).await;
            maker.creation.note(kind, &name, fate);
            result.map(|uid| Identity { kind, name, uid })
        });
        made.await.unwrap_or_else(|error| {
            Err(DriverError::Other {
                target: self.cluster.label().to_owned(),
                message: format!("a request was given up: {error}"),
            })
        })
    }

    async fn ask<K>(
        &self,
        api: &Api<K>,
        kind: Kind,
        name: &str,
        wanted: &K,
        same: fn(&K, &K) -> bool,
    ) -> (Fate, Result<String, DriverError>)
    where
        K: Resource + Clone + Serialize + DeserializeOwned + Debug,
    {
        let request = self.cluster.request("create", kind.resource(), name).needing(self.needs);
        let parameters = PostParams { field_manager: Some("windlass".to_owned()), ..PostParams::default() };
        let (error, taken) = match tokio::time::timeout(ANSWER_TIME, api.create(&parameters, wanted)).await {
            Ok(Ok(made)) => match made.meta().uid.clone() {
                Some(uid) => return (Fate::Made(uid.clone()), Ok(uid)),
                None => (self.cluster.other_error("the API server gave it no UID".to_owned()), false),
            },
            Ok(Err(kube::Error::Api(status))) if status.is_already_exists() => (request.error(&kube::Error::Api(status)), true),
            Ok(Err(error)) if was_turned_away(&error) => return (Fate::Refused, Err(request.error(&error))),
            Ok(Err(error)) => (request.error(&error), false),
            Err(_) => (self.cluster.no_answer(), false),
        };
        // Something may stand under this name. Only the very object that was asked for counts.
        let look = self.cluster.request("get", kind.resource(), name);
        match self.cluster.ask(&look, api.get_opt(name)).await {
            Ok(Some(found)) if is_the_same(found.meta(), wanted.meta()) && same(&found, wanted) => {
                let uid = found.meta().uid.clone().unwrap_or_default();
                (Fate::Made(uid.clone()), Ok(uid))
            }
            Ok(Some(_)) => (Fate::Refused, Err(self.cluster.name_taken(kind, name))),
            // Gone again, or never made; its request may still be under way.
            Ok(None) => (if taken { Fate::Refused } else { Fate::Unknown }, Err(error)),
            Err(DriverError::Forbidden { .. }) if taken => (Fate::Unknown, Err(self.cluster.name_taken(kind, name))),
            Err(_) => (Fate::Unknown, Err(error)),
        }
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

/// Whether a Secret that stands holds what was to be in it, and cannot be made to hold anything else.
fn same_secret(found: &Secret, wanted: &Secret) -> bool {
    let mut data = wanted.data.clone().unwrap_or_default();
    let texts = wanted.string_data.clone().unwrap_or_default();
    data.extend(texts.into_iter().map(|(key, text)| (key, k8s_openapi::ByteString(text.into_bytes()))));
    found.immutable == Some(true) && found.type_ == wanted.type_ && found.data.clone().unwrap_or_default() == data
}

#[cfg(test)]
mod tests {
    use k8s_openapi::ByteString;

    use super::*;

    #[test]
    fn a_secret_is_the_same_only_with_the_same_bytes_for_ever() {
        let bytes = |text: &str| ByteString(text.as_bytes().to_vec());
        let wanted = Secret {
            data: Some([("agent".to_owned(), bytes("ELF"))].into()),
            string_data: Some([("file".to_owned(), "PEM".to_owned())].into()),
            immutable: Some(true),
            type_: Some("Opaque".to_owned()),
            ..Secret::default()
        };
        let stands = Secret {
            data: Some([("agent".to_owned(), bytes("ELF")), ("file".to_owned(), bytes("PEM"))].into()),
            string_data: None,
            ..wanted.clone()
        };
        assert!(same_secret(&stands, &wanted));
        let other = Some([("agent".to_owned(), bytes("evil")), ("file".to_owned(), bytes("PEM"))].into());
        for stranger in [
            Secret { data: other, ..stands.clone() },
            Secret { data: None, ..stands.clone() },
            Secret { immutable: None, ..stands.clone() },
            Secret { type_: Some("other".to_owned()), ..stands.clone() },
        ] {
            assert!(!same_secret(&stranger, &wanted));
        }
    }
}
