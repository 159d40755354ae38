//! Which of a task's sidecars are followed, and of which the end was shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

/// What was shown of a task's sidecars.
pub(in crate::run) struct SidecarLogs {
    pub(super) live: bool,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Those that are followed.
    pub(super) followed: BTreeMap<String, JoinHandle<()>>,
    /// Those whose end was shown.
    pub(super) shown: BTreeSet<String>,
}

impl SidecarLogs {
    /// `live` asks for everything, as it comes.
    pub(in crate::run) fn new(live: bool) -> Self {
        Self { live, state: Mutex::default() }
    }

    /// Stops following.
    pub(in crate::run) fn close(&self) {
        for (_, following) in std::mem::take(&mut self.state().followed) {
            following.abort();
        }
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
