//! A request's body, by its length or in chunks. It ends where the client said that it does, or it was cut.

use std::str::from_utf8;

use crate::head::{Framing, Head};
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::wire::{Pace, Wire};

/// The most bytes of a line that says how long a chunk is, and of all lines after the last chunk.
const LINE: usize = 256;
const TRAILERS: usize = 4096;

const MALFORMED: Refusal = Refusal::new(400, "the chunks are malformed");
const TOO_LARGE: Refusal = Refusal::new(413, "the body is too large");

/// A body that is being read.
#[derive(Debug)]
pub struct Body<'w, 's> {
    wire: &'w mut Wire<'s>,
    pace: Pace,
    left: Left,
    /// How many bytes more it may have.
    room: u64,
    /// Whether the client waits to be asked for it.
    expects: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// So many bytes.
    Length(u64),
    /// So many bytes of this chunk, and then more chunks.
    Chunk(u64),
    /// The line of the first chunk.
    Chunks,
}

impl<'w, 's> Body<'w, 's> {
    pub fn new(wire: &'w mut Wire<'s>, head: &Head, limits: &Limits) -> Self {
        let left = match head.framing {
            Framing::Length(length) => Left::Length(length),
            Framing::Chunked => Left::Chunks,
        };
        Self { wire, pace: Pace::new(limits), left, room: limits.body, expects: head.expects }
    }

    /// Lets it have at most so many bytes.
    pub fn limit(&mut self, most: u64) {
        self.room = self.room.min(most);
    }

    /// Whether it may be as long as it is said to be.
    pub fn fits(&self) -> Result<(), Refusal> {
        if self.length().is_some_and(|length| length > self.room) { Err(TOO_LARGE) } else { Ok(()) }
    }

    /// How long it is, when that was said.
    pub fn length(&self) -> Option<u64> {
        match self.left {
            Left::Length(length) => Some(length),
            Left::Chunk(_) | Left::Chunks => None,
        }
    }

    /// Whether nothing of it is left, without waiting for anything.
    pub fn is_over(&mut self) -> bool {
        if let Left::Length(length) = self.left
            && !self.expects
            && self.wire.waiting().len() as u64 >= length
        {
            self.wire.used(usize::try_from(length).unwrap_or(usize::MAX));
            self.left = Left::Length(0);
        }
        self.left == Left::Length(0)
    }

    /// The next bytes; none at its end.
    pub fn read(&mut self, into: &mut [u8]) -> Result<usize, Refusal> {
        self.fits()?;
        if std::mem::take(&mut self.expects) && self.left != Left::Length(0) {
            self.wire.send(b"HTTP/1.1 100 Continue\r\n\r\n", &mut self.pace).map_err(|_| Refusal::Gone)?;
        }
        if matches!(self.left, Left::Chunks | Left::Chunk(0)) {
            self.next_chunk()?;
        }
        let (Left::Length(left) | Left::Chunk(left)) = self.left else { return Err(MALFORMED) };
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        if most == 0 {
            return Ok(0);
        }
        let read =
            self.wire.read(into.get_mut(..most).unwrap_or_default(), &mut self.pace).map_err(|e| Refusal::of_client(&e))?;
        self.room = self.room.saturating_sub(read as u64);
        let left = left.saturating_sub(read as u64);
        self.left = if matches!(self.left, Left::Length(_)) { Left::Length(left) } else { Left::Chunk(left) };
        Ok(read)
    }

    /// All of it, of at most so many bytes.
    pub fn whole(&mut self, most: u64) -> Result<Vec<u8>, Refusal> {
        self.limit(most);
        let (mut all, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            match self.read(&mut piece)? {
                0 => return Ok(all),
                read => all.extend_from_slice(piece.get(..read).unwrap_or_default()),
            }
        }
    }

    fn next_chunk(&mut self) -> Result<(), Refusal> {
        if self.left == Left::Chunk(0) && !self.line(0)?.is_empty() {
            return Err(MALFORMED);
        }
        let line = self.line(LINE)?;
        let size =
            from_utf8(&line).ok().and_then(|line| line.split(';').next()).unwrap_or_default().trim_end_matches([' ', '\t']);
        if size.is_empty() || size.len() > 16 || !size.bytes().all(|c| c.is_ascii_hexdigit()) {
            return Err(MALFORMED);
        }
        let size = u64::from_str_radix(size, 16).map_err(|_| MALFORMED)?;
        if size > self.room {
            return Err(TOO_LARGE);
        }
        self.left = Left::Chunk(size);
        if size == 0 {
            let mut room = TRAILERS;
            loop {
                let trailer = self.line(room)?;
                if trailer.is_empty() {
                    break;
                }
                room = room.saturating_sub(trailer.len());
            }
            self.left = Left::Length(0);
        }
        Ok(())
    }

    fn line(&mut self, most: usize) -> Result<Vec<u8>, Refusal> {
        self.wire.line(most, &mut self.pace).map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => MALFORMED,
            _ => Refusal::of_client(&error),
        })
    }
}
