//! Following one pod. A task of its own watches the pod and the Events about it; what is news goes down a channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use k8s_openapi::api::core::v1::{Event as ClusterEvent, Pod};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, ExponentialBackoff};
use tokio::sync::{mpsc, oneshot};
use windlass_engine::ports::driver::{DriverError, PodEvent};
use windlass_model::event::Level;

use super::ask::BACKOFF;
use super::cluster::Cluster;
use crate::observe::{Observer, vanished};

/// Seconds after which a watch is renewed, which also bounds how long a connection that died in silence goes unnoticed.
const RENEW_SECONDS: u32 = 60;

/// What the driver knows of a pod that the API server does not.
#[derive(Default)]
pub(super) struct Facts {
    /// The pod's creation was asked for and not answered yet, so its absence means nothing.
    pub(super) expected: AtomicBool,
    /// windlass itself deletes it.
    pub(super) deleting: AtomicBool,
}

/// A watch that begins.
pub(super) struct Beginning {
    answer: oneshot::Receiver<Result<(), DriverError>>,
    patience: Duration,
}

impl Beginning {
    /// Waits until the API server has answered for the first time, or has had long enough to.
    pub(super) async fn ready(self) -> Result<(), DriverError> {
        // Without an answer the watch goes on asking, and the creation beside it reports what is wrong.
        match tokio::time::timeout(self.patience, self.answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Ok(()),
        }
    }
}

/// Begins to follow a pod.
pub(super) fn follow(cluster: &Arc<Cluster>, pod: &str, facts: &Arc<Facts>) -> (Beginning, mpsc::UnboundedReceiver<PodEvent>) {
    let (begun, beginning) = oneshot::channel();
    let (news, receiver) = mpsc::unbounded_channel();
    let follower = Follower {
        cluster: Arc::clone(cluster),
        name: pod.to_owned(),
        facts: Arc::clone(facts),
        observer: Observer::default(),
        news,
        begun: Some(begun),
        listing: Listing::default(),
        interrupted: false,
    };
    tokio::spawn(follower.run());
    (Beginning { answer: beginning, patience: cluster.context.patience.api }, receiver)
}

/// Follows one pod until it is gone or nobody listens.
struct Follower {
    cluster: Arc<Cluster>,
    name: String,
    facts: Arc<Facts>,
    observer: Observer,
    news: mpsc::UnboundedSender<PodEvent>,
    begun: Option<oneshot::Sender<Result<(), DriverError>>>,
    listing: Listing,
    interrupted: bool,
}

/// The list that each watch starts with: a pod that is not in it is gone, unless it was still to come.
#[derive(Debug, Default)]
struct Listing {
    /// The pod was seen, in this list or an earlier one.
    ever_seen: bool,
    /// The pod is in this list.
    seen: bool,
    /// When this list was asked for, the pod was still to be created.
    expected: bool,
}

impl Follower {
    async fn run(mut self) {
        let config = || watcher::Config::default().timeout(RENEW_SECONDS);
        let by_name = config().fields(&format!("metadata.name={}", self.name));
        let about_it = config().fields(&format!("involvedObject.kind=Pod,involvedObject.name={}", self.name));
        let mut pods = watcher::watcher(self.cluster.pods(), by_name).backoff(ExponentialBackoff::from(BACKOFF)).boxed();
        let mut events = watcher::watcher(self.cluster.events(), about_it).backoff(ExponentialBackoff::from(BACKOFF)).boxed();
        loop {
            let patience = self.observer.patience_ends();
            let news = tokio::select! {
                // In this order: a state says more than the Event about it.
                biased;
                () = self.news.closed() => return,
                change = pods.next() => match change {
                    Some(Ok(event)) => self.pod_changed(event),
                    Some(Err(error)) => self.watch_failed(&error),
                    None => vec![PodEvent::Gone],
                },
                event = events.next() => match event {
                    Some(Ok(event)) => self.told(event).into_iter().collect(),
                    Some(Err(error)) if is_refusal(&error) => {
                        events = futures::stream::pending().boxed();
                        vec![self.without_events()]
                    }
                    // The watcher itself asks again.
                    Some(Err(_)) => Vec::new(),
                    None => {
                        events = futures::stream::pending().boxed();
                        Vec::new()
                    }
                },
                () = sleep_until(patience) => self.observer.give_up(Instant::now()),
            };
            let gone = news.contains(&PodEvent::Gone);
            for event in news {
                if self.news.send(event).is_err() {
                    return;
                }
            }
            if gone {
                return;
            }
        }
    }

