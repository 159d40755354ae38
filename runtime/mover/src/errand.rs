//! An order on its way: what it asks, how far it is, and whether it is still wanted.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use windlass_mover_protocol::{Answer, Ask, Failed, FromMover};

use crate::line::Line;
use crate::sync::{lock, wait_for};

/// How often the host hears how far an order is.
const TELL: Duration = Duration::from_millis(100);

/// What all threads that work on one order share.
pub(crate) struct Errand {
    number: u32,
    line: Arc<Line>,
    cancelled: Mutex<bool>,
    woken: Condvar,
    progress: Mutex<Progress>,
}

struct Progress {
    bytes: u64,
    told: Instant,
}

impl Errand {
    pub(crate) fn new(number: u32, line: Arc<Line>) -> Self {
        let progress = Mutex::new(Progress { bytes: 0, told: Instant::now() });
        Self { number, line, cancelled: Mutex::new(false), woken: Condvar::new(), progress }
    }

    /// Asks the host, and waits for its answer.
    ///
    /// # Errors
    /// When the order is cancelled, or the host is gone: then the program ends, too.
    pub(crate) fn ask(&self, ask: Ask) -> Result<Answer, Failed> {
        self.check()?;
        let answered = self.line.ask(self.number, ask).map_err(|_| Failed::Cancelled)?;
        // It may have been cancelled in between, when there was nothing to give up yet.
        self.check()?;
        answered.recv().map_err(|_| Failed::Cancelled)
    }

    /// Whether the order is still wanted.
    ///
    /// # Errors
    /// When it is cancelled.
    pub(crate) fn check(&self) -> Result<(), Failed> {
        if *lock(&self.cancelled) { Err(Failed::Cancelled) } else { Ok(()) }
    }

    /// Waits, unless the order is cancelled.
    ///
    /// # Errors
    /// When it is.
    pub(crate) fn pause(&self, time: Duration) -> Result<(), Failed> {
        let until = Instant::now() + time;
        let mut cancelled = lock(&self.cancelled);
        while !*cancelled {
            match until.checked_duration_since(Instant::now()) {
                Some(rest) if !rest.is_zero() => cancelled = wait_for(&self.woken, cancelled, rest),
                _ => return Ok(()),
            }
        }
        Err(Failed::Cancelled)
    }

    /// Gives the order up.
    pub(crate) fn cancel(&self) {
        *lock(&self.cancelled) = true;
        self.woken.notify_all();
        self.line.give_up(self.number);
    }

    /// So many bytes more went to or came from the store.
    pub(crate) fn moved(&self, bytes: u64) {
        let mut progress = lock(&self.progress);
        progress.bytes += bytes;
        if progress.told.elapsed() < TELL {
            return;
        }
        progress.told = Instant::now();
        let bytes = progress.bytes;
        drop(progress);
        // That the host is gone is found out by whoever reads.
        drop(self.line.say(&FromMover::Progress { number: self.number, bytes }));
    }
}
