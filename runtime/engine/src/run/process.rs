//! A command of a plugin: started in an agent, its output on the way to where it belongs.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use windlass_agent_client::protocol::{CommandId, Outcome, Record};
use windlass_agent_client::{AgentClient, ClientError, Output};
use windlass_model::digest::Digest;
use windlass_model::event::{Failure, FailureKind, RunEvent, StepRef, Stream};

use super::background::Background;
use super::captured::SharedCapture;
use super::pushes::Pushes;
use crate::ports::plugin::{BackendError, Exit, OutputMode};

/// The longest piece of output that one event carries.
const CHUNK: usize = 64 * 1024;

/// A started command.
pub(super) struct Running {
    pub(super) agent: AgentClient,
    pub(super) id: CommandId,
    output: OutputState,
}

enum OutputState {
    /// It goes to the reporters by itself.
    Inherited(AbortOnDropHandle<Result<Record, ClientError>>),
    /// The plugin reads it.
    Piped(Box<Output>),
    /// The plugin reads it and the reporters see what was read.
    Teed(Box<Output>, Label),
    /// It is over.
    Over(Result<Record, ClientError>),
}

/// Whose output it is, and where it goes.
pub(super) struct Label {
    pub(super) step: StepRef,
    pub(super) pushes: Pushes,
    pub(super) events: mpsc::Sender<RunEvent>,
    pub(super) captured: Option<SharedCapture>,
}

impl Label {
    async fn show(&mut self, bytes: &[u8]) {
        if let Some(captured) = &self.captured {
            captured.take(bytes);
        }
        for chunk in bytes.chunks(CHUNK) {
            let event = RunEvent::Output { stream: Stream::Step(self.step.clone()), data: Arc::from(chunk) };
            super::send(&self.events, event).await;
        }
        for image in self.pushes.read(bytes) {
            let event = RunEvent::ImagePushed { step: self.step.clone(), image };
            super::send(&self.events, event).await;
        }
    }
}

impl Running {
    /// Connects the output of a command that was just started.
    pub(super) fn new(agent: AgentClient, id: CommandId, mode: OutputMode, mut label: Label) -> Self {
        let mut output = agent.follow(&id);
        let output = match mode {
            OutputMode::Inherit => OutputState::Inherited(AbortOnDropHandle::new(tokio::spawn(async move {
                while let Some(bytes) = output.next().await? {
                    label.show(&bytes).await;
                }
                finished(&output)
            }))),
            OutputMode::Pipe => OutputState::Piped(Box::new(output)),
            OutputMode::Tee => OutputState::Teed(Box::new(output), label),
        };
        Self { agent, id, output }
    }

    /// At most `max` bytes of piped output; `None` at its end.
    pub(super) async fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        let max = max.clamp(1, CHUNK);
        let (output, label) = match &mut self.output {
            OutputState::Piped(output) => (output, None),
            OutputState::Teed(output, label) => (output, Some(label)),
            OutputState::Inherited(_) => return Err(BackendError::Invalid("the output of this command is inherited".into())),
            OutputState::Over(_) => return Ok(None),
        };
        match output.read(max).await {
            Ok(Some(bytes)) => {
                if let Some(label) = label {
                    label.show(&bytes).await;
                }
                Ok(Some(bytes.to_vec()))
            }
            Ok(None) => {
                let record = finished(output);
                self.output = OutputState::Over(record);
                Ok(None)
            }
            Err(error) => {
                self.output = OutputState::Over(Err(error.clone()));
                Err(in_words(&error))
            }
        }
    }

    /// Waits for the end, and until all output arrived and was proven complete.
    pub(super) async fn wait(&mut self) -> Result<Exit, BackendError> {
        if let OutputState::Inherited(forwarding) = &mut self.output {
            let record = match forwarding.await {
                Ok(record) => record,
                Err(error) => return Err(BackendError::Infrastructure(error.to_string())),
            };
            self.output = OutputState::Over(record);
        }
        while self.read(CHUNK).await?.is_some() {}
        match &self.output {
            OutputState::Over(Ok(record)) => exit(record),
            OutputState::Over(Err(error)) => Err(in_words(error)),
            _ => Err(BackendError::Infrastructure("the output of the command did not end".into())),
        }
    }

    /// Whether its end is known.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.output, OutputState::Over(_))
    }

    /// Lets it live until the task ends. Should it end by itself before, and not well, that is told: nobody waits for it.
    pub(super) fn into_background(mut self, step: StepRef, events: mpsc::Sender<RunEvent>) -> Background {
        let (agent, id) = (self.agent.clone(), self.id.clone());
        // What nobody reads fills the agent's spool, and then the process waits for room: a daemon's log must go somewhere.
        let output = tokio::spawn(async move {
            let _ = self.wait().await;
            if let OutputState::Over(Ok(record)) = &self.output
                && let Some(failure) = ended_early(record)
            {
                super::send(&events, RunEvent::BackgroundFailed { step, failure }).await;
            }
        });
        Background { agent, command: id, output: AbortOnDropHandle::new(output) }
    }
}