    fn pod_changed(&mut self, event: Event<Pod>) -> Vec<PodEvent> {
        let mut news = Vec::new();
        if !matches!(event, Event::Init) {
            self.cluster.is_there();
        }
        if std::mem::take(&mut self.interrupted) {
            let message = format!("{} answers again", self.cluster.context.label);
            news.push(PodEvent::Notice { container: None, level: Level::Info, message });
        }
        match event {
            Event::Init => {
                self.listing.seen = false;
                self.listing.expected = self.facts.expected.load(Ordering::SeqCst);
            }
            Event::InitApply(pod) | Event::Apply(pod) => {
                self.listing.seen = true;
                self.listing.ever_seen = true;
                news.extend(self.observer.pod(&pod, self.deleting(), Instant::now()));
            }
            Event::Delete(pod) => {
                news.extend(self.observer.pod(&pod, self.deleting(), Instant::now()));
                news.extend(self.gone());
            }
            Event::InitDone => {
                if let Some(begun) = self.begun.take() {
                    let _ = begun.send(Ok(()));
                }
                let to_come = self.listing.expected && !self.listing.ever_seen;
                if !self.listing.seen && !to_come {
                    news.extend(self.gone());
                }
            }
        }
        news
    }

    fn deleting(&self) -> bool {
        self.facts.deleting.load(Ordering::SeqCst)
    }

    fn gone(&self) -> Vec<PodEvent> {
        let unexplained = self.listing.ever_seen && !self.deleting() && !self.observer.has_told_loss();
        let loss = unexplained.then(|| vanished(&self.name));
        loss.into_iter().chain([PodEvent::Gone]).collect()
    }

    fn told(&mut self, event: Event<ClusterEvent>) -> Option<PodEvent> {
        match event {
            Event::InitApply(event) | Event::Apply(event) if !self.deleting() => self.observer.event(&event),
            _ => None,
        }
    }

    fn without_events(&self) -> PodEvent {
        let error = self.cluster.request("watch", "events", "");
        PodEvent::Notice {
            container: None,
            level: Level::Info,
            message: format!(
                "you are not allowed to watch events, so causes may be missing: {}",
                error.permission.how_to_grant(self.cluster.namespace())
            ),
        }
    }

    fn watch_failed(&mut self, error: &watcher::Error) -> Vec<PodEvent> {
        let error = self.translate(error);
        if self.begun.is_some() && self.cluster.may_pass(&error) {
            // The creation beside it waits for the same, and tells.
            return Vec::new();
        }
        if let Some(begun) = self.begun.take() {
            let _ = begun.send(Err(error));
            return Vec::new();
        }
        if std::mem::replace(&mut self.interrupted, true) {
            return Vec::new();
        }
        let message = format!("{error}; trying again");
        vec![PodEvent::Notice { container: None, level: Level::Warning, message }]
    }

    fn translate(&self, error: &watcher::Error) -> DriverError {
        let request = |verb| self.cluster.request(verb, "pods", &self.name);
        match error {
            watcher::Error::InitialListFailed(error) => request("list").error(error),
            watcher::Error::WatchStartFailed(error) | watcher::Error::WatchFailed(error) => request("watch").error(error),
            watcher::Error::WatchError(status) => request("watch").error(&kube::Error::Api(status.clone())),
            watcher::Error::NoResourceVersion => {
                DriverError::Other { target: self.cluster.context.label.clone(), message: error.to_string() }
            }
        }
    }
}

/// Whether asking again is pointless.
fn is_refusal(error: &watcher::Error) -> bool {
    let (watcher::Error::InitialListFailed(error) | watcher::Error::WatchStartFailed(error)) = error else { return false };
    matches!(error, kube::Error::Api(status) if status.code == 403)
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
