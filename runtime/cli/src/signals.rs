//! How a person, or the machine, ends a run.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use windlass_engine::run::Cancel;
use windlass_model::event::{Level, RunEvent};

use crate::failure::Failure;

/// The signals that end a run.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Takes them over: from now on none of them ends the process by itself.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn take() -> Result<Self, Failure> {
        let take = |kind| signal(kind).map_err(Failure::Runtime);
        Ok(Self {
            interrupt: take(SignalKind::interrupt())?,
            terminate: take(SignalKind::terminate())?,
            hangup: take(SignalKind::hangup())?,
        })
    }

    /// The first signal ends the steps and deletes the pods; the second leaves out all grace. Runs until it is dropped.
    pub async fn cancel(mut self, cancel: Cancel, events: mpsc::WeakSender<RunEvent>) {
        self.next().await;
        cancel.soft.cancel();
        tell(&events, "interrupted: ending the steps and deleting their pods; once more ends them at once").await;
        self.next().await;
        cancel.hard.cancel();
        tell(&events, "interrupted again: deleting the pods without any grace").await;
        // Further ones change nothing: what is left to do is the deletion itself.
        loop {
            self.next().await;
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Through the reporter, which may be drawing on the terminal.
async fn tell(events: &mpsc::WeakSender<RunEvent>, message: &str) {
    if let Some(events) = events.upgrade() {
        let note = RunEvent::Note { level: Level::Warning, message: message.to_owned() };
        // A run that is over has nobody to tell.
        let _ = events.send(note).await;
    }
}