/// Why a process that was to live until the task ends did not, if it is to be blamed for it.
fn ended_early(record: &Record) -> Option<Failure> {
    let exit_code = match &record.outcome {
        // Whatever starts a daemon ends well, and with the task everything is stopped.
        Outcome::Exited(0) | Outcome::Stopped | Outcome::Interrupted(_) => return None,
        Outcome::Exited(code) => Some(*code),
        Outcome::Signaled(_) | Outcome::TimedOut | Outcome::OutputLost { .. } | Outcome::NotStarted(_) => None,
    };
    Some(Failure { kind: FailureKind::Task, message: format!("its process {}", record.outcome), exit_code, help: None })
}

fn finished(output: &Output) -> Result<Record, ClientError> {
    output
        .record()
        .cloned()
        .ok_or_else(|| ClientError::Unexpected { what: "the output ended before its exit code arrived".into() })
}

/// What a plugin is told of an error between host and agent.
pub(super) fn in_words(error: &ClientError) -> BackendError {
    match error {
        ClientError::Refused(failure) => BackendError::Failed(failure.to_string()),
        ClientError::TooLarge { .. } => BackendError::Invalid(error.to_string()),
        other => {
            let source = std::error::Error::source(other).map(|s| format!(": {s}")).unwrap_or_default();
            BackendError::Infrastructure(format!("{other}{source}"))
        }
    }
}

fn exit(record: &Record) -> Result<Exit, BackendError> {
    /// What a command that is stopped gets first.
    const SIGTERM: i32 = 15;
    let (code, signal, timed_out) = match &record.outcome {
        Outcome::Exited(code) => (*code, None, false),
        Outcome::Signaled(signal) => (128 + signal, Some(*signal), false),
        Outcome::TimedOut => (124, None, true),
        // By the plugin itself: of a step that is to stop, nothing is waited for any more.
        Outcome::Stopped => (128 + SIGTERM, Some(SIGTERM), false),
        Outcome::NotStarted(failure) => return Err(BackendError::Failed(failure.to_string())),
        other => {
            return Err(BackendError::Infrastructure(format!("the command {other}")));
        }
    };
    let output_digest = Digest::from_sha256(record.output.sha256);
    Ok(Exit { code, signal, timed_out, output_bytes: record.output.bytes, output_digest })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use windlass_agent_client::protocol::Extent;

    use super::*;

    #[test]
    fn a_process_that_its_plugin_ended_is_told_as_ended_by_a_signal() {
        let output = Extent { bytes: 3, sha256: [0; 32] };
        let id = CommandId::new("s1-1").unwrap_or_else(|error| panic!("{error}"));
        let (elapsed, max_rss) = (Duration::from_secs(1), 0);
        let record = Record { id, outcome: Outcome::Stopped, output, elapsed, max_rss };
        let exit = exit(&record).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((exit.code, exit.signal, exit.output_bytes), (143, Some(15), 3));
    }
}
