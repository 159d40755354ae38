//! The containers of a pod, also those that windlass did not make: a mesh or a webhook of the cluster may have added some.

use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodStatus};

/// What a pod has a container for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It must end well before the next ones start.
    Init,
    /// An init container that runs beside the others and is started again when it ends.
    Restarted,
    /// It runs from the start of the pod to its end.
    Ordinary,
    /// Somebody attached it to look at the pod.
    Ephemeral,
}

/// The states of all containers, in the order in which they start.
pub(super) fn all<'a>(pod: &'a Pod, status: &'a PodStatus) -> impl Iterator<Item = (Role, &'a ContainerStatus)> {
    let init = status.init_container_statuses.iter().flatten().map(|status| (init_role(pod, &status.name), status));
    let ordinary = status.container_statuses.iter().flatten().map(|status| (Role::Ordinary, status));
    let ephemeral = status.ephemeral_container_statuses.iter().flatten().map(|status| (Role::Ephemeral, status));
    init.chain(ordinary).chain(ephemeral)
}

fn init_role(pod: &Pod, name: &str) -> Role {
    let is_restarted = |container: &Container| container.restart_policy.as_deref() == Some("Always");
    match planned(pod, name) {
        Some(container) if is_restarted(container) => Role::Restarted,
        _ => Role::Init,
    }
}

/// A container as the pod was accepted with it.
pub(super) fn planned<'a>(pod: &'a Pod, name: &str) -> Option<&'a Container> {
    let spec = pod.spec.as_ref()?;
    spec.containers.iter().chain(spec.init_containers.iter().flatten()).find(|container| container.name == name)
}
