//! The bytes of one upload: blocks in one file, in the order in which they came, and a list that says which of them in which order are the value.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use windlass_mover_protocol::Blob;

use crate::body::Body;
use crate::refusal::Refusal;
use crate::spool::{PIECE, Spool, Spooled, digest};
use crate::sync::lock;

/// The most bytes of a block's name, as in Azure.
const NAME: usize = 128;

/// The most blocks of a value, as in Azure.
const LISTED: usize = 50_000;

const OVER: Refusal = Refusal::new(409, "this upload has ended");

/// How many blocks there are, of all uploads.
#[derive(Debug)]
pub struct Count {
    most: usize,
    blocks: AtomicUsize,
}

/// What an upload has.
#[derive(Debug)]
pub struct Parts {
    count: Arc<Count>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<Arc<Spooled>>,
    /// Where the next block goes.
    end: u64,
    blocks: HashMap<String, Extent>,
    /// How many blocks are being written.
    coming: usize,
    /// The value, once the client has said what it is.
    whole: Option<(Arc<Spooled>, Blob)>,
    /// Whether the value was taken away.
    over: bool,
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    from: u64,
    bytes: u64,
}

impl Count {
    pub fn new(most: usize) -> Self {
        Self { most, blocks: AtomicUsize::new(0) }
    }

    fn one_more(&self) -> bool {
        let more = |blocks: usize| blocks.checked_add(1).filter(|sum| *sum <= self.most);
        self.blocks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }
}

impl Parts {
    pub fn new(count: Arc<Count>) -> Self {
        Self { count, state: Mutex::default() }
    }

    /// Takes a block. It replaces one of its name when it is all there.
    pub fn block(&self, spool: &Arc<Spool>, name: String, body: &mut Body<'_, '_>) -> Result<(), Refusal> {
        if name.is_empty() || name.len() > NAME {
            return Err(Refusal::new(400, "the block has no name, or a long one"));
        }
        let bytes = body.length().ok_or(Refusal::new(411, "the length of a block has to be said"))?;
        body.fits()?;
        let (file, from) = self.room(spool, bytes)?;
        let mut at = from;
        let written = write(&file, &mut at, body);
        // Of a block that was cut, what did not come takes no space.
        file.give((from + bytes).saturating_sub(at));
        let mut state = lock(&self.state);
        state.coming -= 1;
        written?;
        if state.over {
            return Err(OVER);
        }
        if !state.blocks.contains_key(&name) && !self.count.one_more() {
            return Err(Refusal::new(413, "there are too many blocks"));
        }
        state.blocks.insert(name, Extent { from, bytes });
        Ok(())
    }

    /// The place of a block that comes now.
    fn room(&self, spool: &Arc<Spool>, bytes: u64) -> Result<(Arc<Spooled>, u64), Refusal> {
        let mut state = lock(&self.state);
        if state.over {
            return Err(OVER);
        }
        let refused = |error: io::Error| Refusal::of_store(&error);
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => Arc::clone(state.file.insert(Arc::new(spool.file().map_err(refused)?))),
        };
        file.take(bytes).map_err(refused)?;
        let from = state.end;
        state.end += bytes;
        state.coming += 1;
        state.whole = None;
        Ok((file, from))
    }

    /// Takes the value in one piece.
    pub fn set(&self, file: Spooled, blob: Blob) -> Result<(), Refusal> {
        let mut state = lock(&self.state);
        if state.over {
            return Err(OVER);
        }
        state.whole = Some((Arc::new(file), blob));
        Ok(())
    }

    /// Makes the value of blocks; `named` gives each name to what it is called with. The file is the value as it is when the blocks came in their order,
    /// as they do from a client that sends one after the other.
    pub fn list(
        &self,
        spool: &Arc<Spool>,
        most: u64,
        named: impl FnOnce(&mut dyn FnMut(&str) -> Result<(), Refusal>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut extents = Vec::new();
        named(&mut |name| {
            let extent = lock(&self.state).blocks.get(name).copied();
            extents.push(extent.ok_or(Refusal::new(400, "the list names a block that did not come"))?);
            if extents.len() > LISTED {
                return Err(Refusal::new(413, "there are too many blocks"));
            }
            Ok(())
        })?;
        let refused = |error: io::Error| Refusal::of_store(&error);
        let mut state = lock(&self.state);
        if state.over {
            return Err(OVER);
        }
        let size = extents.iter().fold(0u64, |sum, extent| sum.saturating_add(extent.bytes));
        if size > most {
            return Err(Refusal::new(413, "the value is too large"));
        }
        let file = match &state.file {
            Some(file) => Arc::clone(file),
            None => Arc::new(spool.file().map_err(refused)?),
        };
        let mut next = 0;
        let in_order = extents.iter().all(|extent| extent.from == std::mem::replace(&mut next, extent.from + extent.bytes));
        state.whole = Some(if in_order && next == state.end && state.coming == 0 {
            let mut hash = Sha256::new();
            file.each(0, size, |bytes| {
                hash.update(bytes);
                Ok(())
            })
            .map_err(refused)?;
            (file, Blob { digest: digest(hash), size })
        } else {
            joined(spool, &file, &extents, size).map_err(refused)?
        });
        Ok(())
    }

    /// Takes the value away, when it is there and has this size. Nothing can be uploaded afterwards.
    pub fn take(&self, size: u64) -> Option<(Arc<Spooled>, Blob)> {
        let mut state = lock(&self.state);
        let whole = state.whole.take_if(|(_, blob)| blob.size == size)?;
        state.over = true;
        state.file = None;
        Some(whole)
    }
}

fn write(file: &Spooled, at: &mut u64, body: &mut Body<'_, '_>) -> Result<(), Refusal> {
    let mut piece = vec![0; PIECE];
    loop {
        let read = body.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        file.file().write_all_at(bytes, *at).map_err(|e| Refusal::of_store(&e))?;
        *at += read as u64;
    }
}

/// The blocks, in another file.
fn joined(spool: &Arc<Spool>, file: &Spooled, extents: &[Extent], size: u64) -> io::Result<(Arc<Spooled>, Blob)> {
    let to = spool.file()?;
    to.take(size)?;
    let (mut hash, mut at) = (Sha256::new(), 0);
    for extent in extents {
        file.each(extent.from, extent.bytes, |bytes| {
            hash.update(bytes);
            to.file().write_all_at(bytes, at)?;
            at += bytes.len() as u64;
            Ok(())
        })?;
    }
    Ok((Arc::new(to), Blob { digest: digest(hash), size }))
}

impl Drop for Parts {
    fn drop(&mut self) {
        let blocks = lock(&self.state).blocks.len();
        self.count.blocks.fetch_sub(blocks, Ordering::Relaxed);
    }
}
