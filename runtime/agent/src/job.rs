//! A command's life: started once, supervised, and recorded.

mod launch;
mod running;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use windlass_agent_protocol::{Command, Extent, Interruption, Outcome, Record};

use launch::masked;

use crate::process::{Children, Process};
use crate::secrets::Secrets;
use crate::spool::Spool;
use crate::sync::{lock, wait, wait_for};

/// Why a command was made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its time was up.
    TimedOut,
    /// The host wished so.
    Stopped,
    /// Everything has to end.
    Interrupted(Interruption),
}

impl From<Ending> for Outcome {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::TimedOut => Self::TimedOut,
            Ending::Stopped => Self::Stopped,
            Ending::Interrupted(why) => Self::Interrupted(why),
        }
    }
}

/// Where commands live, and what they share.
#[derive(Debug)]
pub struct Ground {
    /// Every process and its reaping.
    pub children: Children,
    /// What must not be seen.
    pub secrets: Arc<Secrets>,
    /// The directory on whose file system output waits.
    pub spool: PathBuf,
    /// How many bytes of one command may wait to be acknowledged.
    pub spool_limit: u64,
}

/// A command that was started, or could not be.
#[derive(Debug)]
pub struct Job {
    /// What was asked for.
    command: Command,
    output: Arc<Spool>,
    process: Option<Arc<Process<Ending>>>,
    record: Mutex<Option<Record>>,
    recorded: Condvar,
}

impl Job {
    /// Starts a command. If that fails, the job has ended already.
    pub fn start(ground: &Arc<Ground>, command: Command) -> Arc<Self> {
        let mut job = Self {
            output: Arc::new(Spool::new(ground.spool.clone(), ground.spool_limit)),
            process: None,
            record: Mutex::new(None),
            recorded: Condvar::new(),
            command,
        };
        match job.launch(ground) {
            Ok(running) => {
                job.process = Some(Arc::clone(&running.process));
                let job = Arc::new(job);
                running.supervise(&job, Arc::clone(ground));
                job
            }
            Err(failure) => {
                let outcome = Outcome::NotStarted(masked(failure, &ground.secrets));
                job.close();
                let record = job.record_of(outcome, nothing(), Duration::ZERO, 0);
                job.finish(record);
                Arc::new(job)
            }
        }
    }

    /// Whether this is the job of such a command.
    #[must_use]
    pub fn is_of(&self, command: &Command) -> bool {
        self.command == *command
    }

    /// What it writes.
    pub fn output(&self) -> &Arc<Spool> {
        &self.output
    }

    /// Makes it end, if it runs.
    pub fn end(&self, ending: Ending, grace: Duration) {
        if let Some(process) = &self.process {
            process.end(ending, grace);
        }
    }

    /// The record, if it has ended.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        lock(&self.record).clone()
    }

    /// Waits for the record; `None` when cancelled.
    #[must_use]
    pub fn await_record(&self, cancelled: &AtomicBool) -> Option<Record> {
        let mut record = lock(&self.record);
        while record.is_none() && !cancelled.load(Ordering::Relaxed) {
            record = wait(&self.recorded, record);
        }
        record.clone()
    }

    /// Waits for the record. Says whether it came in time.
    #[must_use]
    pub fn await_record_until(&self, until: Option<Instant>) -> bool {
        let mut record = lock(&self.record);
        while record.is_none() {
            let now = Instant::now();
            if until.is_some_and(|until| until <= now) {
                return false;
            }
            let time = until.map(|until| until - now);
            record = wait_for(&self.recorded, record, time);
        }
        true
    }

    /// Lets everybody who waits look whether they were cancelled.
    pub fn wake(&self) {
        self.output.wake();
        drop(lock(&self.record));
        self.recorded.notify_all();
    }

    /// Lets output that nobody takes be lost, so that the record can be made.
    pub fn abort(&self) {
        self.output.abort();
    }

    /// The number of bytes that wait to be acknowledged.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.output.waiting()
    }

    fn close(&self) {
        self.output.close();
    }

    fn record_of(&self, outcome: Outcome, output: Extent, elapsed: Duration, max_rss: u64) -> Record {
        Record { id: self.command.id.clone(), outcome, output, elapsed, max_rss }
    }

    /// Publishes the record.
    fn finish(&self, record: Record) {
        *lock(&self.record) = Some(record);
        self.recorded.notify_all();
    }
}

/// The extent of output that there is none of.
fn nothing() -> Extent {
    Extent { bytes: 0, sha256: Sha256::digest([]).into() }
}
