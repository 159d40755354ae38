//! A pod: its processes, and what happened to it.

use std::time::{Duration, Instant};

use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use windlass_engine::ports::driver::{DriverError, PodEvent, StandingPod};
use windlass_model::pod::PodPlan;

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
            watchers: Vec::new(),
        }
    }

    pub fn tell(&mut self, event: PodEvent) {
        self.watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
        self.happened.push(event);
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
