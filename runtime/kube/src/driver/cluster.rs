//! A namespace of a cluster, and how it is asked.

use std::future::Future;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Pod, Secret, ServiceAccount};
use kube::{Api, Client};
use windlass_engine::ports::driver::DriverError;

use crate::connect::{Connected, Context};
use crate::error::{Permission, Request};

/// How long the API server may take over one request. It answers within milliseconds, or something is wrong.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A namespace of a cluster: what every part of the driver talks to.
pub(crate) struct Cluster {
    pub(super) client: Client,
    pub(super) context: Context,
}

impl Cluster {
    pub(crate) fn new(connected: Connected) -> Self {
        Self { client: connected.client, context: connected.context }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The cluster in words.
    pub(crate) fn label(&self) -> &str {
        &self.context.label
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.context.namespace
    }

    pub(crate) fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub(crate) fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub(crate) fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub(crate) fn events(&self) -> Api<Event> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub(crate) fn service_accounts(&self) -> Api<ServiceAccount> {
        Api::namespaced(self.client.clone(), self.namespace())
    }

    pub(crate) fn namespaces(&self) -> Api<Namespace> {
        Api::all(self.client.clone())
    }

    /// What is asked for, for the message when it is refused.
    pub(crate) fn request<'a>(&'a self, verb: &'static str, resource: &'static str, object: &'a str) -> Request<'a> {
        Request::new(&self.context.label, self.namespace(), Permission::new(verb, resource), object)
    }

    /// Waits for an answer, for as long as one may take.
    pub(crate) async fn ask<T>(
        &self,
        request: &Request<'_>,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, DriverError> {
        match tokio::time::timeout(ANSWER_TIME, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(request.error(&error)),
            Err(_) => Err(self.no_answer()),
        }
    }

    /// A kubectl command for this namespace, for a person to type.
    pub(crate) fn kubectl(&self, command: &str) -> String {
        let kubeconfig = self.context.kubeconfig.iter().map(|file| format!("--kubeconfig {file} ")).collect::<String>();
        format!("kubectl {kubeconfig}--context {} --namespace {} {command}", self.context.name, self.namespace())
    }
}
