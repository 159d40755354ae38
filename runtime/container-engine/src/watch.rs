//! What happens to a pod, from the engine's events. An event only says that something changed: what is so is always asked for, so
//! an event that comes late, twice or never after a lost connection does no harm.

mod view;

use std::collections::HashMap;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};
use windlass_model::event::Level;

use crate::engine::Engine;
use crate::inventory::Part;
use crate::names;
use crate::start::{Stage, Watcher};
use view::View;

/// How far back events are asked for, in seconds: an engine in a virtual machine may have another time.
const LOOK_BACK: u64 = 60;

/// Time between two attempts to reach an engine that went away, at first and at most.
const RETRY: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(Duration::from_secs(5))
    .with_factor(2.0)
    .without_max_times();

/// Follows a pod until it is gone.
pub(crate) fn watch(engine: Engine, pod: String, progress: Option<Watcher>) -> BoxStream<'static, PodEvent> {
    let (out, events) = mpsc::channel(16);
    let follower = Follower { engine, pod, progress, told: 0, view: View::default(), out };
    tokio::spawn(follower.run());
    futures::stream::unfold(events, |mut events| async move { Some((events.recv().await?, events)) }).boxed()
}

/// The watcher of the stream went away.
struct Unwatched;

/// What a follower waits for.
enum News {
    Engine(Vec<EventMessage>),
    EngineLost,
    Start,
}

struct Follower {
    engine: Engine,
    pod: String,
    progress: Option<Watcher>,
    /// How many events of the start were passed on.
    told: usize,
    view: View,
    out: mpsc::Sender<PodEvent>,
}

impl Follower {
    async fn run(mut self) {
        let mut pauses = RETRY.build();
        let mut warned = false;
        loop {
            match self.follow_once(&mut pauses, &mut warned).await {
                Ok(false) => {}
                Ok(true) | Err(Unwatched) => return,
            }
            tokio::select! {
                () = tokio::time::sleep(pauses.next().unwrap_or_default()) => {}
                () = self.out.closed() => return,
            }
        }
    }

    /// Follows one connection; whether the pod is gone, or else the connection.
    async fn follow_once(&mut self, pauses: &mut ExponentialBackoff, warned: &mut bool) -> Result<bool, Unwatched> {
        let mut changes = std::pin::pin!(changes(&self.engine, &self.pod).ready_chunks(64));
        loop {
            self.pass_on_start().await?;
            match self.look().await? {
                Ok(true) => return Ok(true),
                Ok(false) => (*pauses, *warned) = (RETRY.build(), false),
                Err(message) => {
                    if !std::mem::replace(warned, true) {
                        self.warn(format!("the engine does not answer ({message}); trying again")).await?;
                    }
                    return Ok(false);
                }
            }
            match self.news(&mut changes).await? {
                News::Engine(events) => self.view.heard(&events),
                News::EngineLost => return Ok(false),
                News::Start => {}
            }
        }
    }

    async fn news(&mut self, changes: &mut (impl Stream<Item = Vec<Option<EventMessage>>> + Unpin)) -> Result<News, Unwatched> {
        let start = async {
            let changed = match &mut self.progress {
                Some(progress) => progress.changed().await.is_ok(),
                None => false,
            };
            // A start that nobody can add to any more will not change.
            if !changed {
                std::future::pending().await
            }
        };
        tokio::select! {
            () = self.out.closed() => Err(Unwatched),
            () = start => Ok(News::Start),
            events = changes.next() => Ok(match events {
                Some(events) if events.iter().all(Option::is_some) => News::Engine(events.into_iter().flatten().collect()),
                _ => News::EngineLost,
            }),
        }
    }

    /// Passes on what the start has told since the last time.
    async fn pass_on_start(&mut self) -> Result<(), Unwatched> {
        let news: Vec<_> = match &mut self.progress {
            Some(progress) => progress.borrow_and_update().events.iter().skip(self.told).cloned().collect(),
            None => return Ok(()),
        };
        self.told += news.len();
        for event in news {
            self.tell(event).await?;
        }
        Ok(())
    }

    /// Looks at the pod and tells what is new. The answer is whether it is gone, or why it cannot be seen.
    async fn look(&mut self) -> Result<Result<bool, String>, Unwatched> {
        let stage = self.progress.as_ref().map_or(Stage::Settled, |p| p.borrow().stage);
        let seen = match self.survey().await {
            Ok(seen) => seen,
            Err(e) => return Ok(Err(crate::error::message(&e))),
        };
        let gone = seen.is_empty() && stage != Stage::Starting && stage != Stage::Deleting;
        for event in self.view.update(seen, stage >= Stage::Deleting) {
            // What could not be started is told by the start itself, with what to do about it.
            let told_by_start =
                matches!(event, PodEvent::Ended { end: ContainerEnd::NotStarted(_), .. }) && self.progress.is_some();
            if !told_by_start {
                self.tell(event).await?;
            }
        }
        // A start that failed early leaves no container, yet its pod is not gone before it is deleted.
        let failed_early = stage == Stage::Settled && self.progress.is_some() && !self.view.has_seen_any();
        if gone && !failed_early {
            self.tell(PodEvent::Gone).await?;
            return Ok(Ok(true));
        }
        Ok(Ok(false))
    }

    /// The containers of the pod by their names in it.
    async fn survey(&self) -> Result<HashMap<String, crate::ends::Condition>, bollard::errors::Error> {
        let mut seen = HashMap::new();
        for container in self.engine.containers(names::POD, Some(&self.pod)).await? {
            let part = Part::container(container);
            // A stranger with our label tells nothing of the pod.
            let Some(name) = part.labels.get(names::CONTAINER).filter(|_| part.pod() == Some(&self.pod)) else { continue };
            if let Some(found) = self.engine.container(&part.id).await? {
                seen.insert(name.clone(), crate::ends::condition(&found));
            }
        }
        Ok(seen)
    }

    async fn warn(&self, message: String) -> Result<(), Unwatched> {
        self.tell(PodEvent::Notice { container: None, level: Level::Warning, message }).await
    }

    async fn tell(&self, event: PodEvent) -> Result<(), Unwatched> {
        self.out.send(event).await.map_err(|_| Unwatched)
    }
}

/// Events of a pod's containers, from a little while ago on; `None` when the connection is lost. Commands being run are no change.
fn changes(engine: &Engine, pod: &str) -> impl Stream<Item = Option<EventMessage>> + use<> {
    let since = crate::clock::now().saturating_sub(LOOK_BACK).to_string();
    let mut filters = names::filter(names::POD, Some(pod));
    filters.insert("type".into(), vec!["container".into()]);
    let options = EventsOptionsBuilder::default().since(&since).filters(&filters).build();
    let is_change = |event: &Option<EventMessage>| {
        let action = event.as_ref().and_then(|e| e.action.as_deref()).unwrap_or_default();
        let change = !action.starts_with("exec") && !action.starts_with("health");
        std::future::ready(event.is_none() || change)
    };
    engine.docker.events(Some(options)).map(Result::ok).filter(is_change)
}
