//! What happens to a pod, out of the states that the API server tells of. Pure: states in, [`PodEvent`]s out, each told once.

mod cluster_event;
mod container;
mod lost;
mod pull;
mod roles;
mod terminated;
mod waiting;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Event, Pod, PodStatus};
use windlass_engine::ports::driver::PodEvent;
use windlass_model::event::Level;

pub(crate) use lost::vanished;
use roles::Role;
pub(crate) use terminated::ended_after;
use waiting::Cause;
use waits::Waits;

/// How long a fault that may pass (a registry that does not answer, a mount that is late) is waited out.
const GRACE: Duration = Duration::from_secs(120);

/// Compares a pod's states with what has been told of it.
#[derive(Debug, Default)]
pub struct Observer {
    told: BTreeMap<String, Told>,
    notices: BTreeSet<String>,
    doubts: BTreeMap<String, Doubt>,
    /// How often each container that is started again has ended.
    ends: BTreeMap<String, i32>,
    waits: Waits,
    lost: bool,
    /// Something was told that explains why the pod as a whole has failed.
    explained: bool,
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
        let unplaced = self.placement(pod, &status, &mut news);
        for (role, container) in roles::all(pod, &status) {
            match role {
                Role::Ephemeral => self.ephemeral(container, &mut news),
                Role::Restarted => self.restarted(pod, container, now, &mut news),
                Role::Init | Role::Ordinary => self.container(pod, role, container, now, &mut news),
            }
        }
        self.waits.note(unplaced.or_else(|| container::init_that_runs(pod, &status)), now);
        if !self.lost && !self.explained && !ours && status.phase.as_deref() == Some("Failed") {
            self.lost = true;
            news.push(lost::unexplained(pod, &status));
        }
        news
    }

    /// The news in an Event about the pod.
    pub fn event(&mut self, event: &Event) -> Option<PodEvent> {
        let notice = cluster_event::notice(event)?;
        let PodEvent::Notice { container, message, .. } = &notice else { return Some(notice) };
        self.first_time(container.as_deref(), message).then_some(notice)
    }

    /// When the oldest fault that may pass has lasted too long, or a reminder of it is due; [`Observer::give_up`] is due then.
    pub fn patience_ends(&self) -> Option<Instant> {
        self.doubts.values().map(|doubt| doubt.until).chain(self.waits.due()).min()
    }

    /// Containers whose fault has lasted too long, and what a pod that is not placed still waits for.
    pub fn give_up(&mut self, now: Instant) -> Vec<PodEvent> {
        let over: Vec<String> =
            self.doubts.iter().filter(|(_, doubt)| doubt.until <= now).map(|(name, _)| name.clone()).collect();
        let mut news: Vec<_> = self.waits.remind(now).into_iter().collect();
        for name in over {
            if let Some(doubt) = self.doubts.remove(&name) {
                self.told.insert(name.clone(), Told::CannotStart);
                news.push(cannot_start(name, doubt.cause));
            }
        }
        news
    }

    /// Tells where the pod goes; what the scheduler says when it goes nowhere.
    fn placement(&mut self, pod: &Pod, status: &PodStatus, news: &mut Vec<PodEvent>) -> Option<String> {
        if let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) {
            self.notice(None, Level::Debug, format!("node {node} takes the pod"), news);
            return None;
        }
        let conditions = status.conditions.as_deref().unwrap_or_default();
        let unschedulable = conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False")?;
        let message = format!("no node can take the pod yet: {}", unschedulable.message.as_deref()?);
        self.notice(None, Level::Warning, message.clone(), news);
        Some(message)
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

#[cfg(test)]
mod tests;
