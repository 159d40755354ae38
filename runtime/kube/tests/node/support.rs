//! Finds the node, and makes pods for it that are deleted whatever becomes of the test.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use secrecy::SecretSlice;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use windlass_engine::ports::driver::{Driver as _, DriverError, PodEvent, SecretValues};
use windlass_kube::pod_security::Level;
use windlass_kube::{Agent, Agents, Connected, KubeDriver, Patience};
use windlass_model::image::ImageReference;
use windlass_model::plan::{RunId, Target};
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan, Process, PullPolicy};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::task::Architecture;

/// Stands in for the agent where only the driver is tested: it stays until it is told to go.
const STAND_IN: &[u8] = b"#!/bin/sh\necho \"$@\"\ntrap 'exit 143' TERM\nwhile :; do sleep 3600 & wait; done\n";

/// No test waits longer for anything to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The test node, as its `env.sh` describes it.
#[derive(Clone)]
pub struct Node {
    pub kubeconfig: String,
    pub context: String,
    pub namespace: String,
}

/// A variable of the node's description.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(format!("WINDLASS_TEST_{name}")).ok()
}

/// The node.
fn node() -> Option<Node> {
    Some(Node { kubeconfig: variable("KUBECONFIG")?, context: variable("CONTEXT")?, namespace: variable("NAMESPACE")? })
}

/// Runs a test on the node.
pub fn on_node<F: Future<Output = ()>>(body: impl FnOnce(Node) -> F) {
    let node = node().expect("`source <(tests/cluster/env.sh)` says where the node is, after `make cluster-up`");
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(body(node));
}

/// A connection that has two builders to suggest.
pub async fn connected(target: &Target, patience: Patience) -> Result<Connected, DriverError> {
    let builders = ["kaniko", "makisu"].map(|name| (name.to_owned(), Level::Baseline));
    Ok(Connected::open(target, patience).await?.suggesting(builders.into_iter().collect()))
}

/// A driver over it.
pub async fn connect(target: &Target, agents: Agents, patience: Patience) -> Result<KubeDriver, DriverError> {
    Ok(KubeDriver::new(connected(target, patience).await?, agents))
}

impl Node {
    pub fn target(&self) -> Target {
        Target::Kube {
            kubeconfig: Some(self.kubeconfig.clone()),
            context: self.context.clone(),
            namespace: self.namespace.clone(),
        }
    }

    pub fn in_namespace(self, name: &str) -> Self {
        Self { namespace: variable(name).unwrap(), ..self }
    }

    pub fn with_rights_of(self, name: &str) -> Self {
        let kubeconfig = variable(name).unwrap();
        let context = Kubeconfig::read_from(&kubeconfig).unwrap().current_context.unwrap();
        Self { kubeconfig, context, ..self }
    }

    /// The same node at another address, and the kubeconfig that says so, which is removed when it is dropped.
    pub fn by_way_of(&self, server: &str) -> (tempfile::NamedTempFile, Self) {
        let mut kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        for cluster in &mut kubeconfig.clusters {
            cluster.cluster.as_mut().unwrap().server = Some(server.to_owned());
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), serde_yaml::to_string(&kubeconfig).unwrap()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        (file, Self { kubeconfig: path, context: self.context.clone(), namespace: self.namespace.clone() })
    }

    /// The API server's address.
    pub fn server(&self) -> String {
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let server = kubeconfig.clusters[0].cluster.as_ref().unwrap().server.clone().unwrap();
        server.trim_start_matches("https://").trim_end_matches('/').to_owned()
    }

    pub async fn driver(&self) -> KubeDriver {
        connect(&self.target(), agents(), Patience::default()).await.unwrap()
    }

    /// A client beside the driver's, for looking at what it left.
    pub async fn client(&self) -> Client {
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).unwrap();
        let options = KubeConfigOptions { context: Some(self.context.clone()), ..KubeConfigOptions::default() };
        Client::try_from(Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap()).unwrap()
    }

    pub async fn objects(&self) -> Objects {
        let client = self.client().await;
        Objects {
            pods: Api::namespaced(client.clone(), &self.namespace),
            secrets: Api::namespaced(client.clone(), &self.namespace),
            config_maps: Api::namespaced(client, &self.namespace),
        }
    }
}

/// The namespace's objects, seen without the driver.
pub struct Objects {
    pub pods: Api<Pod>,
    pub secrets: Api<Secret>,
    pub config_maps: Api<ConfigMap>,
}

