//! What is sent with a request.

use std::io::{self, Read};

use super::ReadAt;
use crate::errand::Errand;

/// Bytes that can be sent as often as it takes.
pub(super) struct Sent<'s> {
    pub(super) errand: &'s Errand,
    pub(super) source: ReadAt<'s>,
    pub(super) size: u64,
}

/// Sends them once.
pub(super) struct Reader<'s> {
    sent: &'s Sent<'s>,
    at: u64,
}

impl Sent<'_> {
    /// From the first byte on.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader { sent: self, at: 0 }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.sent.errand.check().is_err() {
            return Err(io::Error::other("it was cancelled"));
        }
        let most = usize::try_from(self.sent.size - self.at).unwrap_or(usize::MAX).min(bytes.len());
        let count = (self.sent.source)(self.at, bytes.get_mut(..most).unwrap_or_default())?;
        if count == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at += count as u64;
        self.sent.errand.moved(count as u64);
        Ok(count)
    }
}
