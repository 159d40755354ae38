//! Causes in one sentence: what a driver, a plugin or a dead container says, as a failure for a person.

use windlass_model::event::{Failure, FailureKind};
use windlass_model::pod::{MAIN, PodPlan};

use crate::ports::driver::{ContainerEnd, DriverError, ImageBuildError, PodEvent};
use crate::ports::plugin::PluginError;

fn failure(kind: FailureKind, message: String, help: Option<String>) -> Failure {
    Failure { kind, message, exit_code: None, help }
}

/// A driver's error.
pub(super) fn of_driver(error: &DriverError) -> Failure {
    failure(FailureKind::Cluster, error.to_string(), error.help())
}

/// Why an image was not built.
pub(super) fn of_image_build(error: &ImageBuildError) -> Failure {
    match error {
        ImageBuildError::Failed { exit_code, .. } => {
            Failure { exit_code: *exit_code, ..failure(FailureKind::Task, error.to_string(), None) }
        }
        ImageBuildError::Driver(error) => of_driver(error),
    }
}

/// An error of a plugin; `files` are the settings that decide what it may do.
pub(super) fn of_plugin(error: PluginError, files: &[String]) -> Failure {
    let message = error.to_string();
    match error {
        PluginError::Failed { exit_code, .. } => Failure { kind: FailureKind::Task, message, exit_code, help: None },
        PluginError::Denied { grant, detail, .. } => {
            let message = if detail.is_empty() { message } else { format!("{message} ({detail})") };
            let files = if files.is_empty() { "windlass.yaml".to_owned() } else { files.join(" and in ") };
            let help = format!("to grant it, write in {files}, replacing what it says about this plugin:\n{grant}");
            failure(FailureKind::Plugin, message, Some(help))
        }
        PluginError::Trapped { frames, .. } => {
            let help = (!frames.is_empty()).then(|| format!("this is a bug in the plugin; its frames:\n{}", frames.join("\n")));
            failure(FailureKind::Plugin, message, help)
        }
        PluginError::NotFound { .. }
        | PluginError::Unloadable { .. }
        | PluginError::Unsupported { .. }
        | PluginError::Invalid { .. } => failure(FailureKind::Plugin, message, None),
        PluginError::Cancelled => failure(FailureKind::Task, message, None),
        PluginError::Infrastructure { .. } => failure(FailureKind::Cluster, message, None),
    }
}

/// How a container ended, as a sentence without its end: "dockerdaemon was OOM-killed at 3500Mi".
pub(super) fn end_in_words(container: &str, end: &ContainerEnd) -> String {
    match end {
        ContainerEnd::Exited(code) => format!("{container} exited with code {code}"),
        ContainerEnd::Signalled(signal) => format!("{container} was ended by signal {signal}"),
        ContainerEnd::OutOfMemory { limit: Some(limit) } => format!("{container} was OOM-killed at {limit}"),
        ContainerEnd::OutOfMemory { limit: None } => format!("{container} was OOM-killed"),
        ContainerEnd::NotStarted(reason) => format!("{container} could not be started: {reason}"),
    }
}

/// What to do about it, when that is plain.
pub(super) fn end_help(pod: &PodPlan, container: &str, end: &ContainerEnd) -> Option<String> {
    let ContainerEnd::OutOfMemory { .. } = end else { return None };
    let step = pod.container(container)?.brought_by.as_deref();
    Some(match step {
        Some(step) => format!("give it more `memory` in the `with` of step {step}, which brought {container}"),
        None if container == MAIN => "give the task more `memory`".into(),
        None => format!("give {container} more `memory` in additional_containers"),
    })
}

/// A fault of a container. One that is not planned was put into the pod by the cluster, which can mend it alone.
fn of_container(pod: &PodPlan, container: Option<&str>, message: String, help: Option<String>) -> Failure {
    match container.filter(|container| pod.container(container).is_none()) {
        None => failure(FailureKind::Task, message, help),
        Some(container) => {
            let foreign = format!(
                "the task has no container {container}: something in the cluster adds it to pods (a service mesh, an admission webhook); \
                 ask who runs the cluster"
            );
            failure(
                FailureKind::Cluster,
                message,
                Some(help.map_or_else(|| foreign.clone(), |help| format!("{help}; {foreign}"))),
            )
        }
    }
}

/// Why a pod cannot go on, if this event says so. Ends of sidecars do not: they are looked at when something fails.
pub(super) fn of_pod_event(pod: &PodPlan, event: &PodEvent) -> Option<Failure> {
    match event {
        PodEvent::CannotStart { container, message, help } => {
            let message = match container {
                Some(container) => format!("container {container} cannot start: {message}"),
                None => format!("the pod cannot start: {message}"),
            };
            Some(of_container(pod, container.as_deref(), message, help.clone()))
        }
        PodEvent::InitFailed { container, end } => {
            let message = format!("init container {}, so the pod never starts", end_in_words(container, end));
            Some(of_container(pod, Some(container), message, end_help(pod, container, end)))
        }
        PodEvent::Ended { container, end } if container == MAIN => {
            Some(failure(FailureKind::Task, end_in_words("the main container", end), end_help(pod, container, end)))
        }
        PodEvent::Lost { message, help } => Some(failure(FailureKind::Cluster, message.clone(), help.clone())),
        PodEvent::Gone => Some(failure(
            FailureKind::Cluster,
            "the pod was deleted by someone else".into(),
            Some("run the task again; find out who deletes pods in this namespace".into()),
        )),
        PodEvent::Notice { .. } | PodEvent::Running { .. } | PodEvent::Ended { .. } => None,
    }
}

/// The failure of a step during which processes were killed for want of memory: the container lives, so its end says nothing of it.
pub(super) fn with_memory(pod: &PodPlan, own: Failure, short: &[String]) -> Failure {
    let Some(container) = short.first() else { return own };
    let limit = pod.container(container).map(|planned| planned.resources.memory.to_string());
    let end = ContainerEnd::OutOfMemory { limit };
    // A builder's plugin may have told it already.
    let told = own.message.contains("memory");
    let message = if told { own.message } else { format!("{}: a process of {}", own.message, end_in_words(container, &end)) };
    Failure { message, help: own.help.or_else(|| end_help(pod, container, &end)), ..own }
}

/// The driver's refusal that lies behind a connection's error, when one does: no state of the pod explains it better.
pub(super) fn of_refused_connection(error: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refusal @ (DriverError::Forbidden { .. } | DriverError::Unauthenticated { .. })) = error.downcast_ref() {
            return Some(of_driver(refusal));
        }
        cause = error.source();
    }
    None
}

/// The cause of a lost agent: what the pod's own state says, else what the connection said.
pub(super) fn of_lost_agent(pod: &PodPlan, autopsy: &Result<Vec<PodEvent>, DriverError>, connection: String) -> Failure {
    let told = match autopsy {
        Ok(events) => events.iter().find_map(|event| of_pod_event(pod, event)),
        Err(error) => Some(of_driver(error)),
    };
    told.unwrap_or_else(|| {
        let help = Some(format!("the pod {} still runs: the network between here and the cluster is the likely cause", pod.name));
        failure(FailureKind::Cluster, connection, help)
    })
}

#[cfg(test)]
pub(super) mod tests;
