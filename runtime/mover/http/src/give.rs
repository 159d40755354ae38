//! Sends a blob. Its last bytes are kept back until all of it was seen to be what was asked for: of a wrong one no client gets all.

use std::io::{self, Write};

use sha2::{Digest, Sha256};
use windlass_mover_protocol::Blob;

use crate::Shared;
use crate::limits::Limits;
use crate::range::{Wanted, wanted};
use crate::refusal::Refusal;
use crate::reply::{self, BlobAnswer, Text};
use crate::spool::{PIECE, digest};
use crate::wire::{Pace, Wire};

/// How many bytes are kept back.
const KEPT: usize = PIECE;

/// Sends what is wanted of a blob. An error that the client can still be told is a [`Refusal::Status`]; with [`Refusal::Gone`] the connection is over.
pub fn give(shared: &Shared, wire: &mut Wire<'_>, answer: &BlobAnswer, last: bool) -> Result<(), Refusal> {
    let mut headers = answer.headers.clone();
    headers.push(("Accept-Ranges", "bytes".to_owned()));
    let size = answer.blob.size;
    let mut pace = Pace::new(&shared.limits);
    if answer.length_only {
        return send(wire, reply::head(200, &headers, size, last).as_bytes(), &mut pace);
    }
    match wanted(answer.range.as_deref(), size) {
        Wanted::All => whole(shared, wire, answer.blob, reply::head(200, &headers, size, last)),
        Wanted::Nothing => {
            let mut text = Text::empty(416);
            text.headers = vec![("Content-Range", format!("bytes */{size}"))];
            send(wire, reply::head(416, &text.headers, 0, last).as_bytes(), &mut pace)
        }
        Wanted::Part { first, last: end } => {
            let file = shared.shelf.file(shared, answer.blob)?;
            headers.push(("Content-Range", format!("bytes {first}-{end}/{size}")));
            let length = end.saturating_sub(first).saturating_add(1);
            send(wire, reply::head(206, &headers, length, last).as_bytes(), &mut pace)?;
            let pass = |bytes: &[u8]| wire.send(bytes, &mut pace);
            file.each(first, length, pass).map_err(|_| Refusal::Gone)
        }
    }
}

fn send(wire: &mut Wire<'_>, bytes: &[u8], pace: &mut Pace) -> Result<(), Refusal> {
    wire.send(bytes, pace).map_err(|_| Refusal::Gone)
}

fn whole(shared: &Shared, wire: &mut Wire<'_>, blob: Blob, head: String) -> Result<(), Refusal> {
    let mut giving = Giving { wire, head: head.into_bytes(), begun: false, kept: Vec::new(), limits: &shared.limits, pace: None };
    let mut checked = Checked::new(&mut giving, blob);
    let result = shared.blobs.fetch(blob, &mut checked).and_then(|()| checked.end()).and_then(|()| giving.pass());
    match result {
        Ok(()) => Ok(()),
        Err(_) if giving.begun => Err(Refusal::Gone),
        Err(error) => Err(Refusal::of_store(&error)),
    }
}

/// Passes bytes on, and counts and hashes them.
pub struct Checked<'a, W> {
    to: &'a mut W,
    blob: Blob,
    hash: Sha256,
    size: u64,
}

impl<'a, W: Write> Checked<'a, W> {
    pub fn new(to: &'a mut W, blob: Blob) -> Self {
        Self { to, blob, hash: Sha256::new(), size: 0 }
    }

    /// Says whether they were the right ones.
    pub fn end(self) -> io::Result<()> {
        if self.size == self.blob.size && digest(self.hash) == self.blob.digest { Ok(()) } else { Err(wrong()) }
    }
}

fn wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the store gave other bytes than those that were stored")
}

impl<W: Write> Write for Checked<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.blob.size {
            return Err(wrong());
        }
        self.hash.update(bytes);
        self.to.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sends the head before the first bytes, and always keeps some bytes back.
struct Giving<'a, 'w, 's> {
    wire: &'w mut Wire<'s>,
    head: Vec<u8>,
    /// Whether the client has got anything.
    begun: bool,
    kept: Vec<u8>,
    limits: &'a Limits,
    /// Counts from the first byte: before it, the store is the slow one.
    pace: Option<Pace>,
}

impl Giving<'_, '_, '_> {
    fn pass(&mut self) -> io::Result<()> {
        let pace = self.pace.get_or_insert_with(|| Pace::new(self.limits));
        if !self.begun {
            self.begun = true;
            self.head.append(&mut self.kept);
            std::mem::swap(&mut self.head, &mut self.kept);
        }
        self.wire.send(&self.kept, pace)?;
        self.kept.clear();
        Ok(())
    }
}

impl Write for Giving<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let bytes = bytes.get(..KEPT).unwrap_or(bytes);
        if !bytes.is_empty() {
            if !self.kept.is_empty() {
                self.pass()?;
            }
            self.kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
