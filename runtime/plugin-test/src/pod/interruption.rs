//! An end in the middle of the work: at a certain call, the step is stopped, or the instance traps.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// What happens at which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Never,
    /// The step is to stop.
    Stop(usize),
    /// The instance is gone.
    Trap(usize),
}

/// What comes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Go,
    Stop,
    /// It never returns.
    Trap,
}

/// Counts calls, and says when it is time.
#[derive(Debug)]
pub(crate) struct Interruption {
    at: At,
    calls: AtomicUsize,
    ended: AtomicBool,
    due: Notify,
}

impl Interruption {
    pub(crate) fn at(at: At) -> Self {
        Self { at, calls: AtomicUsize::new(0), ended: AtomicBool::new(false), due: Notify::new() }
    }

    pub(super) fn turn(&self) -> Turn {
        if self.ended.load(Ordering::SeqCst) {
            return Turn::Go;
        }
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.at {
            At::Stop(at) if call >= at => Turn::Stop,
            At::Trap(at) if call >= at => {
                self.due.notify_one();
                Turn::Trap
            }
            _ => Turn::Go,
        }
    }

    pub(super) async fn trap_is_due(&self) {
        self.due.notified().await;
    }

    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
    }

    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}
