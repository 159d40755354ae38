//! Archives on their way: a stream that survives the connections that carry it.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use lz4_flex::frame::FrameDecoder;
use sha2::{Digest, Sha256};
use windlass_agent_protocol::message::UPLOAD_WINDOW;
use windlass_agent_protocol::{Failure, Response, UploadId};

use crate::sender::Sender;
use crate::sync::{lock, wait};
use crate::unpack::{in_words, unpack};

/// All archives, by name.
#[derive(Debug, Default)]
pub struct Uploads {
    by_id: Mutex<HashMap<UploadId, Arc<Upload>>>,
}

/// One archive on its way.
#[derive(Debug)]
pub struct Upload {
    id: UploadId,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes that were not unpacked yet.
    queue: VecDeque<Vec<u8>>,
    /// The first byte that has not arrived.
    arrived: u64,
    /// The first byte that has not been taken from the queue.
    taken: u64,
    /// The highest offset that the host was told.
    told: u64,
    /// What the host says the whole is: length and SHA-256.
    whole: Option<(u64, [u8; 32])>,
    /// Who wants to know.
    listener: Option<(Sender, u32)>,
    cancelled: bool,
    result: Option<Result<u64, Failure>>,
}

impl Uploads {
    /// Begins an archive, or goes on with it for another connection.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn open(&self, id: UploadId, directory: String, listener: (Sender, u32)) -> Result<Arc<Upload>, Failure> {
        let mut by_id = lock(&self.by_id);
        let upload = match by_id.get(&id) {
            Some(upload) => Arc::clone(upload),
            None => {
                let upload = Upload::begin(id.clone(), directory)?;
                by_id.insert(id, Arc::clone(&upload));
                upload
            }
        };
        drop(by_id);
        upload.listen(listener);
        Ok(upload)
    }

    /// The archive of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, id: &UploadId) -> Result<Arc<Upload>, Failure> {
        let upload = lock(&self.by_id).get(id).map(Arc::clone);
        upload.ok_or_else(|| Failure::Upload { id: id.clone(), reason: "it was not begun".into() })
    }

    /// Forgets an archive; if it is under way it is not unpacked any further.
    pub fn remove(&self, id: &UploadId) {
        if let Some(upload) = lock(&self.by_id).remove(id) {
            lock(&upload.state).cancelled = true;
            upload.changed.notify_all();
        }
    }
}

impl Upload {
    fn begin(id: UploadId, directory: String) -> Result<Arc<Self>, Failure> {
        let upload = Arc::new(Self { id, state: Mutex::default(), changed: Condvar::new() });
        let unpacking = Arc::clone(&upload);
        thread::Builder::new()
            .name("unpack".into())
            .stack_size(512 << 10)
            .spawn(move || unpacking.unpack(&PathBuf::from(directory)))
            .map_err(|error| Failure::System { action: "starting a thread".into(), reason: error.to_string() })?;
        Ok(upload)
    }

    /// Tells the listener where to go on, and whatever comes.
    fn listen(&self, (sender, number): (Sender, u32)) {
        let mut state = lock(&self.state);
        let response = match &state.result {
            Some(Err(failure)) => Response::Failed(failure.clone()),
            _ => Response::Received { offset: state.arrived },
        };
        state.told = state.arrived;
        state.listener = Some((sender.clone(), number));
        drop(state);
        sender.send(number, response);
    }

    /// Takes the next bytes. Those that have arrived before are ignored.
    ///
    /// # Errors
    /// When bytes are missing before these, or there are too many.
    pub fn push(&self, offset: u64, mut bytes: Vec<u8>) -> Result<(), Failure> {
        let mut state = lock(&self.state);
        if offset > state.arrived {
            return Err(self.failure(format!("byte {offset} came when byte {} was due", state.arrived)));
        }
        let known = usize::try_from(state.arrived - offset).unwrap_or(usize::MAX);
        if known >= bytes.len() || state.result.is_some() {
            return Ok(());
        }
        bytes.drain(..known);
        // Another connection was told to go on after what is still in the queue: twice the window is possible.
        if state.arrived + bytes.len() as u64 - state.taken > 2 * UPLOAD_WINDOW {
            return Err(self.failure("more bytes came than the agent has room for".into()));
        }
        state.arrived += bytes.len() as u64;
        state.queue.push_back(bytes);
        self.changed.notify_all();
        Ok(())
    }

