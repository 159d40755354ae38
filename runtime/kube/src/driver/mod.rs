//! The [`Driver`] over a cluster's API server.

mod create;
mod delete;
mod exec;
mod logs;
mod pump;
mod standing;
mod watch;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use k8s_openapi::api::core::v1::{ConfigMap, Event, Pod, Secret};
use kube::{Api, Client};
use windlass_engine::ports::driver::{Driver, DriverError, Exec, PodEvent, SecretValues, StandingPod};
use windlass_model::plan::Target;
use windlass_model::pod::PodPlan;

use crate::agent::Agents;
use crate::connect::{Connected, Context};
use crate::error::{Permission, Request};
use watch::Watches;

/// How long the API server may take over one request. It answers within milliseconds, or something is wrong.
const ANSWER_TIME: Duration = Duration::from_secs(30);

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
        let cluster = Arc::new(Cluster { client: connected.client, context: connected.context });
        Self { cluster, agents, host, watches: Watches::default() }
    }
}

/// A namespace of a cluster: what every part of the driver talks to.
struct Cluster {
    client: Client,
    context: Context,
}

impl Cluster {
    fn namespace(&self) -> &str {
        &self.context.namespace
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    fn events(&self) -> Api<Event> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    fn request<'a>(&'a self, verb: &'static str, resource: &'static str, object: &'a str) -> Request<'a> {
        Request {
            target: &self.context.label,
            namespace: self.namespace(),
            permission: Permission::new(verb, resource),
            object,
        }
    }

    /// Waits for an answer, for as long as one may take.
    async fn ask<T>(
        &self,
        request: &Request<'_>,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, DriverError> {
        match tokio::time::timeout(ANSWER_TIME, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(request.error(&error)),
            Err(_) => Err(DriverError::Unreachable {
                target: self.context.label.clone(),
                message: format!("no answer within {} s", ANSWER_TIME.as_secs()),
            }),
        }
    }

    /// A kubectl command for this namespace, for a person to type.
    fn kubectl(&self, command: &str) -> String {
        let kubeconfig = self.context.kubeconfig.iter().map(|file| format!("--kubeconfig {file} ")).collect::<String>();
        format!("kubectl {kubeconfig}--context {} --namespace {} {command}", self.context.name, self.namespace())
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
        self.watches.deleting(&pod.name);
        self.cluster.delete(&pod.name, grace).await
    }

    async fn list(&self) -> Result<Vec<StandingPod>, DriverError> {
        self.cluster.standing().await
    }

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        self.watches.deleting(&pod.name);
        self.cluster.delete(&pod.name, Duration::ZERO).await
    }
}
