//! From a command to its process.

use std::io::{self, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use windlass_agent_protocol::StartFailure;

use super::running::Running;
use super::{Ground, Job};
use crate::prepare::{prepare, refusal};
use crate::pump::{Pump, share};
use crate::secrets::Secrets;

impl Job {
    /// Starts the process and what reads its output.
    pub(super) fn launch(&self, ground: &Arc<Ground>) -> Result<Running, StartFailure> {
        let command = &self.command;
        let mut prepared = prepare(command, &ground.secrets)?;
        let system =
            |action: &str, error: &io::Error| StartFailure::System { action: action.to_owned(), reason: error.to_string() };
        let (output, stdout) = Pump::start(Arc::clone(&self.output), Arc::clone(&ground.secrets), command.escaping)
            .map_err(|error| system("making a pipe", &error))?;
        let stderr = share(&stdout).map_err(|e| system("sharing a pipe", &e))?;
        prepared.command.stdout(Stdio::from(stdout));
        prepared.command.stderr(Stdio::from(stderr));
        let started = Instant::now();
        let (process, stdin) = ground
            .children
            .start(&mut prepared.command, command.escaping)
            .map_err(|error| refusal(&prepared.program, &prepared.command, &error))?;
        if let (Some(stdin), Some(input)) = (stdin, prepared.input) {
            feed(stdin, input).map_err(|e| system("starting a thread", &e))?;
        }
        Ok(Running { process, output, started, timeout: command.timeout, grace: command.grace })
    }
}

/// Writes a command's input, in a thread of its own: the command may read late or never.
fn feed(mut stdin: ChildStdin, input: Vec<u8>) -> io::Result<()> {
    // A command that does not read all of its input is no failure.
    let write = move || drop(stdin.write_all(&input));
    thread::Builder::new().name("input".into()).stack_size(64 << 10).spawn(write).map(drop)
}

/// The failure without secrets, which values may hold.
pub(super) fn masked(failure: StartFailure, secrets: &Secrets) -> StartFailure {
    let mask = |text: String| secrets.mask(&text);
    match failure {
        StartFailure::ProgramNotFound { program, searched } => {
            StartFailure::ProgramNotFound { program: mask(program), searched: mask(searched) }
        }
        StartFailure::NotExecutable { program, reason } => StartFailure::NotExecutable { program: mask(program), reason },
        StartFailure::WorkingDirectory { path, reason } => StartFailure::WorkingDirectory { path: mask(path), reason },
        other => other,
    }
}
