//! Which of a task's sidecars are followed, and of which the end was shown.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

/// What was shown of a task's sidecars.
pub(in crate::run) struct SidecarLogs {
    pub(super) live: bool,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Those that are followed.
    pub(super) followed: BTreeMap<String, Following>,
    /// Those whose end was shown, or is being shown.
    pub(super) shown: BTreeMap<String, Log>,
}

/// A log that is passed on as it comes.
pub(super) struct Following {
    pub(super) work: JoinHandle<()>,
    /// Whether a piece of it has come.
    pub(super) wrote: Arc<AtomicBool>,
}

/// What there is to see of a container's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Log {
    /// Its end was shown.
    Shown,
    /// The container wrote nothing.
    Empty,
    /// It could not be read.
    Unread,
}

impl Log {
    /// The beginning of a suggestion, for whoever looks for it.
    pub(in crate::run) fn in_words(self) -> &'static str {
        match self {
            Self::Shown => "its log is above; ",
            Self::Empty => "it wrote nothing; ",
            Self::Unread => "",
        }
    }
}

impl SidecarLogs {
    /// `live` asks for everything, as it comes.
    pub(in crate::run) fn new(live: bool) -> Self {
        Self { live, state: Mutex::default() }
    }

    /// Stops following.
    pub(in crate::run) fn close(&self) {
        for (_, following) in std::mem::take(&mut self.state().followed) {
            following.work.abort();
        }
    }

    /// What was shown of a container's log before. None says so to the first alone who asks, and that one shows it.
    pub(super) fn shown_before(&self, container: &str) -> Option<Log> {
        let mut state = self.state();
        let before = state.shown.get(container).copied();
        if before.is_none() {
            state.shown.insert(container.to_owned(), Log::Unread);
        }
        before
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SidecarLogs {
    fn drop(&mut self) {
        self.close();
    }
}
