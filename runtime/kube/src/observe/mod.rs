//! What happens to a pod, out of the states that the API server tells of. Pure: states in, [`PodEvent`]s out, each told once.

mod cluster_event;
mod lost;
mod pull;
mod terminated;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{ContainerStatus, Event, Pod, PodStatus};
use windlass_engine::ports::driver::PodEvent;
use windlass_model::event::Level;

pub(crate) use lost::vanished;
use waiting::{Cause, Waiting};

/// How long a fault that may pass (a registry that does not answer, a mount that is late) is waited out.
const GRACE: Duration = Duration::from_secs(120);

/// Compares a pod's states with what has been told of it.
#[derive(Debug, Default)]
pub struct Observer {
    told: BTreeMap<String, Told>,
    notices: BTreeSet<String>,
    doubts: BTreeMap<String, Doubt>,
    lost: bool,
}

/// The last thing told of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Running,
    CannotStart,
    Ended,
}

/// A fault that may pass, and when it has lasted too long.
#[derive(Debug)]
struct Doubt {
    until: Instant,
    cause: Cause,
}

impl Observer {
    /// Whether the loss of the pod has been told.
    pub fn has_told_loss(&self) -> bool {
        self.lost
    }

    /// The news in a pod's present state. `ours` says that windlass itself is deleting it, which is no loss.
    pub fn pod(&mut self, pod: &Pod, ours: bool, now: Instant) -> Vec<PodEvent> {
        let mut news = Vec::new();
        let status = pod.status.clone().unwrap_or_default();
        if !self.lost
            && let Some(loss) = lost::loss(pod, &status, ours)
        {
            self.lost = true;
            news.push(loss);
        }
        self.placement(pod, &status, &mut news);
        for container in status.container_statuses.as_deref().unwrap_or_default() {
            self.container(pod, container, now, &mut news);
        }
        news
    }

    /// The news in an Event about the pod.
    pub fn event(&mut self, event: &Event) -> Option<PodEvent> {
        let notice = cluster_event::notice(event)?;
        let PodEvent::Notice { container, message, .. } = &notice else { return Some(notice) };
        self.first_time(container.as_deref(), message).then_some(notice)
    }

    /// When the oldest fault that may pass has lasted too long; [`Observer::give_up`] is due then.
    pub fn patience_ends(&self) -> Option<Instant> {
        self.doubts.values().map(|doubt| doubt.until).min()
    }

    /// Containers whose fault has lasted too long.
    pub fn give_up(&mut self, now: Instant) -> Vec<PodEvent> {
        let over: Vec<String> =
            self.doubts.iter().filter(|(_, doubt)| doubt.until <= now).map(|(name, _)| name.clone()).collect();
        let mut news = Vec::new();
        for name in over {
            if let Some(doubt) = self.doubts.remove(&name) {
                self.told.insert(name.clone(), Told::CannotStart);
                news.push(cannot_start(name, doubt.cause));
            }
        }
        news
    }

    fn placement(&mut self, pod: &Pod, status: &PodStatus, news: &mut Vec<PodEvent>) {
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let unschedulable = conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False");
        if let Some(message) = unschedulable.and_then(|c| c.message.as_deref()) {
            self.notice(None, Level::Warning, format!("no node takes the pod yet: {message}"), news);
        }
        if let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) {
            self.notice(None, Level::Debug, format!("node {node} takes the pod"), news);
        }
    }

    fn container(&mut self, pod: &Pod, status: &ContainerStatus, now: Instant, news: &mut Vec<PodEvent>) {
        let name = &status.name;
        let told = self.told.get(name).copied();
        let Some(state) = &status.state else { return };
        if let Some(end) = &state.terminated {
            self.doubts.remove(name);
            if told != Some(Told::Ended) {
                self.told.insert(name.clone(), Told::Ended);
                news.push(PodEvent::Ended { container: name.clone(), end: terminated::end(pod, name, end) });
            }
        } else if state.running.is_some() {
            self.doubts.remove(name);
            if told.is_none() {
                self.told.insert(name.clone(), Told::Running);
                news.push(PodEvent::Running { container: name.clone() });
            }
        } else if let Some(state) = &state.waiting
            && told.is_none()
        {
            let reason = state.reason.as_deref().unwrap_or_default();
            match waiting::judge(reason, state.message.as_deref().unwrap_or_default(), &image(pod, status)) {
                // A container between two attempts is no better off, so a doubt lasts until it starts.
                Waiting::Fine => {}
                Waiting::Hopeless(cause) => {
                    self.doubts.remove(name);
                    self.told.insert(name.clone(), Told::CannotStart);
                    news.push(cannot_start(name.clone(), cause));
                }
                Waiting::Doubtful(cause) => {
                    self.notice(Some(name), Level::Warning, cause.message.clone(), news);
                    self.doubts.entry(name.clone()).or_insert(Doubt { until: now + GRACE, cause });
                }
            }
        }
    }

    fn notice(&mut self, container: Option<&str>, level: Level, message: String, news: &mut Vec<PodEvent>) {
        if self.first_time(container, &message) {
            news.push(PodEvent::Notice { container: container.map(str::to_owned), level, message });
        }
    }

    fn first_time(&mut self, container: Option<&str>, message: &str) -> bool {
        self.notices.insert(format!("{}\n{message}", container.unwrap_or_default()))
    }
}

fn cannot_start(container: String, cause: Cause) -> PodEvent {
    PodEvent::CannotStart { container: Some(container), message: cause.message, help: cause.help }
}

/// The image as the plan names it: a container's status may name another of the same image's names.
fn image(pod: &Pod, status: &ContainerStatus) -> String {
    let planned = pod.spec.iter().flat_map(|spec| &spec.containers).find(|c| c.name == status.name);
    planned.and_then(|c| c.image.clone()).unwrap_or_else(|| status.image.clone())
}

#[cfg(test)]
mod tests;
