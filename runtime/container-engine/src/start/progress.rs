//! How far a pod's start has come: told by one task, followed by any number of watchers from the beginning.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use windlass_engine::ports::driver::PodEvent;

/// Where a pod is between its creation and its deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Its parts are being made.
    Starting,
    /// All of them are made, or one could not be.
    Settled,
    /// They are being taken away.
    Deleting,
    /// Nothing is left.
    Deleted,
}

/// Follows a [`Progress`].
pub(crate) type Watcher = watch::Receiver<State>;

/// What watchers see.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) stage: Stage,
    /// All that was told so far. A start tells a few lines, so none is ever dropped.
    pub(crate) events: Vec<PodEvent>,
}

/// One pod's way.
#[derive(Debug)]
pub(crate) struct Progress {
    state: watch::Sender<State>,
    cancel: CancellationToken,
    /// What everything that is made of the pod is marked with.
    mark: String,
}

impl Progress {
    pub(crate) fn new(mark: String) -> Self {
        let state = State { stage: Stage::Starting, events: Vec::new() };
        Self { state: watch::Sender::new(state), cancel: CancellationToken::new(), mark }
    }

    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    pub(crate) fn watcher(&self) -> Watcher {
        self.state.subscribe()
    }

    pub(crate) fn tell(&self, event: PodEvent) {
        self.state.send_modify(|state| state.events.push(event));
    }

    /// The start is over, for better or worse.
    pub(crate) fn settle(&self) {
        self.reach(Stage::Settled);
    }

    /// Goes on to a stage, never back.
    pub(crate) fn reach(&self, stage: Stage) {
        self.state.send_if_modified(|state| {
            let further = stage > state.stage;
            state.stage = state.stage.max(stage);
            further
        });
    }

    /// Waits until the start is over.
    pub(crate) async fn settled(&self) {
        let mut watcher = self.watcher();
        // The sender is ours, so waiting cannot fail.
        let _ = watcher.wait_for(|state| state.stage >= Stage::Settled).await;
    }

    pub(crate) fn has_failed(&self) -> bool {
        let state = self.state.borrow();
        state.events.iter().any(|e| matches!(e, PodEvent::CannotStart { .. }))
    }

    pub(crate) fn cancel(&self) {
        self.cancel.cancel();
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(crate) async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }
}
