//! A command's life: started once, supervised, and recorded.

mod launch;
mod running;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use windlass_agent_protocol::{
    Channel, Command, CommandId, Extent, Failure, Interruption, Outcome, OutputMode, Record, StartFailure,
};

use launch::masked;

use crate::process::{Children, Process};
use crate::secrets::Secrets;
use crate::spool::Spool;
use crate::sync::{lock, wait, wait_for};

/// The name of the file that keeps a command's record.
const RECORD: &str = "record";

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
    /// The directory with a directory per command.
    pub spool: PathBuf,
    /// How many bytes of one channel may wait to be acknowledged.
    pub spool_limit: u64,
}

/// A command that was started, or could not be.
#[derive(Debug)]
pub struct Job {
    id: CommandId,
    /// What was asked for; unknown of a job that an earlier agent has started.
    command: Option<Command>,
    output: Arc<Spool>,
    errors: Option<Arc<Spool>>,
    process: Option<Arc<Process<Ending>>>,
    record: Mutex<Option<Record>>,
    recorded: Condvar,
}

impl Job {
    /// Starts a command. If that fails, the job has ended already.
    pub fn start(ground: &Arc<Ground>, command: Command) -> Arc<Self> {
        let directory = ground.spool.join(command.id.as_str());
        let spool = |name: &str| Arc::new(Spool::new(directory.join(name), ground.spool_limit));
        let mut job = Self {
            id: command.id.clone(),
            output: spool("output"),
            errors: match command.output {
                OutputMode::Merged => None,
                OutputMode::Separate => Some(spool("errors")),
            },
            process: None,
            record: Mutex::new(None),
            recorded: Condvar::new(),
            command: None,
        };
        let launched = fs::create_dir_all(&directory)
            .map_err(|error| StartFailure::System {
                action: format!("making {}", directory.display()),
                reason: error.to_string(),
            })
            .and_then(|()| job.launch(ground, &command));
        job.command = Some(command);
        match launched {
            Ok(running) => {
                job.process = Some(Arc::clone(&running.process));
                let job = Arc::new(job);
                running.supervise(&job, Arc::clone(ground));
                job
            }
            Err(failure) => {
                let outcome = Outcome::NotStarted(masked(failure, &ground.secrets));
                job.close();
                let record = job.record_of(outcome, [nothing(), nothing()], Duration::ZERO, 0);
                job.finish(record, &ground.spool);
                Arc::new(job)
            }
        }
    }

    /// A job that an earlier agent has left behind.
    ///
    /// # Errors
    /// When its files cannot be read.
    pub fn recover(ground: &Ground, id: CommandId) -> io::Result<Arc<Self>> {
        let directory = ground.spool.join(id.as_str());
        let spool = |name: &str| Spool::recover(directory.join(name), ground.spool_limit);
        let output = Arc::new(spool("output")?);
        let errors = spool("errors")?;
        let kept = match fs::read(directory.join(RECORD)) {
            Ok(bytes) => postcard::from_bytes::<Record>(&bytes).ok(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let separate = kept.as_ref().is_some_and(|record| record.errors.is_some());
        let job = Self {
            id,
            command: None,
            output,
            errors: separate.then(|| Arc::new(errors)),
            process: None,
            record: Mutex::new(None),
            recorded: Condvar::new(),
        };
        let record = kept.unwrap_or_else(|| {
            let none = [nothing(), nothing()];
            job.record_of(Outcome::Abandoned, none, Duration::ZERO, 0)
        });
        job.finish(record, &ground.spool);
        Ok(Arc::new(job))
    }

    /// Whether this is the job of such a command.
    #[must_use]
    pub fn is_of(&self, command: &Command) -> bool {
        self.command.as_ref().is_none_or(|own| own == command)
    }

    /// One channel's bytes.
    ///
    /// # Errors
    /// When the output is merged and has no such channel.
    pub fn channel(&self, channel: Channel) -> Result<&Arc<Spool>, Failure> {
        match (channel, &self.errors) {
            (Channel::Output, _) => Ok(&self.output),
            (Channel::Errors, Some(errors)) => Ok(errors),
            (Channel::Errors, None) => Err(Failure::NoSuchChannel { id: self.id.clone(), channel }),
        }
    }

    /// Sends a signal to its processes, if it runs.
    pub fn signal(&self, signal: i32) {
        if let Some(process) = &self.process {
            process.signal(signal);
        }
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
        self.each_spool(|spool| spool.wake());
        drop(lock(&self.record));
        self.recorded.notify_all();
    }

    /// Lets output that nobody takes be lost, so that the record can be made.
    pub fn abort(&self) {
        self.each_spool(|spool| spool.abort());
    }

    /// The number of bytes that wait to be acknowledged.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.output.waiting() + self.errors.as_ref().map_or(0, |errors| errors.waiting())
    }

    fn close(&self) {
        self.each_spool(|spool| spool.close());
    }

    fn each_spool(&self, act: impl Fn(&Spool)) {
        act(&self.output);
        if let Some(errors) = &self.errors {
            act(errors);
        }
    }

    fn record_of(&self, outcome: Outcome, [output, errors]: [Extent; 2], elapsed: Duration, max_rss: u64) -> Record {
        Record { id: self.id.clone(), outcome, output, errors: self.errors.is_some().then_some(errors), elapsed, max_rss }
    }

    /// Publishes the record, after writing it to the disk for an agent that may come after this one.
    fn finish(&self, record: Record, spool: &Path) {
        // A disk that fails here takes nothing from a host that is connected.
        drop(keep(&record, &spool.join(self.id.as_str())));
        *lock(&self.record) = Some(record);
        self.recorded.notify_all();
    }
}

/// The extent of a channel that carried nothing.
fn nothing() -> Extent {
    Extent { bytes: 0, sha256: Sha256::digest([]).into() }
}

fn keep(record: &Record, directory: &Path) -> io::Result<()> {
    let bytes = postcard::to_stdvec(record).map_err(io::Error::other)?;
    let unfinished = directory.join("record.new");
    fs::write(&unfinished, bytes)?;
    fs::rename(unfinished, directory.join(RECORD))
}
