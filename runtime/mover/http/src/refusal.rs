//! Why a request gets no value, and with which status that is said.

use std::io;

/// Why a request is not done.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is there to be told.
    Gone,
    /// This.
    Status(u16, &'static str),
}

impl Refusal {
    /// One of the client's making, or of the server's.
    pub const fn new(status: u16, why: &'static str) -> Self {
        Self::Status(status, why)
    }

    /// What became of the store or the disk. A value that has vanished is a miss to a client. The error's own words are not for the programs of a pod: an
    /// address that gives access may be in them.
    pub fn of_store(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(404, "the store has this value no more"),
            io::ErrorKind::PermissionDenied => Self::new(403, "the store does not allow this"),
            io::ErrorKind::FileTooLarge => Self::new(413, "the value is too large for the store"),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::new(507, "there is no room for this value"),
            _ => Self::new(502, "the store did not do this"),
        }
    }

    /// What came of reading from the client.
    pub fn of_client(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::new(408, "the request came too slowly"),
            _ => Self::Gone,
        }
    }
}
