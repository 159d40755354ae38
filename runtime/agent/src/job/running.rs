//! A command that runs: watched over in a thread of its own, until there is a record of it.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use windlass_agent_protocol::{Interruption, Outcome, Record};

use super::{Ending, Ground, Job, nothing};
use crate::process::Process;
use crate::pump::{Pump, Pumped};
use crate::spool::WriteError;
use crate::sys::Exit;

/// A process with its pump.
pub(super) struct Running {
    pub(super) process: Arc<Process<Ending>>,
    pub(super) output: Pump,
    pub(super) started: Instant,
    pub(super) timeout: Option<Duration>,
    pub(super) grace: Duration,
}

impl Running {
    /// Watches over the process in a thread of its own.
    pub(super) fn supervise(self, job: &Arc<Job>, ground: Arc<Ground>) {
        let process = Arc::clone(&self.process);
        let supervised = Arc::clone(job);
        let thread = thread::Builder::new().name("supervise".into()).stack_size(128 << 10).spawn(move || {
            let record = self.watch(&supervised, &ground);
            supervised.finish(record);
        });
        if let Err(error) = thread {
            // Nobody would see it end, so it must not run.
            process.signal(libc::SIGKILL);
            job.abort();
            job.close();
            let reason = error.to_string();
            let outcome = Outcome::OutputLost { reason };
            let record = job.record_of(outcome, nothing(), Duration::ZERO, 0);
            job.finish(record);
        }
    }

    fn watch(self, job: &Job, ground: &Ground) -> Record {
        let late = Ending::TimedOut;
        let (exit, ordered) = self.process.wait(self.timeout, late, self.grace);
        let elapsed = self.started.elapsed();
        if !job.command.escaping {
            ground.children.await_group(&self.process);
        }
        let output = finish(self.output);
        let outcome = match (&output.lost, ordered) {
            (None, _) => outcome(exit, ordered),
            (Some(WriteError::Aborted), Some(Ending::Interrupted(why))) => Outcome::Interrupted(why),
            (Some(WriteError::Aborted), _) => Outcome::Interrupted(Interruption::Terminated),
            (Some(WriteError::Io(error)), _) => Outcome::OutputLost { reason: error.to_string() },
        };
        job.record_of(outcome, output.extent, elapsed, exit.max_rss)
    }
}

fn finish(pump: Pump) -> Pumped {
    pump.finish().unwrap_or_else(|error| Pumped { extent: nothing(), lost: Some(WriteError::Io(error)) })
}

fn outcome(exit: Exit, ordered: Option<Ending>) -> Outcome {
    match (ordered, exit.status) {
        (Some(ending), _) => ending.into(),
        (None, Ok(code)) => Outcome::Exited(code),
        (None, Err(signal)) => Outcome::Signaled(signal),
    }
}
