//! What can go wrong between host and mover.

use std::io;
use std::sync::Arc;

use windlass_mover_protocol::VERSION;

/// An order that was not answered: another mover can be started, and the order given again.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MoverError {
    /// The stream has ended or failed. The container's status may say why.
    #[error("lost touch with the mover")]
    Lost(#[source] Arc<io::Error>),
    /// It speaks another version.
    #[error("the mover speaks version {0} of its protocol, and windlass version {VERSION}")]
    Version(u32),
    /// What came is not what a mover says.
    #[error("the mover said something unexpected: {0}")]
    Unexpected(&'static str),
}

impl From<io::Error> for MoverError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Unexpected("a frame that holds no message"),
            _ => Self::Lost(Arc::new(error)),
        }
    }
}
