//! Collects files of the main container: finds them, brings them over, and says what came.
//!
//! Bytes are asked for, never taken as they come: a container can send no more than was asked of it, and a connection that is cut is asked again.
//! An artifact gets its name when all of its files are there.

mod batches;
mod found;
mod places;
mod remarks;
mod transfer;

use std::sync::Arc;

use windlass_agent_client::protocol::{Failure as Refusal, Glob};
use windlass_agent_client::{AgentClient, ClientError};
use windlass_artifact_store::{Artifact, Store, StoreError};
use windlass_model::artifact::{ArtifactFile, ArtifactPlan, FilePath};
use windlass_model::event::{Failure, FailureKind, Level, RunEvent, StepRef};
use windlass_model::pod::MAIN;

use super::cause;
use super::context::TaskContext;
use super::step::task_failure;
use crate::planner::artifacts::wrong;
use crate::words::{filled, in_one_line};
use found::Found;
use transfer::transfer;

/// How often it is tried: files that others write meanwhile are found anew once.
const ATTEMPTS: u32 = 2;

/// Why nothing was collected.
enum Uncollected {
    /// The agent's word, or that there was none.
    Agent(ClientError),
    /// It cannot be kept.
    Store(StoreError),
    /// It is not to be kept.
    Refused(Failure),
}

impl From<ClientError> for Uncollected {
    fn from(error: ClientError) -> Self {
        Self::Agent(error)
    }
}

impl From<StoreError> for Uncollected {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Collects what a step names.
pub(super) async fn collect(context: &Arc<TaskContext>, step: &StepRef, plan: &ArtifactPlan) -> Result<(), Failure> {
    let agent = context.agents.get(MAIN).ok_or_else(|| task_failure("the main container cannot be reached".into()))?;
    let store = context.artifacts.clone().ok_or_else(|| Failure {
        kind: FailureKind::Bug,
        message: "the run has no place for artifacts".into(),
        exit_code: None,
        help: None,
    })?;
    let directory = context.own_working_dir();
    let patterns = patterns(context, plan, &directory)?;
    let mut attempt = 1;
    loop {
        let collecting = Collecting { context, agent: &agent, store: &store, step, plan, directory: &directory };
        match collecting.once(&patterns).await {
            Err(Uncollected::Agent(ClientError::Refused(Refusal::Changed { path }))) if attempt < ATTEMPTS => {
                tracing::debug!(path, "a file was changed while it was read; all are looked for again");
                attempt += 1;
            }
            Ok(()) => return Ok(()),
            Err(Uncollected::Refused(failure)) => return Err(failure),
            Err(Uncollected::Store(error)) => return Err(task_failure(in_one_line(&error))),
            Err(Uncollected::Agent(error)) => return Err(of_agent(context, error).await),
        }
    }
}

/// What an error of the agent's means: what it refuses is the task's fault, and what it does not answer may be the pod's end.
async fn of_agent(context: &Arc<TaskContext>, error: ClientError) -> Failure {
    match error {
        ClientError::Refused(refusal @ Refusal::Changed { .. }) => Failure {
            help: Some("collect files once nothing writes them any more".to_owned()),
            ..task_failure(refusal.to_string())
        },
        ClientError::Refused(refusal) => task_failure(refusal.to_string()),
        error => {
            let autopsy = context.driver.autopsy(&context.task.pod).await;
            cause::of_lost_agent(&context.task.pod, &autopsy, in_one_line(&error))
        }
    }
}

/// The patterns, with the variables that steps have set.
fn patterns(context: &TaskContext, plan: &ArtifactPlan, directory: &str) -> Result<Vec<Glob>, Failure> {
    let pattern = |path: &String| {
        let path = filled(path, |name| context.variable(name));
        Glob::below(directory, &path).map_err(|error| task_failure(wrong(&error, directory)))
    };
    plan.paths.iter().map(pattern).collect()
}

/// What is collected, and from where.
struct Collecting<'a> {
    context: &'a Arc<TaskContext>,
    agent: &'a AgentClient,
    store: &'a Store,
    step: &'a StepRef,
    plan: &'a ArtifactPlan,
    directory: &'a str,
}

