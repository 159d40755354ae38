//! A driver and the pods of one test, taken away when the test is over, however it ends.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windlass_container_engine::{Address, EngineDriver, Facts, connect_to};
use windlass_engine::ports::driver::{Driver, PodEvent, SecretValues};
use windlass_model::pod::PodPlan;

use super::{Tested, none};

/// No step of a test takes longer; what does has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// One test's view of the engine.
pub struct Scene {
    pub driver: Arc<EngineDriver>,
    /// What the engine says of itself.
    pub facts: Facts,
}

/// Runs a test on the engine.
pub fn scene<F>(test: impl FnOnce(Scene) -> F)
where
    F: Future<Output = Tested>,
{
    let socket = std::env::var("WINDLASS_TEST_ENGINE_SOCKET");
    let socket = socket
        .unwrap_or_else(|_| panic!("`source <(tests/cluster/env.sh)` names the engine that tests/cluster/engine-up.sh starts"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap_or_else(|e| panic!("no runtime: {e}"));
    let outcome = runtime.block_on(async {
        let engine = connect_to(&Address::Unix(socket.into())).await?;
        let facts = engine.facts().clone();
        let driver = EngineDriver::new(engine, Bytes::from_static(windlass_contract::program()));
        test(Scene { driver: Arc::new(driver), facts }).await
    });
    if let Err(e) = outcome {
        panic!("{e}");
    }
}

impl Scene {
    /// Creates a pod, waits until all its containers run, runs the test on it, and deletes it in any case.
    pub async fn with_running<F>(&self, pod: &PodPlan, secrets: &SecretValues, test: impl FnOnce() -> F) -> Tested
    where
        F: Future<Output = Tested>,
    {
        self.with_created(pod, secrets, async |events| {
            for _ in &pod.containers {
                next(events, |e| matches!(e, PodEvent::Running { .. })).await?;
            }
            test().await
        })
        .await
    }

    /// Creates a pod, runs the test on its events, and deletes it in any case.
    pub async fn with_created(
        &self,
        pod: &PodPlan,
        secrets: &SecretValues,
        test: impl AsyncFnOnce(&mut BoxStream<'static, PodEvent>) -> Tested,
    ) -> Tested {
        self.driver.create(pod, secrets).await?;
        let mut events = self.driver.watch(pod);
        let outcome = AssertUnwindSafe(test(&mut events)).catch_unwind().await;
        self.driver.delete(pod, Duration::ZERO).await?;
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// The same, without secrets.
    pub async fn run<F>(&self, pod: &PodPlan, test: impl FnOnce() -> F) -> Tested
    where
        F: Future<Output = Tested>,
    {
        self.with_running(pod, &none(), test).await
    }

    /// Runs a command to its end with this input; its output and exit code.
    pub async fn output(
        &self,
        pod: &PodPlan,
        container: &str,
        argv: &[&str],
        input: &[u8],
    ) -> Result<(Vec<u8>, i32), Box<dyn std::error::Error>> {
        let exec = self.driver.exec(pod, container, &super::words(argv)).await?;
        let (mut stdin, mut stdout) = (exec.stdin, exec.stdout);
        let mut output = Vec::new();
        let feed = async {
            stdin.write_all(input).await?;
            drop(stdin);
            Ok::<_, std::io::Error>(())
        };
        let talk = async { tokio::try_join!(feed, stdout.read_to_end(&mut output)) };
        tokio::time::timeout(PATIENCE, talk).await??;
        let code = tokio::time::timeout(PATIENCE, exec.done).await??;
        Ok((output, code))
    }

    /// Runs a shell command; what it printed.
    pub async fn sh(&self, pod: &PodPlan, container: &str, script: &str) -> Result<String, Box<dyn std::error::Error>> {
        let (output, code) = self.output(pod, container, &["sh", "-c", script], b"").await?;
        let text = String::from_utf8(output)?;
        if code == 0 { Ok(text) } else { Err(format!("{script:?} ended with {code}: {text}").into()) }
    }
}

/// The next event of a kind; those before it are passed over, but for one that says it can never come.
pub async fn next(
    events: &mut BoxStream<'static, PodEvent>,
    wanted: impl Fn(&PodEvent) -> bool,
) -> Result<PodEvent, Box<dyn std::error::Error>> {
    let mut before = Vec::new();
    let search = async {
        while let Some(event) = events.next().await {
            if wanted(&event) {
                return Some(event);
            }
            let hopeless = matches!(event, PodEvent::CannotStart { .. });
            before.push(event);
            if hopeless {
                return None;
            }
        }
        None
    };
    match tokio::time::timeout(PATIENCE, search).await {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(format!("the events ended with {before:?}").into()),
        Err(_) => Err(format!("no such event in {} s, only {before:?}", PATIENCE.as_secs()).into()),
    }
}
