//! When the agent ends, and why: orders, silence, the deadline, and who has to be waited for.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use windlass_agent_protocol::Interruption;

use crate::sync::{lock, wait_for};

/// How long hosts may take to fetch what they wait for and to leave, before the agent exits. With it goes
/// whatever else runs in the container, `agent connect` and the bytes that it carries included.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why everything ends, and how long commands have after SIGTERM.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Why.
    pub why: Interruption,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
}

/// How long the agent lives, when nobody orders its end.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// When it ends in any case.
    pub deadline: Option<Instant>,
    /// How long the host may be silent.
    pub silence: Option<Duration>,
    /// Time between SIGTERM and SIGKILL when either has passed.
    pub grace: Duration,
}

/// The agent's life. All who hold it share it.
#[derive(Debug)]
pub struct Life {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// When the host was last heard.
    heard: Instant,
    /// Why and how to end.
    order: Option<Order>,
    /// Requests whose answers are awaited, and connections: what they carry may be on its way.
    pending: usize,
}

impl Life {
    /// A life that begins now.
    #[must_use]
    pub fn begin() -> Arc<Self> {
        let state = State { heard: Instant::now(), order: None, pending: 0 };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Notes that the host lives.
    pub fn hear(&self) {
        lock(&self.state).heard = Instant::now();
    }

    /// Orders the end. A second order can only hasten it. Gives the one that counts.
    pub fn order(&self, order: Order) -> Order {
        let mut state = lock(&self.state);
        let order = match state.order {
            Some(first) => Order { why: first.why, grace: first.grace.min(order.grace) },
            None => order,
        };
        state.order = Some(order);
        drop(state);
        self.changed.notify_all();
        order
    }

    /// Waits until the end is ordered. Lets `end` order it when a limit has passed.
    pub fn await_order(&self, limits: Limits, end: impl Fn(Order)) -> Order {
        let mut state = lock(&self.state);
        loop {
            if let Some(order) = state.order {
                return order;
            }
            let now = Instant::now();
            let silence = limits.silence.and_then(|after| state.heard.checked_add(after));
            let why = match (limits.deadline, silence) {
                (Some(due), _) if due <= now => Some(Interruption::Deadline),
                (_, Some(due)) if due <= now => Some(Interruption::HostLost),
                _ => None,
            };
            if let Some(why) = why {
                drop(state);
                end(Order { why, grace: limits.grace });
                state = lock(&self.state);
                continue;
            }
            let next = limits.deadline.into_iter().chain(silence).min();
            let time = next.map(|due| due.saturating_duration_since(now));
            state = wait_for(&self.changed, state, time);
        }
    }

    /// Every command has its record: waits until hosts have fetched what they wait for.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        let until = Instant::now() + FAREWELL;
        while state.pending > 0 && Instant::now() < until {
            let time = Some(until.saturating_duration_since(Instant::now()));
            state = wait_for(&self.changed, state, time);
        }
    }

    /// Counts a request or a connection that is worth waiting for, until the guard is dropped.
    #[must_use]
    pub fn pending(self: &Arc<Self>) -> Pending {
        lock(&self.state).pending += 1;
        Pending(Arc::clone(self))
    }
}

/// Something worth waiting for before the end.
#[derive(Debug)]
pub struct Pending(Arc<Life>);

impl Drop for Pending {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.pending = state.pending.saturating_sub(1);
        self.0.changed.notify_all();
    }
}
