//! The mover of a task: started when it is first needed, and again when its stream was cut.

use std::sync::{Arc, OnceLock};

use tokio::sync::{Mutex, OnceCell};
use tokio_util::task::AbortOnDropHandle;
use windlass_agent_client::protocol::message::Content;
use windlass_cache_store::{Attempt, Attempts, Caches, Looked, Miss, Stored};
use windlass_model::plan::{RunId, TaskPlan};
use windlass_model::pod::MAIN;
use windlass_mover_client::protocol::{Failed, Order, Outcome};
use windlass_mover_client::{Connection, Depot, Mover, MoverError};

use super::super::agents::watched;
use super::super::context::TaskContext;
use super::key::Key;
use super::shown::Shown;
use crate::ports::driver::DriverError;

/// How often an order is given whose mover was lost on the way.
const ATTEMPTS: u32 = 3;

/// Where the program lies, below the agent's private directory.
const PROGRAM: &str = "mover/windlass-mover";

/// Starts the movers of one task.
pub(in super::super) struct Movers {
    /// The program.
    program: &'static [u8],
    /// Where its bytes come from and go to.
    pub(super) caches: Caches,
    /// The run, by which entries are noted.
    pub(super) run: String,
    task: Arc<TaskPlan>,
    /// Where what became of the caches is noted.
    attempts: Option<Attempts>,
    /// Why the store could not be asked, once it could not: each question would take as long again.
    pub(super) down: OnceLock<Miss>,
    running: Mutex<Option<Arc<Mover>>>,
    /// Set once a step has looked whether the task has an HTTP cache: what keeps it answering, if it has.
    pub(super) serving: OnceCell<Option<AbortOnDropHandle<()>>>,
}

/// Why there is no mover.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoMover {
    /// The container cannot be reached.
    #[error("the main container cannot be reached")]
    NoAgent,
    /// The program cannot be placed in the container.
    #[error("its program cannot be written into the container")]
    NotPlaced(#[source] windlass_agent_client::ClientError),
    /// The program cannot be run there.
    #[error("its program cannot be run in the container")]
    NotStarted(#[source] DriverError),
    /// It does not answer, or was lost again and again.
    #[error("it was lost")]
    Lost(#[source] MoverError),
}

impl Movers {
    pub(in super::super) fn new(
        program: &'static [u8],
        caches: Caches,
        task: Arc<TaskPlan>,
        run: &RunId,
        attempts: Option<Attempts>,
    ) -> Self {
        Self {
            program,
            caches,
            run: run.to_string(),
            task,
            attempts,
            down: OnceLock::new(),
            running: Mutex::new(None),
            serving: OnceCell::new(),
        }
    }

    /// Notes what became of a cache, for `windlass cache explain`. Nothing depends on it.
    pub(super) fn note(&self, name: &str, key: &Key, looked: &Looked) {
        let (Some(attempts), Some(access)) = (&self.attempts, &self.task.caches) else { return };
        let noted = attempts.note(&Attempt {
            run: self.run.clone(),
            task: self.task.name.clone(),
            name: name.to_owned(),
            key: key.text.clone(),
            scopes: access.read.iter().map(ToString::to_string).collect(),
            result: looked.clone(),
            fingerprint: key.fingerprint.clone(),
            time: Caches::now(),
        });
        if let Err(error) = noted {
            tracing::debug!(%error, "what became of a cache was not noted");
        }
    }

    /// Notes that a cache was stored.
    pub(super) fn note_stored(&self, name: &str) {
        let Some(attempts) = &self.attempts else { return };
        if let Err(error) = attempts.stored(&self.run, &self.task.name, name) {
            tracing::debug!(%error, "that a cache was stored was not noted");
        }
    }

    /// Looks for the entry under a key, unless the store could not be asked before.
    pub(super) async fn find(&self, key: &str) -> Result<Stored, Miss> {
        if let Some(down) = self.down.get() {
            return Err(down.clone());
        }
        let found = self.caches.find(key).await;
        if let Err(down @ Miss::Store { .. }) = &found {
            drop(self.down.set(down.clone()));
        }
        found
    }

    /// Has an order carried out, by another mover if the first is lost on the way: what was stored stays stored, and what was restored is restored
    /// again.
    pub(super) async fn order(&self, context: &TaskContext, order: Order) -> Result<Result<Outcome, Failed>, NoMover> {
        let mut attempt = 1;
        loop {
            let mover = self.mover(context).await?;
            match mover.order(order.clone(), |_| {}).await {
                Ok(result) => return Ok(result),
                Err(error) if attempt < ATTEMPTS => {
                    tracing::debug!(%error, attempt, "the mover was lost; another is started");
                    attempt += 1;
                    self.forget(&mover).await;
                }
                Err(error) => return Err(NoMover::Lost(error)),
            }
        }
    }

    /// The mover that runs; one is started if none does.
    pub(super) async fn mover(&self, context: &TaskContext) -> Result<Arc<Mover>, NoMover> {
        let mut running = self.running.lock().await;
        if let Some(mover) = &*running {
            return Ok(Arc::clone(mover));
        }
        let agent = context.agents.get(MAIN).ok_or(NoMover::NoAgent)?;
        let path = format!("{}/{PROGRAM}", context.driver.run_directory());
        agent.put_file(&path, 0o700, Content::Bytes(self.program.to_vec())).await.map_err(NoMover::NotPlaced)?;
        let exec = context.driver.exec(&context.task.pod, MAIN, &[path]).await.map_err(NoMover::NotStarted)?;
        let depot: Arc<dyn Depot> = Arc::new(Shown { depot: self.caches.depot(), redactor: context.redactor.clone() });
        let connection = Connection::new(exec.stdout, exec.stdin).guarded_by(watched(exec.done, MAIN));
        let mover = Arc::new(Mover::meet(connection, depot).await.map_err(NoMover::Lost)?);
        *running = Some(Arc::clone(&mover));
        Ok(mover)
    }

    /// Ends it all: the container is about to go.
    pub(in super::super) async fn close(&self) {
        if let Some(Some(serving)) = self.serving.get() {
            serving.abort();
        }
        self.running.lock().await.take();
    }

    /// Another one is started the next time.
    pub(super) async fn forget(&self, lost: &Arc<Mover>) {
        let mut running = self.running.lock().await;
        running.take_if(|mover| Arc::ptr_eq(mover, lost));
    }
}
