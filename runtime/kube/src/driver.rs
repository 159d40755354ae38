//! The [`Driver`] over a cluster's API server.

mod answered;
mod ask;
mod cluster;
mod create;
mod delete;
mod exec;
mod follow;
mod logs;
mod look;
mod made;
mod make;
mod pump;
mod remove;
mod standing;
mod turn;
mod waits;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use windlass_engine::ports::driver::{Driver, DriverError, Exec, LogPart, PodEvent, Pretender, SecretValues, StandingPod};
use windlass_model::event::Level;
use windlass_model::plan::Target;
use windlass_model::pod::PodPlan;

use crate::agent::Agents;
use crate::connect::Connected;
pub(crate) use cluster::Cluster;
use made::Creations;
use watch::Watches;

/// Runs pods in one namespace of a cluster.
pub struct KubeDriver {
    cluster: Arc<Cluster>,
    agents: Agents,
    host: Option<String>,
    watches: Watches,
    creations: Creations,
}

impl KubeDriver {
    /// A driver over a connection. `agents` are brought into the containers that windlass supervises.
    pub fn new(connected: Connected, agents: Agents) -> Self {
        let host = rustix::system::uname().nodename().to_str().ok().map(str::to_owned);
        Self {
            cluster: Arc::new(Cluster::new(connected)),
            agents,
            host,
            watches: Watches::default(),
            creations: Creations::default(),
        }
    }
}

impl KubeDriver {
    /// Deletes what this driver made of a pod. What it did not make, it leaves.
    async fn delete_pod(&self, pod: &str, grace: Duration) -> Result<(), DriverError> {
        let Some(creation) = self.creations.get(pod) else {
            self.cluster.waits.forget(pod);
            return Ok(());
        };
        creation.give_up();
        creation.settled().await;
        let may_stand = creation.may_stand();
        let deleted = if may_stand.is_empty() {
            Ok(())
        } else {
            self.watches.deleting(pod);
            self.cluster.delete_made(&creation, &may_stand, grace).await
        };
        self.watches.forget(pod);
        self.cluster.waits.forget(pod);
        if deleted.is_ok() {
            self.creations.forget(pod);
        }
        deleted
    }
}

#[async_trait]
impl Driver for KubeDriver {
    fn target(&self) -> &Target {
        &self.cluster.context.target
    }

    fn patience(&self) -> Duration {
        self.cluster.context.patience.api
    }

    fn creation_time(&self) -> Duration {
        // The Secrets and the watch side by side, then the pod.
        self.cluster.context.patience.api * 2 + self.cluster.context.patience.room
    }

    fn tell_waits(&self, pod: &PodPlan, tell: mpsc::UnboundedSender<(Level, String)>) {
        self.cluster.waits.listen(&pod.name, tell);
    }

    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError> {
        self.create_pod(pod, secrets).await
    }

    fn give_up(&self, pod: &PodPlan) {
        // Also one that is yet to begin: it ends where it does. Without random numbers none begins.
        if let Ok(creation) = self.creations.begin(&pod.name) {
            creation.give_up();
        }
    }

    fn watch(&self, pod: &PodPlan) -> BoxStream<'static, PodEvent> {
        self.watches.take(&self.cluster, &pod.name)
    }

    async fn exec(&self, pod: &PodPlan, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        self.cluster.exec(&pod.name, container, argv).await
    }

    async fn log_tail(&self, pod: &PodPlan, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError> {
        self.cluster.log_tail(&pod.name, container, part).await
    }

    fn follow_log(&self, pod: &PodPlan, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>> {
        self.cluster.follow_log(&pod.name, container)
    }

    async fn ended_after(&self, pod: &PodPlan, container: &str) -> Result<Option<Duration>, DriverError> {
        self.cluster.ended_after(&pod.name, container).await
    }

    async fn autopsy(&self, pod: &PodPlan) -> Result<Vec<PodEvent>, DriverError> {
        self.cluster.autopsy(&pod.name, self.watches.is_deleting(&pod.name)).await
    }

    async fn delete(&self, pod: &PodPlan, grace: Duration) -> Result<(), DriverError> {
        self.delete_pod(&pod.name, grace).await
    }

    async fn list(&self) -> Result<Vec<StandingPod>, DriverError> {
        self.cluster.standing().await
    }

    async fn pretenders(&self) -> Result<Vec<Pretender>, DriverError> {
        self.cluster.pretenders().await
    }

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        self.watches.deleting(&pod.name);
        let removed = self.cluster.remove(pod).await;
        self.watches.forget(&pod.name);
        removed
    }
}
