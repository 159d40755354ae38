//! Containers that wait: whether they will ever start.

use windlass_engine::ports::driver::ContainerEnd;

use super::pull;

/// What can be expected of a container that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It is being started.
    Fine,
    /// It can never start as things are.
    Hopeless(Cause),
    /// It may start yet.
    Doubtful(Cause),
}

/// A cause in one sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Cause {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}

/// Judges a waiting container by the kubelet's reason and message (`pkg/kubelet/images/types.go` and
/// `pkg/kubelet/kuberuntime/kuberuntime_container.go` in kubernetes/kubernetes list the reasons).
pub(super) fn judge(reason: &str, message: &str, image: &str) -> Waiting {
    match reason {
        "" | "ContainerCreating" | "PodInitializing" => Waiting::Fine,
        "InvalidImageName" => Waiting::Hopeless(Cause::with_help(
            format!("`{image}` is not an image reference"),
            "an image is written [registry/]repository[:tag]",
        )),
        "ErrImageNeverPull" => Waiting::Hopeless(Cause::with_help(
            format!("image {image} is not on the node, and the pull policy is `Never`"),
            "bring the image to the node, or set the pull policy to `IfNotPresent`",
        )),
        "ErrImagePull" | "ImagePullBackOff" | "RegistryUnavailable" => pull::judge(message, image),
        "SignatureValidationFailed" => Waiting::Hopeless(Cause::new(format!("image {image} has no valid signature: {message}"))),
        "ImageInspectError" => Waiting::Doubtful(Cause::new(format!("the node cannot read image {image}: {message}"))),
        "CreateContainerConfigError" => configuration(message),
        "CreateContainerError" => creation(message, image),
        other => Waiting::Doubtful(Cause::new(format!("the container waits: {other}: {message}"))),
    }
}

/// A container that is started again and again, and ends each time.
pub(super) fn again_and_again(end: &ContainerEnd, times: i32) -> Cause {
    let end = match end {
        ContainerEnd::Exited(code) => format!("exited with code {code}"),
        ContainerEnd::Signalled(signal) => format!("was ended by signal {signal}"),
        ContainerEnd::OutOfMemory { .. } => "was OOM-killed".to_owned(),
        ContainerEnd::NotStarted(reason) => format!("could not be started: {reason}"),
    };
    Cause::new(format!("it was started {times} times, and the last time it {end}"))
}

/// The pod asks for something that is not there, or that the image does not allow.
fn configuration(message: &str) -> Waiting {
    let text = format!("the container cannot be configured: {message}");
    if message.contains("runAsNonRoot") {
        let help = "take an image that runs as another user than root and says its number, or say one with `runAsUser` in `pods: {securityContext: …}` of windlass.yaml";
        Waiting::Hopeless(Cause::with_help(text, help))
    } else if message.contains("not found") || message.contains("couldn't find key") {
        Waiting::Hopeless(Cause::new(text))
    } else {
        Waiting::Doubtful(Cause::new(text))
    }
}

/// The container runtime does not make the container.
fn creation(message: &str, image: &str) -> Waiting {
    let text = format!("the container cannot be created: {message}");
    if message.contains("no command specified") {
        let help = format!("image {image} has no entrypoint: give the container `args`, or another image");
        Waiting::Hopeless(Cause::with_help(text, help))
    } else if message.contains("deadline exceeded") || message.contains("is reserved for") || message.contains("timeout") {
        // The runtime is slow, and the kubelet asks again.
        Waiting::Doubtful(Cause::new(text))
    } else {
        Waiting::Hopeless(Cause::new(text))
    }
}
