//! Why an event could not be shown.

use std::io;

/// An event could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nobody reads any more (`windlass run | head`). No cause for a message: end the way a broken pipe ends other programs.
    #[error("the output was closed")]
    Closed,
    /// The stream failed otherwise, for example because a disk is full.
    #[error("cannot write the run's output")]
    Write(#[source] io::Error),
}

impl From<io::Error> for ReportError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Write(error),
        }
    }
}
