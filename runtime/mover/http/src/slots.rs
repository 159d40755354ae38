//! How many connections there are. One that waits for a request makes room for a new one, the one that has waited longest first: so neither clients that keep
//! connections open nor those that never say anything keep others out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::sync::lock;

/// The places for connections.
#[derive(Debug)]
pub struct Slots {
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    all: HashMap<u64, Arc<TcpStream>>,
    /// Those that wait for a request, by when they began to, and which they are.
    waiting: BTreeMap<u64, u64>,
    /// Those that were ended to make room, and are not gone yet.
    ending: BTreeSet<u64>,
    closed: bool,
}

/// A place. It is free when this is dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Arc<Slots>,
    number: u64,
    pub stream: Arc<TcpStream>,
}

/// That a connection waits for a request.
#[derive(Debug)]
pub struct Waiting<'a> {
    slot: &'a Slot,
    since: u64,
}

impl Slots {
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits for a place; `None` when there will be none any more. Who makes room is not waited for: for a moment there are up to twice as many.
    pub fn take(self: &Arc<Self>, stream: TcpStream) -> Option<Slot> {
        let stream = Arc::new(stream);
        let mut state = lock(&self.state);
        while state.all.len() >= self.most + state.ending.len() && !state.closed {
            let longest = if state.ending.len() < self.most { state.waiting.pop_first() } else { None };
            match longest {
                Some((_, number)) => state.end(number),
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        if state.closed {
            return None;
        }
        let number = state.number();
        state.all.insert(number, Arc::clone(&stream));
        Some(Slot { slots: Arc::clone(self), number, stream })
    }

    /// Ends all connections, and lets no other begin.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        for stream in state.all.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.changed.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn end(&mut self, number: u64) {
        if let Some(stream) = self.all.get(&number) {
            let _ = stream.shutdown(Shutdown::Both);
            self.ending.insert(number);
        }
    }
}

impl Slot {
    /// Says that this one waits. Whoever waits for a place is told.
    pub fn wait(&self) -> Waiting<'_> {
        let mut state = lock(&self.slots.state);
        let since = state.number();
        state.waiting.insert(since, self.number);
        drop(state);
        self.slots.changed.notify_all();
        Waiting { slot: self, since }
    }
}

impl Waiting<'_> {
    /// Says that it waits no more: `false` when it had to make room meanwhile, and is over.
    pub fn end(self) -> bool {
        lock(&self.slot.slots.state).waiting.remove(&self.since).is_some()
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.slot.slots.state).waiting.remove(&self.since);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut state = lock(&self.slots.state);
        state.all.remove(&self.number);
        state.ending.remove(&self.number);
        drop(state);
        self.slots.changed.notify_all();
    }
}
