//! Takes back what was asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::job::Job;
use crate::sync::{lock, wait_for};
use crate::upload::Upload;

/// A request under way that can be taken back.
#[derive(Debug, Default)]
pub struct Cancel {
    flag: AtomicBool,
    waiting: Mutex<Option<Waiting>>,
    changed: Condvar,
}

/// What the request waits for.
#[derive(Debug)]
enum Waiting {
    Job(Arc<Job>),
    Upload(Arc<Upload>),
}

impl Cancel {
    /// A request that waits for a command.
    #[must_use]
    pub fn of_job(job: &Arc<Job>) -> Self {
        Self { waiting: Mutex::new(Some(Waiting::Job(Arc::clone(job)))), ..Self::default() }
    }

    /// A request that waits for an archive.
    #[must_use]
    pub fn of_upload(upload: &Arc<Upload>) -> Self {
        Self { waiting: Mutex::new(Some(Waiting::Upload(Arc::clone(upload)))), ..Self::default() }
    }

    /// Is set when the request is taken back.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Takes the request back: whoever works on it stops soon.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
        match &*lock(&self.waiting) {
            Some(Waiting::Job(job)) => job.wake(),
            Some(Waiting::Upload(upload)) => upload.wake(),
            None => {}
        }
        self.changed.notify_all();
    }

    /// Waits for a time. Says whether the request is still wanted.
    #[must_use]
    pub fn sleep(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut waiting = lock(&self.waiting);
        while !self.flag.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            waiting = wait_for(&self.changed, waiting, Some(left));
        }
        false
    }
}
