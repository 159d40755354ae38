//! A command's output on disk, in segments that are dropped when they were acknowledged. The files have no names: no command can open,
//! change or remove what another one has written.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use rustix::fs::{Mode, OFlags};
use windlass_agent_protocol::{Failure, Nonce};

use crate::sync::{lock, wait};

/// The length of a segment, in bytes.
const SEGMENT: u64 = 1 << 20;

/// One writer's bytes for any number of readers.
#[derive(Debug)]
pub struct Spool {
    /// The directory on whose file system the segments are.
    directory: PathBuf,
    /// How many bytes may wait to be acknowledged.
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    segments: VecDeque<Segment>,
    /// Where the next byte goes.
    end: u64,
    acknowledged: u64,
    /// Whether all was written.
    closed: bool,
    /// Whether the writer must not wait any more.
    aborted: bool,
}

#[derive(Debug, Clone)]
struct Segment {
    start: u64,
    length: u64,
    file: Arc<File>,
}

/// What a reader finds.
#[derive(Debug)]
pub enum Found {
    /// Bytes, at least one, in the reader's buffer.
    Bytes,
    /// All was read, and no more will come.
    End,
    /// The reader was cancelled.
    Cancelled,
}

/// Not all bytes were written.
#[derive(Debug)]
pub struct Incomplete {
    /// How many were.
    pub written: usize,
    /// Why not more.
    pub cause: WriteError,
}

/// Why bytes could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nobody took the bytes before, and the agent has to end.
    #[error("the container ends before its output was taken")]
    Aborted,
    /// The disk.
    #[error("the spool cannot be written")]
    Io(#[from] io::Error),
}

impl Spool {
    /// An empty spool on the file system of a directory, for so many bytes.
    #[must_use]
    pub fn new(directory: PathBuf, limit: u64) -> Self {
        Self { directory, limit: limit.max(1), state: Mutex::default(), changed: Condvar::new() }
    }

    /// Appends bytes; waits while too many are not acknowledged.
    ///
    /// # Errors
    /// When the disk fails, or [`Spool::abort`] was called while there was no room.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Incomplete> {
        let mut written = 0;
        while written < bytes.len() {
            match self.write_some(&bytes[written..]) {
                Ok(count) => written += count,
                Err(cause) => return Err(Incomplete { written, cause }),
            }
        }
        Ok(())
    }

    /// Appends as many bytes as there is room for, at least one.
    fn write_some(&self, bytes: &[u8]) -> Result<usize, WriteError> {
        let (segment, room) = self.writable()?;
        let bytes = &bytes[..bytes.len().min(usize_of(room))];
        segment.file.write_all_at(bytes, segment.length)?;
        let mut state = lock(&self.state);
        state.end += bytes.len() as u64;
        if let Some(last) = state.segments.back_mut() {
            last.length += bytes.len() as u64;
        }
        self.changed.notify_all();
        Ok(bytes.len())
    }

    /// The segment to write to, and for how many bytes there is room.
    fn writable(&self) -> Result<(Segment, u64), WriteError> {
        let mut state = lock(&self.state);
        while state.end - state.acknowledged >= self.limit {
            if state.aborted {
                return Err(WriteError::Aborted);
            }
            state = wait(&self.changed, state);
        }
        let allowed = self.limit - (state.end - state.acknowledged);
        let full = state.segments.back().is_none_or(|last| last.length >= SEGMENT);
        if full {
            let start = state.end;
            let file = nameless(&self.directory)?;
            state.segments.push_back(Segment { start, length: 0, file: Arc::new(file) });
        }
        match state.segments.back() {
            Some(last) => Ok((last.clone(), allowed.min(SEGMENT - last.length))),
            None => Err(WriteError::Aborted),
        }
    }

    /// Says that all was written.
    pub fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }

    /// Lets the writer give up instead of waiting for room.
    pub fn abort(&self) {
        lock(&self.state).aborted = true;
        self.changed.notify_all();
    }

    /// Lets waiting readers look whether they were cancelled.
    pub fn wake(&self) {
        drop(lock(&self.state));
        self.changed.notify_all();
    }

    /// Drops the segments that lie before `offset`.
    pub fn acknowledge(&self, offset: u64) {
        let mut state = lock(&self.state);
        if offset <= state.acknowledged {
            return;
        }
        state.acknowledged = offset.min(state.end);
        while let Some(first) = state.segments.front()
            && first.start + first.length <= state.acknowledged
            && (first.length >= SEGMENT || state.closed)
        {
            // With its last handle the file goes.
            state.segments.pop_front();
        }
        self.changed.notify_all();
    }

    /// The number of bytes that wait to be acknowledged.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let state = lock(&self.state);
        state.end - state.acknowledged
    }

    /// Whether a reader can begin at a byte.
    ///
    /// # Errors
    /// When that byte is gone or not written yet.
    pub fn has(&self, offset: u64) -> Result<(), Failure> {
        let state = lock(&self.state);
        let available_from = match state.segments.front() {
            Some(first) => first.start,
            None => state.end,
        };
        if offset < available_from {
            return Err(Failure::Trimmed { available_from });
        }
        if offset > state.end {
            return Err(Failure::AheadOfOutput { offset, end: state.end });
        }
        Ok(())
    }

    /// Fills `bytes` with those at `offset`, at most `max`, and none that lie more than `window` after the acknowledged ones.
    /// Waits for them.
    ///
    /// # Errors
    /// When the bytes are gone, or the disk fails.
    pub fn read(
        &self,
        offset: u64,
        max: usize,
        window: u64,
        bytes: &mut Vec<u8>,
        cancelled: &AtomicBool,
    ) -> Result<Found, Failure> {
        let (segment, count) = {
            let mut state = lock(&self.state);
            loop {
                if cancelled.load(Ordering::Relaxed) {
                    return Ok(Found::Cancelled);
                }
                if state.closed && offset >= state.end {
                    return Ok(Found::End);
                }
                let allowed = state.end.min(state.acknowledged.saturating_add(window));
                if offset < allowed {
                    break state.place(offset, max.min(usize_of(allowed - offset)))?;
                }
                state = wait(&self.changed, state);
            }
        };
        bytes.resize(count, 0);
        segment
            .file
            .read_exact_at(bytes, offset - segment.start)
            .map_err(|error| Failure::System { action: "reading the spool".into(), reason: error.to_string() })?;
        Ok(Found::Bytes)
    }
}

/// A file without a name. Where the file system makes none such, one that loses its name at once: it can be opened in between, but not
/// with anything in it, and only by its owner.
fn nameless(directory: &Path) -> io::Result<File> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC;
    if let Ok(file) = rustix::fs::open(directory, flags | OFlags::TMPFILE, Mode::RUSR | Mode::WUSR) {
        return Ok(file.into());
    }
    let name = Nonce::random().map_err(io::Error::other)?.to_string();
    let path = directory.join(name);
    let file = rustix::fs::open(&path, flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW, Mode::RUSR | Mode::WUSR)?;
    std::fs::remove_file(path)?;
    Ok(file.into())
}

fn usize_of(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl State {
    /// The segment that holds a byte, and how many of the wanted ones it has.
    fn place(&self, offset: u64, max: usize) -> Result<(Segment, usize), Failure> {
        let found = self.segments.iter().find(|segment| (segment.start..segment.start + segment.length).contains(&offset));
        match found {
            Some(segment) => {
                let rest = segment.start + segment.length - offset;
                Ok((segment.clone(), max.min(usize_of(rest))))
            }
            None => Err(Failure::Trimmed { available_from: self.segments.front().map_or(self.end, |first| first.start) }),
        }
    }
}