impl Collecting<'_> {
    async fn once(&self, patterns: &[Glob]) -> Result<(), Uncollected> {
        let mut found = Found::default();
        for pattern in patterns {
            let here = found.room(self.agent.find_files(self.directory, pattern, windlass_model::artifact::MOST_FILES).await?)?;
            if here == 0 {
                let message = format!("{}: 0 artifacts for {pattern}: no file of {} matches", self.step.name, self.directory);
                self.warn(message).await;
            }
        }
        for message in found.passed_over() {
            self.warn(format!("{}: {message}", self.step.name)).await;
        }
        let files = found.files(self.plan.max_size)?;
        if files.is_empty() {
            return Ok(());
        }
        let incoming = self.store.begin(&self.plan.directory)?;
        let patterns = self.context.redactor.patterns();
        let (files, secret) = transfer(self.agent, self.directory, files, incoming, patterns).await?;
        self.tell_secrets(&secret).await;
        self.kept(files).await
    }

    /// Says what came, last of all that it is whole.
    async fn kept(&self, files: Vec<ArtifactFile>) -> Result<(), Uncollected> {
        let (step, artifact) = (self.step, self.step.name.clone());
        let directory = FilePath::parse(self.plan.directory.as_bytes())
            .map_err(|error| Uncollected::Refused(task_failure(error.to_string())))?;
        let kept = Artifact {
            task: self.context.task.name.clone(),
            name: artifact.clone(),
            directory,
            content_type: self.plan.content_type.clone(),
            format: self.plan.format.clone(),
            files,
        };
        self.store.note(kept.clone(), &super::now())?;
        for file in &kept.files {
            let (artifact, ArtifactFile { path, size, digest }) = (artifact.clone(), file.clone());
            let event = RunEvent::ArtifactFile { step: step.clone(), artifact, path: path.into(), size, digest };
            self.context.send(event).await;
        }
        remarks::make(self, &kept).await;
        let event = RunEvent::ArtifactCollected {
            step: step.clone(),
            artifact,
            directory: self.store.path(&self.plan.directory).display().to_string(),
            files: kept.files.len() as u64,
            size: kept.size(),
        };
        self.context.send(event).await;
        self.send(&kept).await
    }

    /// Sends it to the store, if there is one. What does not arrive there is no result of the run, and lies here still.
    async fn send(&self, kept: &Artifact) -> Result<(), Uncollected> {
        let Some(remote) = self.store.remote() else { return Ok(()) };
        if let Err(error) = remote.send(self.store, kept, &super::now()).await {
            let here = self.store.path(&self.plan.directory).display().to_string();
            return Err(Uncollected::Refused(Failure {
                help: Some(format!("its files are in {here}, and whole")),
                ..task_failure(format!("{} was not sent to {}: {}", self.step.name, remote.location(), in_one_line(&error)))
            }));
        }
        let message = format!("{}: sent to {}", self.step.name, remote.location());
        self.context.notice(None, Level::Info, message).await;
        Ok(())
    }

    /// Bytes are collected as they are. Whoever passes them on has to know.
    async fn tell_secrets(&self, files: &[FilePath]) {
        /// More are counted.
        const NAMED: usize = 5;
        if files.is_empty() {
            return;
        }
        let names: Vec<&str> = files.iter().take(NAMED).map(FilePath::as_str).collect();
        let more = files.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let hold = if files.len() == 1 { "holds" } else { "hold" };
        let names = names.join(", ");
        let message = format!(
            "{}: {names}{more} {hold} the value of a secret, in the name or in the bytes, and neither is masked",
            self.step.name
        );
        self.warn(message).await;
    }

    async fn warn(&self, message: String) {
        self.context.notice(None, Level::Warning, message).await;
    }
}
