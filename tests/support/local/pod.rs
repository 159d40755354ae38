//! A pod: its processes, and what happened to it.

use std::time::{Duration, Instant};

use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use windlass_engine::ports::driver::{DriverError, PodEvent, StandingPod};
use windlass_model::pod::{MAIN, PodPlan};

use super::program::other;

/// What stands of a pod, and what is known of it.
pub struct Pod {
    pub agent: Option<Child>,
    pub sidecars: Vec<JoinHandle<()>>,
    pub run: String,
    pub task: String,
    pub created: Instant,
    pub deadline: Duration,
    pub happened: Vec<PodEvent>,
    /// When each of these events happened.
    pub times: Vec<Instant>,
    pub watchers: Vec<mpsc::UnboundedSender<PodEvent>>,
}

impl Pod {
    /// One of which nothing stands yet.
    pub fn new(pod: &PodPlan) -> Self {
        Self {
            agent: None,
            sidecars: Vec::new(),
            run: pod.run.clone(),
            task: pod.task.clone(),
            created: Instant::now(),
            deadline: Duration::from_secs(pod.deadline_seconds),
            happened: Vec::new(),
            times: Vec::new(),
            watchers: Vec::new(),
        }
    }

    pub fn tell(&mut self, event: PodEvent) {
        self.watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
        self.happened.push(event);
        self.times.push(Instant::now());
    }

    /// How long after the main container's start another one ended.
    pub fn ended_after(&self, container: &str) -> Option<Duration> {
        let time = |wanted: &dyn Fn(&PodEvent) -> bool| {
            self.happened.iter().zip(&self.times).find(|(event, _)| wanted(event)).map(|(_, time)| *time)
        };
        let started = time(&|event| matches!(event, PodEvent::Running { container } if container == MAIN))?;
        let ended = time(&|event| matches!(event, PodEvent::Ended { container: c, .. } if c == container))?;
        ended.checked_duration_since(started)
    }

    pub fn has_ended(&self, container: &str) -> bool {
        self.happened.iter().any(|e| matches!(e, PodEvent::Ended { container: c, .. } if c == container))
    }

    /// It, as the driver lists it.
    pub fn standing(&self, name: &str) -> StandingPod {
        StandingPod {
            name: name.to_owned(),
            run: self.run.clone(),
            task: self.task.clone(),
            age: self.created.elapsed(),
            state: "Running".into(),
            expired: self.created.elapsed() >= self.deadline,
        }
    }

    /// Ends its processes.
    pub async fn end(mut self) -> Result<(), DriverError> {
        for sidecar in &self.sidecars {
            // Its process is killed with the task that waits for it.
            sidecar.abort();
        }
        if let Some(mut agent) = self.agent.take() {
            agent.kill().await.map_err(|e| other(e.to_string()))?;
        }
        self.tell(PodEvent::Gone);
        Ok(())
    }
}
