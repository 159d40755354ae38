//! The port's driver for an engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::sync::mpsc;
use windlass_engine::ports::driver::{
    Driver, DriverError, Exec, ImageBuildError, LogPart, PodEvent, Pretender, SecretValues, StandingPod,
};
use windlass_model::plan::{ImageBuild, Target};
use windlass_model::pod::{MAIN, PodPlan};
use windlass_model::roles::Builders;
use windlass_working_copy::Upload;

use crate::ends::Condition;
use crate::engine::Engine;
use crate::names::Stamp;
use crate::removal::Chosen;
use crate::start::{BringUp, Prepared, Progress, Stage, StartError};
use crate::{clock, inventory, manifest, names, watch};

/// Runs pods on a container engine: the containers of a pod share the main one's network, as on Kubernetes, and everything is labelled,
/// so that a later windlass finds what an earlier one left.
pub struct EngineDriver {
    engine: Engine,
    agent: Bytes,
    target: Target,
    /// The pods that this process made.
    pods: Mutex<HashMap<String, Arc<Progress>>>,
    /// One image is built at a time: the next task that wants the same one finds it.
    building: tokio::sync::Mutex<()>,
}

impl EngineDriver {
    /// A driver on an engine. `agent` is the agent's program for the engine's architecture.
    pub fn new(engine: Engine, agent: Bytes) -> Self {
        Self { engine, agent, target: Target::Engine, pods: Mutex::default(), building: tokio::sync::Mutex::default() }
    }

    /// The same, which suggests these builders to whom the engine refuses a container.
    #[must_use]
    pub fn suggesting(mut self, builders: Builders) -> Self {
        self.engine.builders = Arc::new(builders);
        self
    }

    /// The engine that it drives.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn pods(&self) -> MutexGuard<'_, HashMap<String, Arc<Progress>>> {
        // The map is whole between any two of its calls, so a panic elsewhere did it no harm.
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, pod: &str) -> Option<Arc<Progress>> {
        self.pods().get(pod).cloned()
    }

    fn prepare(&self, pod: &PodPlan, secrets: &SecretValues, stamp: &Stamp) -> Result<Vec<Prepared>, StartError> {
        let prepare = |plan: &windlass_model::pod::ContainerPlan| {
            let body = manifest::container(pod, plan, &self.engine.facts, secrets, stamp)?;
            Ok(Prepared { plan: plan.clone(), body })
        };
        pod.containers.iter().map(prepare).collect()
    }
}

/// A mark for one creation.
fn mark() -> Result<String, DriverError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| DriverError::Other {
        target: "this machine".to_owned(),
        message: format!("it gives no random numbers: {error}"),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[async_trait]
impl Driver for EngineDriver {
    fn target(&self) -> &Target {
        &self.target
    }

    async fn build_image(
        &self,
        build: &ImageBuild,
        workspace: &Upload,
        tell: mpsc::UnboundedSender<String>,
    ) -> Result<(), ImageBuildError> {
        let _one = self.building.lock().await;
        self.engine.build(build, workspace, tell).await
    }

    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError> {
        // A creation that is tried again goes on with what the first attempt made.
        let mark = match self.progress(&pod.name) {
            Some(known) => known.mark().to_owned(),
            None => mark()?,
        };
        let stamp = Stamp { now: clock::now(), mark };
        let containers = self.prepare(pod, secrets, &stamp).map_err(|e| DriverError::Refused {
            help: e.help(&self.engine.advice()).unwrap_or_else(|| "correct the plan".into()),
            message: crate::error::chain(&e),
        })?;
        self.engine.docker.ping().await.map_err(|e| self.engine.error(&e))?;
        let progress = Arc::new(Progress::new(stamp.mark.clone()));
        {
            let mut pods = self.pods();
            if pods.get(&pod.name).is_some_and(|known| !known.has_failed()) {
                return Ok(());
            }
            pods.insert(pod.name.clone(), Arc::clone(&progress));
        }
        let agent = self.agent.clone();
        let bring_up = BringUp { engine: self.engine.clone(), pod: pod.clone(), containers, agent, stamp, progress };
        tokio::spawn(bring_up.run());
        Ok(())
    }

    fn watch(&self, pod: &PodPlan) -> BoxStream<'static, PodEvent> {
        let progress = self.progress(&pod.name).map(|p| p.watcher());
        watch::watch(self.engine.clone(), pod.name.clone(), progress)
    }

    async fn exec(&self, pod: &PodPlan, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        self.engine.exec(&names::container(&pod.name, container), container, argv).await
    }

    async fn log_tail(&self, pod: &PodPlan, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError> {
        self.engine.log_tail(&names::container(&pod.name, container), container, part).await
    }

    fn follow_log(&self, pod: &PodPlan, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>> {
        self.engine.follow_log(&names::container(&pod.name, container), container)
    }

    async fn ended_after(&self, pod: &PodPlan, container: &str) -> Result<Option<Duration>, DriverError> {
        let look = async |name: &str| {
            let found = self.engine.container(&names::container(&pod.name, name)).await;
            found.map_err(|e| self.engine.error(&e)).map(|found| found.and_then(|found| found.state))
        };
        let (main, other) = (look(MAIN).await?, look(container).await?);
        Ok(crate::ends::after(main.as_ref(), other.as_ref()))
    }

    async fn autopsy(&self, pod: &PodPlan) -> Result<Vec<PodEvent>, DriverError> {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for plan in &pod.containers {
            let inspected = self.engine.container(&names::container(&pod.name, &plan.name)).await;
            match inspected.map_err(|e| self.engine.error(&e))? {
                None => missing.push(plan.name.as_str()),
                Some(container) => match crate::ends::condition(&container) {
                    Condition::Ended(end) => found.push(PodEvent::Ended { container: plan.name.clone(), end }),
                    Condition::Running => found.push(PodEvent::Running { container: plan.name.clone() }),
                    Condition::Waiting => {}
                },
            }
        }
        if missing.len() == pod.containers.len() {
            return Ok(vec![PodEvent::Gone]);
        }
        let starting = self.progress(&pod.name).is_some_and(|p| p.watcher().borrow().stage == Stage::Starting);
        if !missing.is_empty() && !starting {
            found.push(PodEvent::Lost {
                message: format!("container {} is no longer on the engine: somebody removed it", missing.join(", ")),
                help: None,
            });
        }
        Ok(found)
    }

    async fn delete(&self, pod: &PodPlan, grace: Duration) -> Result<(), DriverError> {
        // What this driver did not make, it leaves.
        let Some(progress) = self.progress(&pod.name) else { return Ok(()) };
        progress.cancel();
        progress.settled().await;
        progress.reach(Stage::Deleting);
        let made_here = Chosen { pod: pod.name.clone(), mark: Some(progress.mark().to_owned()), expired_at: None };
        self.engine.remove_pod(&made_here, grace).await?;
        progress.reach(Stage::Deleted);
        self.pods().remove(&pod.name);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<StandingPod>, DriverError> {
        Ok(inventory::standing(&self.engine.labelled(None).await.map_err(|e| self.engine.error(&e))?, clock::now()))
    }

    async fn pretenders(&self) -> Result<Vec<Pretender>, DriverError> {
        Ok(inventory::pretenders(&self.engine.labelled(None).await.map_err(|e| self.engine.error(&e))?))
    }

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        // What was found for its deadline goes only as far as that is over for each part.
        let found = Chosen { pod: pod.name.clone(), mark: None, expired_at: pod.expired.then(clock::now) };
        self.engine.remove_pod(&found, Duration::ZERO).await
    }
}