    /// Says what the whole is, and waits until it is unpacked; `None` when cancelled.
    #[must_use]
    pub fn finish(&self, bytes: u64, sha256: [u8; 32], cancelled: &AtomicBool) -> Option<Result<u64, Failure>> {
        let mut state = lock(&self.state);
        state.whole = Some((bytes, sha256));
        self.changed.notify_all();
        while state.result.is_none() && !cancelled.load(Ordering::Relaxed) {
            state = wait(&self.changed, state);
        }
        state.result.clone()
    }

    /// Lets everybody who waits look whether they were cancelled.
    pub fn wake(&self) {
        drop(lock(&self.state));
        self.changed.notify_all();
    }

    fn failure(&self, reason: String) -> Failure {
        let id = self.id.clone();
        Failure::Upload { id, reason }
    }

    fn unpack(&self, directory: &std::path::Path) {
        let mut incoming = Incoming { upload: self, chunk: Vec::new(), used: 0, digest: Sha256::new() };
        let result = self.unpack_all(directory, &mut incoming);
        let mut state = lock(&self.state);
        state.queue.clear();
        let failed = result.as_ref().err().cloned();
        state.result = Some(result);
        let listener = state.listener.take();
        drop(state);
        self.changed.notify_all();
        if let (Some(failure), Some((sender, number))) = (failed, listener) {
            sender.send(number, Response::Failed(failure));
        }
    }

    fn unpack_all(&self, directory: &std::path::Path, incoming: &mut Incoming<'_>) -> Result<u64, Failure> {
        let damaged = |reason: String| Failure::Archive { reason };
        let mut decoder = FrameDecoder::new(&mut *incoming);
        let entries = unpack(directory, &mut decoder).map_err(|error| damaged(in_words(&error)))?;
        // An archive ends with padding; reading it checks the frame's end too.
        io::copy(&mut decoder, &mut io::sink())
            .and_then(|_| io::copy(incoming, &mut io::sink()))
            .map_err(|error| damaged(in_words(&error)))?;
        let digest: [u8; 32] = std::mem::take(&mut incoming.digest).finalize().into();
        let state = lock(&self.state);
        match state.whole {
            Some(whole) if whole == (state.taken, digest) => Ok(entries),
            _ => Err(damaged("its bytes are not those that were sent".into())),
        }
    }
}

/// The bytes of an upload, as a stream that waits for them.
struct Incoming<'a> {
    upload: &'a Upload,
    chunk: Vec<u8>,
    used: usize,
    digest: Sha256,
}

impl Read for Incoming<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.used == self.chunk.len() && !self.next_chunk()? {
            return Ok(0);
        }
        let rest = &self.chunk[self.used..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.used += count;
        Ok(count)
    }
}

impl Incoming<'_> {
    /// Waits for the next chunk. Says whether there is one.
    fn next_chunk(&mut self) -> io::Result<bool> {
        let mut state = lock(&self.upload.state);
        self.chunk = loop {
            if state.cancelled {
                return Err(io::Error::other("it was taken back"));
            }
            if let Some(chunk) = state.queue.pop_front() {
                break chunk;
            }
            if state.whole.is_some_and(|(bytes, _)| state.taken >= bytes) {
                return Ok(false);
            }
            state = wait(&self.upload.changed, state);
        };
        self.used = 0;
        state.taken += self.chunk.len() as u64;
        let taken = state.taken;
        let listener = match taken >= state.told + UPLOAD_WINDOW / 4 {
            true => state.listener.clone(),
            false => None,
        };
        if listener.is_some() {
            state.told = taken;
        }
        drop(state);
        self.digest.update(&self.chunk);
        if let Some((sender, number)) = listener {
            sender.send(number, Response::Received { offset: taken });
        }
        Ok(true)
    }
}
