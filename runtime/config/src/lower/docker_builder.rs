//! `docker_builder`: on the hosted service a machine with Docker on it; here a container with the Docker client, and the
//! daemon beside it.

use super::instance::Lowered;
use super::read::{Reader, last};
use crate::variables::{Binding, Expanded};
use crate::yaml::Entry;
use windlass_model::image::ImageReference;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::EnvVar;
use windlass_model::task::{Architecture, Instance, InstanceImage, Placement, Port, Sidecar};

/// Keys of such a task besides those of every task. The last two mean nothing in a container.
pub(super) const KEYS: [&str; 5] = ["cpu", "memory", "platform", "os_version", "use_static_ip"];

/// The daemon's port without TLS, which nothing outside the pod can reach.
const PORT: u16 = 2375;

/// The client's container runs scripts and sends the build context; the daemon does the work.
const CLIENT: Resources = Resources { cpu: MilliCpu(1000), memory: MebiBytes(1024), greedy: false };
const DAEMON_CPU: MilliCpu = MilliCpu(2000);
const DAEMON_MEMORY: MebiBytes = MebiBytes(4096);

/// The variable by which Docker clients find their daemon, and its value in such a task.
pub(super) fn docker_host() -> EnvVar {
    EnvVar::text("DOCKER_HOST", format!("tcp://localhost:{PORT}"))
}

/// The client and its daemon. `cpu` and `memory` of the task go to the daemon.
pub(super) fn instance(reader: Reader<'_>, task: &[Entry]) -> Lowered {
    if let Some(entry) = last(task, "platform") {
        match reader.known(entry) {
            Some(platform) if !platform.eq_ignore_ascii_case("linux") => {
                let reason = format!("`platform: {platform}` is asked for; windlass runs Linux containers only");
                return reader.not_here(entry.key.span, reason);
            }
            _ => {}
        }
    }
    let (Ok(client), Ok(daemon)) = (ImageReference::parse("docker:cli"), ImageReference::parse("docker:dind")) else {
        return Lowered::Invalid;
    };
    Lowered::Instance(Box::new(Instance {
        placement: Placement::Engine,
        image: InstanceImage::Reference(client),
        resources: CLIENT,
        privileged: false,
        use_in_memory_disk: false,
        architecture: architecture(reader),
        node_selector_terms: Vec::new(),
        registry_secret: None,
        sidecars: vec![Sidecar {
            name: "docker".to_owned(),
            image: daemon,
            resources: reader.resources(task, DAEMON_CPU, DAEMON_MEMORY),
            ports: vec![Port { host: None, container: PORT }],
            // Set but empty: unset would mean TLS, on another port.
            env: vec![EnvVar::text("DOCKER_TLS_CERTDIR", "")],
            args: None,
            readiness_command: None,
            privileged: true,
        }],
    }))
}

/// `CIRRUS_ARCH: arm64` under `env` is how the hosted service was asked for another architecture.
fn architecture(reader: Reader<'_>) -> Architecture {
    let asked = match reader.scope.get("CIRRUS_ARCH") {
        Some(Binding::Text(text)) => reader.scope.expand(text),
        _ => return Architecture::default(),
    };
    match asked {
        Expanded::Text(text) if matches!(text.as_str(), "arm64" | "aarch64") => Architecture::Arm64,
        _ => Architecture::Amd64,
    }
}
