//! One process group: from its start to the end of its leader, signals and time-outs between.

use std::collections::HashMap;
use std::io;
use std::process::{ChildStdin, Command};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::sync::{lock, wait_for};
use crate::sys::{self, Exit};

/// How long killed processes may take to disappear before the agent goes on without them.
const LINGERING: Duration = Duration::from_secs(2);

/// A running process that leads its own session and group.
#[derive(Debug)]
pub struct Process<Why> {
    pid: i32,
    escaping: bool,
    state: Mutex<State<Why>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<Why> {
    exit: Option<Exit>,
    /// Who ordered the end first, and why.
    ordered: Option<Why>,
    /// When to kill what did not end by then.
    kill_at: Option<Instant>,
}

impl<Why: Clone> Process<Why> {
    /// Sends a signal to the group, unless its leader has ended.
    pub fn signal(&self, signal: i32) {
        let state = lock(&self.state);
        // Under the lock, so the leader is not buried and its number is nobody else's.
        if state.exit.is_none() {
            sys::signal_group(self.pid, signal);
        }
    }

    /// Orders the end: SIGTERM now, SIGKILL after `grace`. The first order's reason is kept; a
    /// later one can only hasten the end. Without effect when the leader has ended.
    pub fn end(&self, why: Why, grace: Duration) {
        let mut state = lock(&self.state);
        if state.exit.is_some() {
            return;
        }
        let kill_at = Instant::now().checked_add(grace);
        if state.ordered.is_none() {
            state.ordered = Some(why);
            state.kill_at = kill_at;
            sys::signal_group(self.pid, libc::SIGTERM);
        } else if kill_at.is_some() && (state.kill_at.is_none() || kill_at < state.kill_at) {
            state.kill_at = kill_at;
        }
        self.changed.notify_all();
    }

    /// Waits for the leader's end. After `timeout` it orders the end itself, for the reason `late`. Gives the
    /// reason of the order, if there was one before the end.
    pub fn wait(&self, timeout: Option<Duration>, late: Why, grace: Duration) -> (Exit, Option<Why>) {
        let mut due = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = lock(&self.state);
        loop {
            if let Some(exit) = state.exit {
                return (exit, state.ordered.clone());
            }
            let now = Instant::now();
            if due.is_some_and(|due| due <= now) {
                due = None;
                drop(state);
                self.end(late.clone(), grace);
                state = lock(&self.state);
                continue;
            }
            if state.kill_at.is_some_and(|kill_at| kill_at <= now) {
                state.kill_at = None;
                sys::signal_group(self.pid, libc::SIGKILL);
            }
            let next = due.into_iter().chain(state.kill_at).min();
            let time = next.map(|next| next.saturating_duration_since(now));
            state = wait_for(&self.changed, state, time);
        }
    }
}

/// What the reaper needs to know of a process.
trait Buried: Send + Sync {
    /// The leader has ended: kills the rest of its group, buries it, and tells.
    fn bury(&self);
}

impl<Why: Send> Buried for Process<Why> {
    fn bury(&self) {
        let mut state = lock(&self.state);
        if !self.escaping {
            // Before the leader is buried its number can be nobody else's.
            sys::signal_group(self.pid, libc::SIGKILL);
        }
        if let Some(exit) = sys::bury(self.pid) {
            state.exit = Some(exit);
            self.changed.notify_all();
        }
    }
}

/// All processes that the agent started, and the reaping of those it inherits.
#[derive(Default)]
pub struct Children {
    leaders: Mutex<HashMap<i32, Arc<dyn Buried>>>,
    /// Notified whenever something was buried.
    buried: Condvar,
}

impl std::fmt::Debug for Children {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Children").finish_non_exhaustive()
    }
}

impl Children {
    /// Starts a process in a session of its own. Unless it is `escaping`, its group is killed when it has ended.
    ///
    /// # Errors
    /// When the system refuses to start it.
    pub fn start<Why: Clone + Send + 'static>(
        &self,
        command: &mut Command,
        escaping: bool,
    ) -> io::Result<(Arc<Process<Why>>, Option<ChildStdin>)> {
        // The lock keeps the reaper away until the process is known, and from a child whose exec failed,
        // which the standard library waits for itself.
        let mut leaders = lock(&self.leaders);
        let child = sys::in_own_session(command).spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        let process = Arc::new(Process {
            pid,
            escaping,
            state: Mutex::new(State { exit: None, ordered: None, kill_at: None }),
            changed: Condvar::new(),
        });
        leaders.insert(pid, Arc::clone(&process) as Arc<dyn Buried>);
        Ok((process, child.stdin))
    }

    /// Buries every child that has ended, one's own or inherited.
    pub fn reap(&self) {
        let mut leaders = lock(&self.leaders);
        while let Some(pid) = sys::ended_child() {
            match leaders.remove(&pid) {
                Some(process) => process.bury(),
                None => drop(sys::bury(pid)),
            }
        }
        self.buried.notify_all();
    }

    /// Waits until nobody is left in the group of a process whose leader has ended, for [`LINGERING`] at most.
    pub fn await_group<Why>(&self, process: &Process<Why>) {
        let until = Instant::now() + LINGERING;
        let mut leaders = lock(&self.leaders);
        while sys::group_exists(process.pid) && Instant::now() < until {
            // Members whose parent is alive are not ours to bury: nobody tells when they are gone.
            let time = Some(Duration::from_millis(20));
            leaders = wait_for(&self.buried, leaders, time);
        }
    }
}
