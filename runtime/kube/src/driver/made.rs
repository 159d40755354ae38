//! What this process made: the objects of each pod, by UID, so that a run takes away its own and nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::identity::{Identity, Kind};
use crate::names;

/// The creations of a driver, by pod.
#[derive(Default)]
pub(super) struct Creations {
    pods: Mutex<HashMap<String, Arc<Creation>>>,
}

impl Creations {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Creation>>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The creation of a pod, which begins now unless it began before.
    pub(super) fn begin(&self, pod: &str) -> Result<Arc<Creation>, getrandom::Error> {
        let mut pods = self.lock();
        if let Some(known) = pods.get(pod) {
            return Ok(Arc::clone(known));
        }
        let creation = Arc::new(Creation::new()?);
        pods.insert(pod.to_owned(), Arc::clone(&creation));
        Ok(creation)
    }

    pub(super) fn get(&self, pod: &str) -> Option<Arc<Creation>> {
        self.lock().get(pod).cloned()
    }

    pub(super) fn forget(&self, pod: &str) {
        self.lock().remove(pod);
    }
}

/// What became of an object that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// There is no answer yet.
    Asked,
    /// It was made, and has this UID.
    Made(String),
    /// It was certainly not made.
    Refused,
    /// The answer was lost, and what stands under its name could not be looked at.
    Unknown,
}

/// One object.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) fate: Fate,
}

impl Made {
    /// Its identity, once it has one.
    pub(super) fn identity(&self) -> Option<Identity> {
        let Fate::Made(uid) = &self.fate else { return None };
        Some(Identity { kind: self.kind, name: self.name.clone(), uid: uid.clone() })
    }
}

/// The creation of one pod.
pub(super) struct Creation {
    seed: [u8; 32],
    objects: watch::Sender<Vec<Made>>,
    unwanted: CancellationToken,
}

impl Creation {
    fn new() -> Result<Self, getrandom::Error> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        Ok(Self { seed, objects: watch::Sender::new(Vec::new()), unwanted: CancellationToken::new() })
    }

    /// The mark of an object. Each has its own: who may see one object of a pod cannot pass another off as ours.
    pub(super) fn mark(&self, kind: Kind, name: &str) -> String {
        let hash =
            Sha256::new().chain_update(self.seed).chain_update(kind.name()).chain_update([0]).chain_update(name).finalize();
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Marks an object that is about to be asked for.
    pub(super) fn put_mark(&self, kind: Kind, metadata: &mut ObjectMeta) {
        let mark = self.mark(kind, metadata.name.as_deref().unwrap_or_default());
        metadata.annotations.get_or_insert_default().insert(names::CREATION.to_owned(), mark);
    }

    /// Notes what becomes of an object. [`Fate::Asked`] comes before the request: who gives up waiting for the answer may have made it
    /// all the same.
    pub(super) fn note(&self, kind: Kind, name: &str, fate: Fate) {
        self.objects.send_modify(|objects| match objects.iter_mut().find(|made| made.kind == kind && made.name == name) {
            Some(made) if matches!((&made.fate, &fate), (Fate::Made(_), Fate::Asked)) => {}
            Some(made) => made.fate = fate,
            None => objects.push(Made { kind, name: name.to_owned(), fate }),
        });
    }

    /// Nothing of it is wanted any more: requests under way are waited for, and none is made again.
    pub(super) fn give_up(&self) {
        self.unwanted.cancel();
    }

    /// Waits until nothing of it is wanted any more.
    pub(super) async fn given_up(&self) {
        self.unwanted.cancelled().await;
    }

    /// The objects that were asked for and may stand.
    pub(super) fn may_stand(&self) -> Vec<Made> {
        self.objects.borrow().iter().filter(|made| made.fate != Fate::Refused).cloned().collect()
    }

    /// Waits until every request has its answer.
    pub(super) async fn settled(&self) {
        // The sender is ours, so waiting cannot fail.
        let _ = self.objects.subscribe().wait_for(|objects| objects.iter().all(|made| made.fate != Fate::Asked)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_has_a_mark_of_its_own_that_stays() {
        let creation = Creation::new().unwrap_or_else(|e| panic!("{e}"));
        let mark = creation.mark(Kind::Pod, "a");
        assert_eq!((mark.len(), creation.mark(Kind::Pod, "a")), (32, mark.clone()));
        let others = [creation.mark(Kind::Secret, "a"), creation.mark(Kind::Pod, "b")];
        assert!(!others.contains(&mark) && others[0] != others[1]);
        let again = Creation::new().unwrap_or_else(|e| panic!("{e}"));
        assert_ne!(again.mark(Kind::Pod, "a"), mark, "another creation has other marks");
    }

    #[test]
    fn what_was_refused_does_not_stand_and_what_was_made_is_not_forgotten_by_asking_again() {
        let creation = Creation::new().unwrap_or_else(|e| panic!("{e}"));
        creation.note(Kind::Secret, "a", Fate::Asked);
        assert_eq!(creation.may_stand().iter().filter_map(Made::identity).count(), 0);
        creation.note(Kind::Secret, "a", Fate::Made("1".into()));
        creation.note(Kind::Secret, "a", Fate::Asked);
        creation.note(Kind::Pod, "p", Fate::Refused);
        let standing: Vec<_> = creation.may_stand().iter().filter_map(Made::identity).collect();
        assert_eq!(standing, [Identity { kind: Kind::Secret, name: "a".into(), uid: "1".into() }]);
    }
}
