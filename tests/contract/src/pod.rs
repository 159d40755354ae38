//! Pods to test with, taken away when their test is over, however it ends; and what happens to them.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use windlass_engine::ports::driver::{PodEvent, SecretValues};
use windlass_model::plan::RunId;
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan, Process, PullPolicy, Security};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

use crate::{Subject, Tested};

/// Nothing in a test takes longer; what does has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Events of a pod.
pub(crate) type Events = BoxStream<'static, PodEvent>;

impl Subject {
    /// A pod of one supervised container, of a run of its own.
    pub(crate) fn pod(&self, task: &str) -> PodPlan {
        let run = RunId::from_random(RandomState::new().hash_one(task));
        PodPlan {
            name: format!("windlass-{run}-{task}"),
            run: run.to_string(),
            task: format!("the task {task}"),
            containers: vec![self.container(MAIN, Process::Supervised)],
            volumes: Vec::new(),
            registries: Vec::new(),
            host_aliases: Vec::new(),
            pull_policy: PullPolicy::Never,
            registry_secret: None,
            secrets: Vec::new(),
            architecture: Architecture::Amd64,
            node_selector_terms: Vec::new(),
            fields: PodFields::default(),
            deadline_seconds: 600,
        }
    }

    pub(crate) fn container(&self, name: &str, process: Process) -> ContainerPlan {
        ContainerPlan {
            name: name.into(),
            image: self.image.clone(),
            process,
            env: Vec::new(),
            resources: Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
            security: Security::default(),
            ports: Vec::new(),
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        }
    }

    /// A container beside the main one whose first process is a shell script.
    pub(crate) fn sidecar(&self, name: &str, script: &str) -> ContainerPlan {
        let args = ["sh", "-c", script].map(str::to_owned).into();
        self.container(name, Process::Image { args: Some(args) })
    }

    /// Creates a pod, runs a test on what happens to it, and deletes it in any case.
    pub(crate) async fn with(
        &self,
        pod: &PodPlan,
        secrets: &SecretValues,
        test: impl AsyncFnOnce(&mut Events) -> Tested,
    ) -> Tested {
        let outcome = async {
            self.driver.create(pod, secrets).await?;
            let mut events = self.driver.watch(pod);
            test(&mut events).await
        };
        let outcome = AssertUnwindSafe(outcome).catch_unwind().await;
        let deleted = self.driver.delete(pod, Duration::ZERO).await;
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(deleted?)
    }

    /// Runs a command to its end with this input; its output and exit code.
    pub(crate) async fn run(
        &self,
        pod: &PodPlan,
        argv: &[&str],
        input: &[u8],
    ) -> Result<(Vec<u8>, i32), Box<dyn std::error::Error>> {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let exec = self.driver.exec(pod, MAIN, &argv).await?;
        let (mut stdin, mut stdout) = (exec.stdin, exec.stdout);
        let mut output = Vec::new();
        let feed = async {
            stdin.write_all(input).await?;
            stdin.shutdown().await?;
            drop(stdin);
            Ok::<_, std::io::Error>(())
        };
        let talk = async { tokio::try_join!(feed, stdout.read_to_end(&mut output)) };
        tokio::time::timeout(PATIENCE, talk).await??;
        Ok((output, tokio::time::timeout(PATIENCE, exec.done).await??))
    }

    /// Whether the driver lists the pod.
    pub(crate) async fn stands(&self, pod: &PodPlan) -> Result<bool, Box<dyn std::error::Error>> {
        Ok(self.driver.list().await?.iter().any(|standing| standing.name == pod.name))
    }
}

/// Waits until a container runs.
pub(crate) async fn running(events: &mut Events, container: &str) -> Tested {
    next(events, |e| matches!(e, PodEvent::Running { container: c } if c == container)).await.map(drop)
}

/// The next event of a kind; those before it are passed over.
pub(crate) async fn next(
    events: &mut Events,
    wanted: impl Fn(&PodEvent) -> bool,
) -> Result<PodEvent, Box<dyn std::error::Error>> {
    let mut before = Vec::new();
    let search = async {
        while let Some(event) = events.next().await {
            if wanted(&event) {
                return Some(event);
            }
            before.push(event);
        }
        None
    };
    match tokio::time::timeout(PATIENCE, search).await {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(format!("the events ended with {before:?}").into()),
        Err(_) => Err(format!("no such event in {} s, only {before:?}", PATIENCE.as_secs()).into()),
    }
}
