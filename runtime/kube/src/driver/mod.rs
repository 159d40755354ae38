//! The [`Driver`] over a cluster's API server.

mod cluster;
mod create;
mod delete;
mod exec;
mod follow;
mod logs;
mod pump;
mod standing;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use windlass_engine::ports::driver::{Driver, DriverError, Exec, PodEvent, SecretValues, StandingPod};
use windlass_model::plan::Target;
use windlass_model::pod::PodPlan;

use crate::agent::Agents;
use crate::connect::Connected;
pub(crate) use cluster::Cluster;
use watch::Watches;

/// Runs pods in one namespace of a cluster.
pub struct KubeDriver {
    cluster: Arc<Cluster>,
    agents: Agents,
    host: Option<String>,
    watches: Watches,
}

impl KubeDriver {
    /// A driver over a connection. `agents` are brought into the containers that windlass supervises.
    pub fn new(connected: Connected, agents: Agents) -> Self {
        let host = rustix::system::uname().nodename().to_str().ok().map(str::to_owned);
        Self { cluster: Arc::new(Cluster::new(connected)), agents, host, watches: Watches::default() }
    }
}

impl KubeDriver {
    async fn delete_pod(&self, pod: &str, grace: Duration) -> Result<(), DriverError> {
        if self.watches.is_unmade(pod) {
            self.watches.forget(pod);
            return Ok(());
        }
        self.watches.deleting(pod);
        let deleted = self.cluster.delete(pod, grace).await;
        self.watches.forget(pod);
        deleted
    }
}

#[async_trait]
impl Driver for KubeDriver {
    fn target(&self) -> &Target {
        &self.cluster.context.target
    }

    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError> {
        self.create_pod(pod, secrets).await
    }

    fn watch(&self, pod: &PodPlan) -> BoxStream<'static, PodEvent> {
        self.watches.take(&self.cluster, &pod.name)
    }

    async fn exec(&self, pod: &PodPlan, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        self.cluster.exec(&pod.name, container, argv).await
    }

    async fn log_tail(&self, pod: &PodPlan, container: &str, lines: u32) -> Result<Vec<u8>, DriverError> {
        self.cluster.log_tail(&pod.name, container, lines).await
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

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        self.delete_pod(&pod.name, Duration::ZERO).await
    }
}