impl Objects {
    /// What stands of a pod.
    pub async fn of(&self, pod: &PodPlan) -> Vec<&'static str> {
        let secret = self.secrets.get_metadata_opt(&format!("{}-secret", pod.name)).await.unwrap();
        let agent = self.secrets.get_metadata_opt(&format!("{}-agent", pod.name)).await.unwrap();
        let pod = self.pods.get_opt(&pod.name).await.unwrap();
        let standing = [("pod", pod.is_some()), ("secret", secret.is_some()), ("agent", agent.is_some())];
        standing.into_iter().filter(|(_, stands)| *stands).map(|(what, _)| what).collect()
    }
}

pub fn agents() -> Agents {
    Agents::default().with(Architecture::Amd64, Agent::new(STAND_IN)).with(Architecture::Arm64, Agent::new(STAND_IN))
}

/// A pod with one supervised container, and a name and run of its own.
pub fn pod(task: &str) -> PodPlan {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let run = RunId::from_random(nanos ^ u64::from(std::process::id()) << 20 ^ u64::from(COUNT.fetch_add(1, Ordering::SeqCst)));
    PodPlan {
        pull_policy: PullPolicy::Never,
        ..PodPlan::new(format!("windlass-{run}-{task}"), run.to_string(), task, vec![container(MAIN, Process::Supervised)], 600)
    }
}

pub fn container(name: &str, process: Process) -> ContainerPlan {
    ContainerPlan::new(
        name,
        image("docker.io/library/busybox:latest"),
        process,
        Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
    )
}

pub fn image(reference: &str) -> ImageReference {
    ImageReference::parse(reference).unwrap()
}

/// A container that runs a line of shell.
pub fn sidecar(name: &str, line: &str) -> ContainerPlan {
    let args = ["sh", "-c", line].map(str::to_owned).into();
    container(name, Process::Image { args: Some(args) })
}

/// A sidecar that has a secret in its environment, and so the pod's Secret has it.
pub fn keeper(name: &str) -> ContainerPlan {
    let mut keeper = sidecar("keeper", "exec sleep 3600");
    keeper.env = vec![EnvVar { name: name.to_owned(), value: EnvValue::Secret(secret_name(name)) }];
    keeper
}

pub fn secret_name(name: &str) -> SecretName {
    SecretName::new(name).unwrap()
}

pub fn values(pairs: &[(&str, &str)]) -> SecretValues {
    let value = |(name, value): &(&str, &str)| (secret_name(name), SecretSlice::from(value.as_bytes().to_vec()));
    pairs.iter().map(value).collect::<BTreeMap<_, _>>()
}

/// Runs a test with a pod that is deleted afterwards, also when the test fails.
pub async fn with_pod<F: Future<Output = ()>>(driver: &KubeDriver, pod: &PodPlan, body: F) {
    let result = AssertUnwindSafe(body).catch_unwind().await;
    let deleted = driver.delete(pod, Duration::ZERO).await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
    deleted.unwrap();
}

/// Waits for an event of a pod, and returns what came until then, it included.
pub async fn wait_for(
    events: &mut BoxStream<'static, PodEvent>,
    what: &str,
    wanted: impl Fn(&PodEvent) -> bool,
) -> Vec<PodEvent> {
    let mut seen = Vec::new();
    let found = async {
        while let Some(event) = events.next().await {
            let done = wanted(&event);
            seen.push(event);
            if done {
                return true;
            }
        }
        false
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    assert!(matches!(found, Ok(true)), "waited for {what}, and saw only {seen:#?}");
    seen
}

pub async fn wait_until_running(events: &mut BoxStream<'static, PodEvent>, container: &str) -> Vec<PodEvent> {
    let running = PodEvent::Running { container: container.to_owned() };
    wait_for(events, "the container to run", |event| *event == running).await
}

/// Runs a command to its end, with nothing to read.
pub async fn run(driver: &KubeDriver, pod: &PodPlan, container: &str, argv: &[&str]) -> Result<(i32, String), DriverError> {
    let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
    let mut exec = driver.exec(pod, container, &argv).await?;
    exec.stdin.shutdown().await.unwrap();
    let mut output = String::new();
    exec.stdout.read_to_string(&mut output).await.unwrap();
    Ok((exec.done.await?, output))
}
