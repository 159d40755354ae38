//! What a scripted pod answers: to commands as the case says, and to what nothing is said of as its manner is.

use windlass_engine::ports::plugin::{BackendError, Command, ProcessId, Value};

use super::commands::Process;
use super::interruption::Turn;
use super::{Manner, Pod};

/// The output of a command that babbles: a long line, many lines, and bytes that are no text.
pub(super) fn babble() -> Vec<u8> {
    let mut bytes = vec![b'x'; 512 << 10];
    bytes.extend_from_slice(b"\n\xff\xfe\0\xc3(\n");
    bytes.extend(b"{\"a\": [\n".repeat(64 << 10));
    bytes
}

impl Pod {
    /// Every call that waits comes here first.
    pub(super) async fn turn(&self) -> Result<(), BackendError> {
        match self.interruption.turn() {
            Turn::Go => Ok(()),
            Turn::Stop => {
                self.stop.send_replace(true);
                Err(BackendError::Cancelled)
            }
            Turn::Trap => std::future::pending().await,
        }
    }

    pub(super) fn bytes(&self, value: &Value) -> Result<Vec<u8>, BackendError> {
        match value {
            Value::Text(text) => Ok(text.clone().into_bytes()),
            Value::Bytes(bytes) => Ok(bytes.clone()),
            Value::Secret(name) => {
                self.secret_bytes(name.as_str()).ok_or_else(|| BackendError::Invalid(format!("there is no secret {name}")))
            }
        }
    }

    pub(super) fn answered(&self, container: &str, command: &Command) -> Result<Process, BackendError> {
        let mut state = self.state();
        let Some(answer) = state.commands.answer(container, command) else {
            if self.manner == Manner::Exact {
                state.commands.unanswered(container, command);
                let program = command.argv.first().map_or("", String::as_str);
                return Err(BackendError::Failed(format!("{program}: the case has no answer to this command")));
            }
            return Ok(Process { output: self.output(""), read: 0, exit: 0, stays: false, killed: false });
        };
        if let Some(why) = answer.not_started {
            return Err(BackendError::Failed(why));
        }
        for (path, text) in &answer.files {
            match text {
                Some(text) => state.files.put(container, path, Value::Text(text.clone())),
                None => state.files.remove(container, path),
            }
        }
        Ok(Process { output: self.output(&answer.output), read: 0, exit: answer.exit, stays: answer.stays, killed: false })
    }

    fn output(&self, said: &str) -> Vec<u8> {
        if self.manner == Manner::Babbling { babble() } else { said.as_bytes().to_vec() }
    }

    pub(super) fn with_process<T>(
        &self,
        id: &ProcessId,
        work: impl FnOnce(&mut Process) -> Result<T, BackendError>,
    ) -> Result<T, BackendError> {
        match self.state().commands.process(&id.command) {
            Some(process) => work(process),
            None => Err(BackendError::Invalid("there is no such process".to_owned())),
        }
    }

    /// Where a program is. A container of which nothing is said has none, or all where that hinders nobody.
    pub(super) fn program(&self, container: &str, name: &str) -> Option<String> {
        let here = |program: &str| match program.rsplit_once('/') {
            Some((_, last)) => (last == name).then(|| program.to_owned()),
            None => (program == name).then(|| format!("/usr/bin/{name}")),
        };
        match self.programs.get(container) {
            Some(programs) => programs.iter().find_map(|program| here(program)),
            None => (self.manner != Manner::Exact).then(|| format!("/usr/bin/{name}")),
        }
    }
}
