//! The watches of a driver: who listens to which pod, and what the driver knows that the API server does not.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use windlass_engine::ports::driver::PodEvent;

use super::cluster::Cluster;
use super::follow::{Beginning, Facts, follow};

/// The watches of a driver, by pod.
#[derive(Default)]
pub(super) struct Watches {
    pods: Mutex<HashMap<String, Watched>>,
}

/// One pod.
#[derive(Default)]
struct Watched {
    facts: Arc<Facts>,
    /// The news since the pod's creation, until somebody takes them.
    news: Option<mpsc::UnboundedReceiver<PodEvent>>,
}

impl Watches {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Watched>> {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to watch a pod that is about to be created.
    pub(super) fn begin(&self, cluster: &Arc<Cluster>, pod: &str) -> Beginning {
        let mut pods = self.lock();
        let watched = pods.entry(pod.to_owned()).or_default();
        watched.facts.expected.store(true, Ordering::SeqCst);
        let (beginning, news) = follow(cluster, pod, &watched.facts);
        watched.news = Some(news);
        beginning
    }

    /// The pod has been created: if it is absent from now on, it is gone.
    pub(super) fn created(&self, pod: &str) {
        self.lock().entry(pod.to_owned()).or_default().facts.expected.store(false, Ordering::SeqCst);
    }

    /// windlass itself is about to delete the pod.
    pub(super) fn deleting(&self, pod: &str) {
        self.lock().entry(pod.to_owned()).or_default().facts.deleting.store(true, Ordering::SeqCst);
    }

    /// The pod has been deleted. Who watches it already hears the end; nobody else will ask.
    pub(super) fn forget(&self, pod: &str) {
        self.lock().remove(pod);
    }

    pub(super) fn is_deleting(&self, pod: &str) -> bool {
        self.lock().get(pod).is_some_and(|watched| watched.facts.deleting.load(Ordering::SeqCst))
    }

    /// The news of a pod: since its creation for the first who asks, since now for anyone else.
    pub(super) fn take(&self, cluster: &Arc<Cluster>, pod: &str) -> BoxStream<'static, PodEvent> {
        let mut pods = self.lock();
        let watched = pods.entry(pod.to_owned()).or_default();
        let news = watched.news.take().unwrap_or_else(|| follow(cluster, pod, &watched.facts).1);
        futures::stream::unfold(news, |mut news| async move { news.recv().await.map(|event| (event, news)) }).boxed()
    }
}
