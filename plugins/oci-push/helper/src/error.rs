//! Everything that can go wrong, and the exit code that tells it to the caller.

use std::io;

/// An error of the program, in one sentence without secrets.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The arguments, or the configuration they lead to, are wrong.
    #[error("{0}")]
    Usage(String),
    /// A file that is not part of the image cannot be used.
    #[error("{what}: {source}")]
    File { what: String, source: io::Error },
    /// The image on disk is not whole.
    #[error("{0}")]
    Broken(String),
    /// The registry has no such image or repository.
    #[error("{0}")]
    NotFound(String),
    /// The registry does not know who we are.
    #[error("{0}")]
    Unauthorized(String),
    /// It knows, and does not let us.
    #[error("{0}")]
    Denied(String),
    /// No answer.
    #[error("{0}")]
    Unreachable(String),
    /// No trust.
    #[error("{0}")]
    Tls(String),
    /// An answer that the protocol has no place for.
    #[error("{0}")]
    Registry(String),
    /// Another thread failed first and its error is the one to show.
    #[error("stopped because another part failed")]
    Stopped,
}

impl Error {
    /// A file of the image that cannot be read makes the image broken.
    pub(crate) fn unreadable(path: &std::path::Path, source: &io::Error) -> Self {
        Self::Broken(format!("cannot read {}: {source}", path.display()))
    }

    /// As `--help` lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::File { .. } | Self::Registry(_) | Self::Stopped => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Unauthorized(_) => 4,
            Self::Denied(_) => 5,
            Self::Unreachable(_) => 6,
            Self::Tls(_) => 7,
            Self::Broken(_) => 8,
        }
    }
}
