//! What a driver gives: a mover's input and output.

use std::any::Any;
use std::fmt;

use tokio::io::{AsyncRead, AsyncWrite};

/// A pair of byte streams to a mover.
pub struct Connection {
    /// What the mover says.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// What the mover hears. When it is closed, the mover ends.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// Dropped when the connection is given up.
    pub guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Connection {
    /// A connection that needs nothing but its streams.
    pub fn new(reader: impl AsyncRead + Send + Unpin + 'static, writer: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { reader: Box::new(reader), writer: Box::new(writer), guard: None }
    }

    /// Keeps `guard` (a process, a task) until the connection is given up.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}
