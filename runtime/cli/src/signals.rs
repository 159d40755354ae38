//! How a person, or the machine, ends a run.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use windlass_engine::run::Cancel;
use windlass_engine::times;
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

    /// The first signal ends what works and lets what tidies up run; the second ends everything. After SIGTERM the second comes by itself, while
    /// there is still time to delete the pods: whoever sent it will not wait for ever. Runs until it is dropped.
    pub async fn cancel(mut self, cancel: Cancel, events: mpsc::WeakSender<RunEvent>) {
        let ended = self.next().await;
        let patience = match ended {
            Ended::ByTheMachine => Some(times::AFTER_SIGTERM),
            Ended::ByAPerson => None,
        };
        let words = in_words(ended, cancel.working.any());
        cancel.soft.cancel();
        tell(&events, words).await;
        let words = tokio::select! {
            _ = self.next() => "interrupted again: ending all steps and deleting the pods",
            () = after(patience) => "its time is up: ending all steps and deleting the pods",
        };
        cancel.hard.cancel();
        tell(&events, words.to_owned()).await;
        // Further ones change nothing: what is left to do is the deletion itself.
        loop {
            self.next().await;
        }
    }

    async fn next(&mut self) -> Ended {
        tokio::select! {
            _ = self.interrupt.recv() => Ended::ByAPerson,
            _ = self.terminate.recv() => Ended::ByTheMachine,
            _ = self.hangup.recv() => Ended::ByAPerson,
        }
    }
}

const LAST: &str =
    "ending the steps; `always` steps, and those that follow a failure that was there before, still run, for at most";

/// What happens now. Without a task at its steps there is nothing that could tidy up.
fn in_words(ended: Ended, at_steps: bool) -> String {
    match (ended, at_steps) {
        (Ended::ByTheMachine, true) => format!("told to end: {LAST} {} s", times::AFTER_SIGTERM.as_secs()),
        (Ended::ByAPerson, true) => {
            format!("interrupted: {LAST} {} min; once more ends everything at once", times::LAST_STEPS.as_secs() / 60)
        }
        (Ended::ByTheMachine, false) => format!("told to end: {NOTHING_RUNS}"),
        (Ended::ByAPerson, false) => format!("interrupted: {NOTHING_RUNS}; once more ends everything at once"),
    }
}

const NOTHING_RUNS: &str = "no task is at its steps, so none runs any more; deleting what was made for them";

/// Who wants the run to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Somebody at a terminal, who can say it again.
    ByAPerson,
    /// Whatever started windlass.
    ByTheMachine,
}

async fn after(patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep(patience).await,
        None => std::future::pending().await,
    }
}

/// Through the reporter, which may be drawing on the terminal.
async fn tell(events: &mpsc::WeakSender<RunEvent>, message: String) {
    if let Some(events) = events.upgrade() {
        let note = RunEvent::Note { level: Level::Warning, message };
        // A run that is over has nobody to tell.
        let _ = events.send(note).await;
    }
}
