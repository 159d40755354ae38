//! Everything the agent knows, and how it comes to its end.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use windlass_agent_protocol::message::Stats;
use windlass_agent_protocol::{Command, CommandId, Failure, Greeting, Interruption};

use crate::acquaintance::Acquaintance;
use crate::files;
use crate::job::{Ending, Ground, Job};
use crate::life::{Life, Limits, Order};
use crate::memory;
use crate::settings::Settings;
use crate::strangers::Strangers;
use crate::sync::lock;
use crate::upload::Uploads;

/// How long records may take to be made, after everything was killed.
const RECORDING: Duration = Duration::from_secs(2);

/// The state that all connections share.
#[derive(Debug)]
pub struct Agent {
    settings: Settings,
    ground: Arc<Ground>,
    jobs: Mutex<Jobs>,
    /// Archives on their way.
    pub uploads: Uploads,
    /// When and why it ends.
    pub life: Arc<Life>,
    /// Who its host is.
    pub host: Acquaintance,
    /// Who is connected and has not proven to be the host.
    pub strangers: Strangers,
    started: Instant,
}

#[derive(Debug, Default)]
struct Jobs {
    by_id: BTreeMap<CommandId, Arc<Job>>,
    /// Why no more are started.
    closed: Option<Interruption>,
}

impl Agent {
    /// Makes the directories that it needs. What an earlier agent of the container has left is nobody's any more: its commands ended
    /// with it.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn new(settings: Settings) -> io::Result<Arc<Self>> {
        for directory in [&settings.run, &settings.spool] {
            files::make_private(directory).map_err(|error| about(directory, &error))?;
        }
        open_handover(&settings.handover).map_err(|error| about(&settings.handover, &error))?;
        let ground = Arc::new(Ground {
            children: crate::process::Children::default(),
            secrets: Arc::default(),
            spool: settings.spool.clone(),
            spool_limit: settings.spool_limit,
        });
        Ok(Arc::new(Self {
            settings,
            ground,
            jobs: Mutex::default(),
            uploads: Uploads::default(),
            life: Life::begin(),
            host: Acquaintance::default(),
            strangers: Strangers::default(),
            started: Instant::now(),
        }))
    }

    /// Processes, secrets and spool.
    #[must_use]
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// The path of the socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.settings.socket()
    }

    /// Who this is.
    #[must_use]
    pub fn greeting(&self) -> Greeting {
        Greeting { uptime: self.started.elapsed() }
    }

    /// The directory of files that commands of other users have no business with.
    #[must_use]
    pub fn private(&self) -> &Path {
        &self.settings.run
    }

    /// Starts a command, unless it was started before.
    ///
    /// # Errors
    /// When another command has its name, or everything is about to end.
    pub fn start(&self, command: Command) -> Result<(), Failure> {
        let mut jobs = lock(&self.jobs);
        if let Some(job) = jobs.by_id.get(&command.id) {
            return match job.is_of(&command) {
                true => Ok(()),
                false => Err(Failure::Conflict(command.id)),
            };
        }
        if jobs.closed.is_some() {
            return Err(Failure::ShuttingDown);
        }
        let id = command.id.clone();
        let job = Job::start(&self.ground, command);
        jobs.by_id.insert(id, job);
        Ok(())
    }

    /// The job of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn job(&self, id: &CommandId) -> Result<Arc<Job>, Failure> {
        let jobs = lock(&self.jobs);
        let job = jobs.by_id.get(id).map(Arc::clone);
        job.ok_or_else(|| Failure::UnknownCommand(id.clone()))
    }

    /// How the container fares.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let jobs = lock(&self.jobs);
        let spooled = jobs.by_id.values().map(|job| job.waiting()).sum();
        Stats {
            uptime: self.started.elapsed(),
            memory_peak: memory::peak(),
            memory_limit: memory::limit(),
            oom_kills: memory::oom_kills(),
            spooled,
        }
    }

    /// Orders the end of everything. A second order can only hasten it.
    pub fn end(&self, order: Order) {
        // Before the order is known: whoever waits for it finds all jobs told, and none can begin in between.
        let mut jobs = lock(&self.jobs);
        let order = self.life.order(order);
        jobs.closed = Some(order.why);
        for job in jobs.by_id.values() {
            job.end(Ending::Interrupted(order.why), order.grace);
        }
    }

    /// Waits until the end is ordered: by a signal, the host, the deadline, or the host's silence.
    #[must_use]
    pub fn await_order(&self) -> Order {
        let deadline = self.settings.deadline.and_then(|after| self.started.checked_add(after));
        let limits = Limits { deadline, silence: self.settings.heartbeat, grace: self.settings.grace };
        self.life.await_order(limits, |order| self.end(order))
    }

    /// Waits until every command has its record, by losing output that nobody takes if need be, and then until
    /// hosts have fetched what they wait for.
    pub fn finish(&self, order: Order) {
        let jobs: Vec<Arc<Job>> = lock(&self.jobs).by_id.values().map(Arc::clone).collect();
        if !await_records(&jobs, order.grace.saturating_add(RECORDING)) {
            for job in &jobs {
                job.abort();
            }
            await_records(&jobs, RECORDING);
        }
        self.life.close();
    }
}

/// Says whether all jobs got their records in time.
fn await_records(jobs: &[Arc<Job>], time: Duration) -> bool {
    let until = Instant::now().checked_add(time);
    jobs.iter().all(|job| job.await_record_until(until))
}

/// Makes the directory that all containers of the pod write to, whichever user each of them runs as. The first agent makes it, if the
/// volume is mounted at all. A link in its place would lead the files that are meant for it elsewhere.
fn open_handover(directory: &Path) -> io::Result<()> {
    if !directory.parent().is_some_and(Path::is_dir) {
        return Ok(());
    }
    match fs::create_dir(directory) {
        Ok(()) => fs::set_permissions(directory, fs::Permissions::from_mode(0o1777)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match fs::symlink_metadata(directory)?.is_dir() {
            true => Ok(()),
            false => Err(io::Error::other("something of the pod has put a link or a file there")),
        },
        // Steps that do not use it need no right to it.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

fn about(path: &std::path::Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
