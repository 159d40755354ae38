//! Uploads between their reservation and their end. Nothing is under a key before its upload is finished.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use windlass_mover_protocol::Sha256;

use super::BLOBS;
use super::blocks::{Count, Parts};
use crate::Shared;
use crate::limits::Limits;
use crate::spool::random;
use crate::sync::lock;

/// How many finished entries are remembered.
const FINISHED: usize = 10_000;

/// What came of a reservation.
pub enum Reserved {
    /// The path to upload to.
    Upload(String),
    /// The key is taken.
    Exists,
}

/// All uploads.
#[derive(Debug)]
pub struct Uploads {
    most: usize,
    alone: Duration,
    blocks: Arc<Count>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: HashMap<String, Open>,
    finished: Finished,
}

#[derive(Debug)]
struct Open {
    key: String,
    touched: Instant,
    parts: Arc<Parts>,
}

/// The entries that were finished here, by the digest of their keys, with their sizes. An entry does not change, so they are not written again. Those of
/// other runs are not asked for: what another branch has under a key would keep this one from having its own.
#[derive(Debug, Default)]
struct Finished {
    order: VecDeque<Sha256>,
    entries: HashMap<Sha256, (u64, u64)>,
    number: u64,
}

impl Uploads {
    pub fn new(limits: &Limits) -> Self {
        Self {
            most: limits.uploads.max(1),
            alone: limits.alone,
            blocks: Arc::new(Count::new(limits.blocks)),
            state: Mutex::default(),
        }
    }

    /// Opens an upload. One that was left alone for long ends; so does the one that was for longest, when there are too many.
    pub fn reserve(&self, key: String) -> io::Result<Reserved> {
        let mut id = String::new();
        for byte in random::<16>()? {
            let _ = write!(id, "{byte:02x}");
        }
        let mut state = lock(&self.state);
        state.open.retain(|_, open| open.touched.elapsed() < self.alone);
        if state.finished.entries.contains_key(&Sha256::of(key.as_bytes())) || state.open.values().any(|open| open.key == key) {
            return Ok(Reserved::Exists);
        }
        if state.open.len() >= self.most
            && let Some(oldest) = state.open.iter().min_by_key(|(_, open)| open.touched).map(|(id, _)| id.clone())
        {
            state.open.remove(&oldest);
        }
        let path = format!("{BLOBS}upload/{id}");
        state.open.insert(id, Open { key, touched: Instant::now(), parts: Arc::new(Parts::new(Arc::clone(&self.blocks))) });
        Ok(Reserved::Upload(path))
    }

    /// What an upload has so far.
    pub fn find(&self, id: &str) -> Option<Arc<Parts>> {
        let mut state = lock(&self.state);
        let open = state.open.get_mut(id)?;
        open.touched = Instant::now();
        Some(Arc::clone(&open.parts))
    }

    /// Stores and publishes a complete upload. Until that has ended the key stays taken. Says the entry's number; `None` when there is no such upload. One
    /// whose answer was lost may be finished again.
    pub fn finish(&self, shared: &Shared, key: &str, size: u64) -> io::Result<Option<u64>> {
        let (id, parts) = {
            let state = lock(&self.state);
            match state.open.iter().find(|(_, open)| open.key == key) {
                Some((id, open)) => (id.clone(), Arc::clone(&open.parts)),
                None => {
                    let finished = state.finished.entries.get(&Sha256::of(key.as_bytes()));
                    return Ok(finished.filter(|(had, _)| *had == size).map(|(_, number)| *number));
                }
            }
        };
        let Some((file, blob)) = parts.take(size) else { return Ok(None) };
        let stored = shared.blobs.store(blob, file.file()).and_then(|()| shared.blobs.publish(key, blob));
        let mut state = lock(&self.state);
        state.open.remove(&id);
        stored.map(|()| Some(state.finished.add(key, size)))
    }
}

impl Finished {
    fn add(&mut self, key: &str, size: u64) -> u64 {
        let key = Sha256::of(key.as_bytes());
        self.number += 1;
        self.entries.insert(key, (size, self.number));
        self.order.push_back(key);
        if self.order.len() > FINISHED
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.number
    }
}
