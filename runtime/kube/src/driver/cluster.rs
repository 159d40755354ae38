//! A namespace of a cluster: what is in it, and whom to name when something is wrong.

use k8s_openapi::api::core::v1::{ConfigMap, Event, Namespace, Pod, Secret, ServiceAccount};
use kube::{Api, Client};
use windlass_model::roles::Builders;

use super::answered::Answered;
use super::waits::Waits;
use crate::connect::{Connected, Context, Respite};
use crate::error::{Permission, Request};

/// A namespace of a cluster: what every part of the driver talks to.
pub(crate) struct Cluster {
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) respite: Respite,
    pub(super) answered: Answered,
    pub(super) waits: Waits,
}

impl Cluster {
    pub(crate) fn new(connected: Connected) -> Self {
        let Connected { client, context, respite } = connected;
        Self { client, context, respite, answered: Answered::default(), waits: Waits::default() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The builders that can be suggested to whom this cluster refuses a pod.
    pub(crate) fn builders(&self) -> &Builders {
        &self.context.builders
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
        Request::new(&self.context.label, &self.context.server, self.namespace(), Permission::new(verb, resource), object)
    }

    /// A kubectl command for this namespace, for a person to type.
    pub(crate) fn kubectl(&self, command: &str) -> String {
        let kubeconfig = self.context.kubeconfig.iter().map(|file| format!("--kubeconfig {file} ")).collect::<String>();
        format!("kubectl {kubeconfig}--context {} --namespace {} {command}", self.context.name, self.namespace())
    }
}
