//! Pods to test with, and a way through their events.

mod agent;
mod scene;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use windlass_model::image::ImageReference;
use windlass_model::pod::{ContainerPlan, PodPlan, Process, PullPolicy, Security};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

pub use agent::client;
pub use scene::{next, scene};

/// What a test returns: any failure, in words.
pub type Tested = Result<(), Box<dyn std::error::Error>>;

/// A small Linux with a shell, user 0.
pub const BUSYBOX: &str = "docker.io/library/busybox:latest";
/// The same, made for user 1000.
pub const NONROOT: &str = "docker.io/windlass/nonroot:latest";
/// Made from scratch: no shell, no library, no `/etc`.
pub const EMPTY: &str = "docker.io/windlass/empty:latest";

/// A name that no other test has, in this process or another.
fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("windlass-testtest-{}-{}-{name}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A pod of one supervised container.
pub fn pod(name: &str, image: &str) -> PodPlan {
    PodPlan {
        name: unique(name),
        run: "testtest".into(),
        task: format!("the task {name}"),
        containers: vec![container("main", image, Process::Supervised)],
        volumes: Vec::new(),
        registries: Vec::new(),
        host_aliases: Vec::new(),
        pull_policy: PullPolicy::IfNotPresent,
        registry_secret: None,
        secrets: Vec::new(),
        architecture: Architecture::Amd64,
        node_selector_terms: Vec::new(),
        fields: PodFields::default(),
        deadline_seconds: 600,
    }
}

/// A container that asks for little.
pub fn container(name: &str, image: &str, process: Process) -> ContainerPlan {
    ContainerPlan {
        name: name.into(),
        image: ImageReference::parse(image).unwrap_or_else(|e| panic!("{e}")),
        process,
        env: Vec::new(),
        resources: Resources { cpu: MilliCpu(500), memory: MebiBytes(128), greedy: true },
        security: Security::default(),
        ports: Vec::new(),
        mounts: Vec::new(),
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    }
}

/// A sidecar on busybox whose first process is a shell script.
pub fn sidecar(name: &str, script: &str) -> ContainerPlan {
    container(name, BUSYBOX, Process::Image { args: Some(words(&["sh", "-c", script])) })
}

/// Words as a command takes them.
pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// No secrets.
pub fn none() -> windlass_engine::ports::driver::SecretValues {
    BTreeMap::new()
}
