//! One step, from its start to its outcome.

use std::sync::Arc;
use std::time::Instant;

use tokio::io::AsyncReadExt as _;
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;
use windlass_agent_client::protocol::message::Content;
use windlass_model::event::{Failure, FailureKind, Level, RunEvent, StepOutcome, StepRef};
use windlass_model::plan::{PluginCall, StepAction, StepPlan};
use windlass_model::plugin::PluginKind;
use windlass_model::pod::MAIN;
use windlass_model::task::FileContents;

use super::captured::SharedCapture;
use super::context::TaskContext;
use super::progress::Counted;
use super::{artifacts, blame, caches, cause, login, millis, wire};
use crate::words::in_one_line;

/// Compressed bytes of the working copy that wait between packing and sending.
const PACK_BUFFER: usize = 1 << 20;

/// Runs a step and reports it.
pub(super) async fn run(context: Arc<TaskContext>, index: usize, cancel: CancellationToken) -> Result<(), Failure> {
    let (Some(step), Some(of)) = (context.task.steps.get(index), StepRef::of(&context.task, index)) else { return Ok(()) };
    if let Some(variable) = &step.unless
        && context.is_set(variable)
    {
        context.send(RunEvent::StepFinished { step: of, outcome: StepOutcome::Skipped, duration_ms: 0 }).await;
        return Ok(());
    }
    context.send(RunEvent::StepStarted { step: of.clone() }).await;
    let began = Instant::now();
    let result = perform(&context, step, &of, &cancel).await;
    if cancel.is_cancelled() {
        // Whoever cancelled it reports why.
        return result;
    }
    let result = match result {
        Ok(()) => Ok(()),
        Err(failure) => Err(blame::explain(&context, step, began, failure).await),
    };
    let outcome = match &result {
        Ok(()) if step.background => StepOutcome::Background,
        Ok(()) => StepOutcome::Passed,
        Err(failure) => StepOutcome::Failed(failure.clone()),
    };
    context.send(RunEvent::StepFinished { step: of, outcome, duration_ms: millis(began) }).await;
    result
}

async fn perform(context: &Arc<TaskContext>, step: &StepPlan, of: &StepRef, cancel: &CancellationToken) -> Result<(), Failure> {
    if matches!(step.action, StepAction::Workspace) {
        // Both take a moment, and neither needs the other.
        let both = async { tokio::join!(upload(context, of), caches::ready(context)).0 };
        return tokio::select! {
            () = cancel.cancelled() => Err(Failure::interrupted()),
            result = both => result,
        };
    }
    tokio::select! {
        () = cancel.cancelled() => return Err(Failure::interrupted()),
        () = caches::ready(context) => {}
    }
    match &step.action {
        StepAction::Workspace => Ok(()),
        StepAction::File { path, contents } => write_file(context, path, contents).await,
        StepAction::Artifacts(plan) => {
            tokio::select! {
                () = cancel.cancelled() => Err(Failure::interrupted()),
                result = artifacts::collect(context, of, plan) => result,
            }
        }
        StepAction::Cache(plan) => caches::restore(context, of, plan, cancel).await,
        StepAction::UploadCache(name) => {
            tokio::select! {
                () = cancel.cancelled() => Err(Failure::interrupted()),
                result = caches::upload(context, of, name) => result,
            }
        }
        StepAction::Plugin(call) => plugin(context, of, call, cancel, None).await,
    }
}

/// Runs a plugin, and takes what it leaves for the steps after it.
pub(super) async fn plugin(
    context: &Arc<TaskContext>,
    step: &StepRef,
    call: &PluginCall,
    cancel: &CancellationToken,
    captured: Option<SharedCapture>,
) -> Result<(), Failure> {
    login::renew(context, call, cancel).await?;
    let left = super::call::call(context, step.clone(), call, cancel, captured).await?;
    if call.plugin.kind == PluginKind::Login {
        login::take(context, step.index, left.credentials).await;
    }
    if let Some(image) = left.built {
        context.add_built(image);
    }
    for image in left.pushed {
        context.send(RunEvent::ImagePushed { step: step.clone(), image }).await;
    }
    Ok(())
}

/// Packs the working copy and unpacks it in the main container, both at once, and tells how far it is.
async fn upload(context: &Arc<TaskContext>, step: &StepRef) -> Result<(), Failure> {
    let agent = context.agents.get(MAIN).ok_or_else(|| task_failure("the main container cannot be reached".into()))?;
    let (writer, reader) = tokio::io::duplex(PACK_BUFFER);
    let upload = context.workspace.clone();
    let bridge = SyncIoBridge::new(writer);
    let redactor = context.redactor.clone();
    let packing = tokio::task::spawn_blocking(move || {
        windlass_working_copy::pack(&upload, bridge, |credentials| redactor.add(credentials))
    });
    let directory = context.own_working_dir();
    let mut reader = Counted::new(reader);
    let sent = reader.sent();
    let tell = |bytes| context.send(RunEvent::WorkingCopySent { step: step.clone(), bytes });
    let unpacked = sent.told_while(agent.unpack(&directory, &mut reader), tell).await;
    // The packer must not wait for room that nobody will make any more.
    let mut rest = [0; 8192];
    while unpacked.is_err() && matches!(reader.read(&mut rest).await, Ok(n) if n > 0) {}
    drop(reader);
    match packing.await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(task_failure(in_one_line(&error))),
        Err(error) => return Err(task_failure(error.to_string())),
    }
    match unpacked {
        Ok(_) => {
            tell(sent.bytes()).await;
            Ok(())
        }
        Err(windlass_agent_client::ClientError::Refused(refusal)) => {
            Err(task_failure(format!("the working copy could not be unpacked in {directory}: {refusal}")))
        }
        Err(error) => {
            let autopsy = context.driver.autopsy(&context.task.pod).await;
            Err(cause::of_lost_agent(&context.task.pod, &autopsy, in_one_line(&error)))
        }
    }
}

/// Writes a `*_file`. A variable that is not set writes nothing and passes, as the language says.
async fn write_file(context: &Arc<TaskContext>, path: &str, contents: &FileContents) -> Result<(), Failure> {
    let agent = context.agents.get(MAIN).ok_or_else(|| task_failure("the main container cannot be reached".into()))?;
    let content = match contents {
        FileContents::Text(text) => Content::Bytes(text.clone().into_bytes()),
        FileContents::Variable(name) => {
            if let Some(secret) = context.secret_of_variable(name) {
                Content::Secret(wire::secret_name(&secret).map_err(|e| task_failure(e.to_string()))?)
            } else if let Some(value) = context.variable(name) {
                Content::Bytes(value.into_bytes())
            } else {
                let message = format!("${name} is not set, so {path} was not written");
                context.notice(None, Level::Warning, message).await;
                return Ok(());
            }
        }
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", context.own_working_dir()) };
    let (secrets, put) = (wire::of_file(&content), agent.put_file(&path, 0o644, content));
    context.with_secrets(&agent, MAIN, secrets, put).await.map_err(|error| task_failure(in_one_line(&error)))
}

pub(super) fn task_failure(message: String) -> Failure {
    Failure { kind: FailureKind::Task, message, exit_code: None, help: None }
}
