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

use super::ask::{answer_time, asked_for};
use super::cluster::Cluster;
use super::made::{Creation, Fate};
use super::turn::{Attempt, Hindrance, Turn};
use crate::error::{Request, exceeded};
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
            let uid = maker.persist(&api, kind, &name, &object, same).await?;
            Ok(Identity { kind, name, uid })
        });
        made.await.unwrap_or_else(|error| {
            Err(DriverError::Other {
                target: self.cluster.label().to_owned(),
                message: format!("a request was given up: {error}"),
            })
        })
    }

    /// Asks until the object stands, is refused for good, or nobody wants it any more.
    async fn persist<K>(
        &self,
        api: &Api<K>,
        kind: Kind,
        name: &str,
        wanted: &K,
        same: fn(&K, &K) -> bool,
    ) -> Result<String, DriverError>
    where
        K: Resource + Clone + Serialize + DeserializeOwned + Debug,
    {
        let mut turn = Turn::new(self.cluster.context.patience);
        loop {
            let look = self.look_again(turn.in_doubt, api, kind, name, wanted, same);
            let found = tokio::select! {
                biased;
                // A look changes nothing, and whoever deletes what may stand looks again.
                () = self.creation.given_up() => Some((Fate::Refused, Err(self.cluster.not_wanted().into()))),
                found = look => found,
            };
            let (fate, result) = match found {
                Some(found) => found,
                None => self.ask(api, kind, name, wanted, same).await,
            };
            let fate = turn.fate(fate);
            self.creation.note(kind, name, fate);
            let (wait, error) = match result {
                Ok(uid) => {
                    self.cluster.has_answered(name);
                    return Ok(uid);
                }
                Err(Hindrance::NoRoom { quota, refusal }) => {
                    self.cluster.waits.no_room(name, format!("{quota}; waiting for room"));
                    (turn.without_room(), refusal)
                }
                Err(Hindrance::Error(error)) if self.cluster.may_pass(&error) => {
                    self.cluster.tries_again(name, &error);
                    (turn.without_answer(self.cluster.respite.left()), asked_for(error, turn.silence()))
                }
                Err(Hindrance::Error(error)) => return Err(error),
            };
            let Some(wait) = wait else { return Err(error) };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.creation.given_up() => return Err(error),
            }
        }
    }

    /// When an earlier attempt may have made it after all: what stands under its name. `None` when it is to be asked for.
    async fn look_again<K>(
        &self,
        in_doubt: bool,
        api: &Api<K>,
        kind: Kind,
        name: &str,
        wanted: &K,
        same: fn(&K, &K) -> bool,
    ) -> Option<Attempt>
    where
        K: Resource + Clone + Serialize + DeserializeOwned + Debug,
    {
        if !in_doubt {
            return None;
        }
        let look = self.cluster.request("get", kind.resource(), name);
        match self.cluster.ask_once(&look, api.get_opt(name)).await {
            Ok(None) => None,
            Ok(Some(found)) => Some(self.judge(kind, name, &found, wanted, same)),
            // Who may not look has to ask.
            Err(DriverError::Forbidden { .. }) => None,
            Err(error) => Some((Fate::Unknown, Err(error.into()))),
        }
    }

    async fn ask<K>(&self, api: &Api<K>, kind: Kind, name: &str, wanted: &K, same: fn(&K, &K) -> bool) -> Attempt
    where
        K: Resource + Clone + Serialize + DeserializeOwned + Debug,
    {
        let request = self.cluster.request("create", kind.resource(), name).needing(self.needs, self.cluster.builders());
        let parameters = PostParams { field_manager: Some("windlass".to_owned()), ..PostParams::default() };
        let (error, taken) = match tokio::time::timeout(answer_time(&request), api.create(&parameters, wanted)).await {
            Ok(Ok(made)) => match made.meta().uid.clone() {
                Some(uid) => return (Fate::Made(uid.clone()), Ok(uid)),
                None => (self.cluster.other_error("the API server gave it no UID".to_owned()), false),
            },
            Ok(Err(kube::Error::Api(status))) if status.is_already_exists() => (request.error(&kube::Error::Api(status)), true),
            Ok(Err(error)) if was_turned_away(&error) => return (Fate::Refused, Err(hindrance(&request, &error))),
            Ok(Err(error)) => (request.error(&error), false),
            Err(_) => (request.no_answer(answer_time(&request)), false),
        };
        // Something may stand under this name. Only the very object that was asked for counts.
        let look = self.cluster.request("get", kind.resource(), name);
        match self.cluster.ask_once(&look, api.get_opt(name)).await {
            Ok(Some(found)) => self.judge(kind, name, &found, wanted, same),
            // Gone again, or never made; its request may still be under way.
            Ok(None) => (if taken { Fate::Refused } else { Fate::Unknown }, Err(error.into())),
            Err(DriverError::Forbidden { .. }) if taken => (Fate::Unknown, Err(self.cluster.name_taken(kind, name).into())),
            Err(unseen) => (Fate::Unknown, Err(if taken { unseen } else { error }.into())),
        }
    }

    /// Whether what stands is the very object that was asked for.
    fn judge<K: Resource>(&self, kind: Kind, name: &str, found: &K, wanted: &K, same: fn(&K, &K) -> bool) -> Attempt {
        if !is_the_same(found.meta(), wanted.meta()) || !same(found, wanted) {
            return (Fate::Refused, Err(self.cluster.name_taken(kind, name).into()));
        }
        let uid = found.meta().uid.clone().unwrap_or_default();
        (Fate::Made(uid.clone()), Ok(uid))
    }
}

/// Why an object does not stand.
fn hindrance(request: &Request<'_>, error: &kube::Error) -> Hindrance {
    let refusal = request.error(error);
    let quota = if let kube::Error::Api(status) = error { exceeded(status) } else { None };
    match quota {
        Some(quota) => Hindrance::NoRoom { quota, refusal },
        None => Hindrance::Error(refusal),
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
