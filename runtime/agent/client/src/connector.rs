//! How a driver gives the client its streams.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

/// Opens streams to one container's agent, as often as it takes.
pub trait Connector: Send + Sync + 'static {
    /// Starts `agent connect` in the container and gives its standard input and output.
    ///
    /// # Errors
    /// [`ConnectError::Gone`] when trying again is of no use, else [`ConnectError::Failed`].
    fn connect(&self) -> impl Future<Output = Result<Connection, ConnectError>> + Send;
}

/// A pair of byte streams to an agent.
pub struct Connection {
    /// What the agent says.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// What the agent hears.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// Dropped when the connection is given up.
    pub guard: Option<Box<dyn Any + Send>>,
}

impl Connection {
    /// A connection that needs nothing but its streams.
    pub fn new(reader: impl AsyncRead + Send + Unpin + 'static, writer: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { reader: Box::new(reader), writer: Box::new(writer), guard: None }
    }

    /// Keeps `guard` (a process, a task) until the connection is given up.
    #[must_use]
    pub fn guarded_by(mut self, guard: impl Any + Send) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The container has ended or was deleted: trying again is of no use.
    #[error("the container is gone")]
    Gone(#[source] Box<dyn Error + Send + Sync>),
    /// Another try may work.
    #[error("the agent cannot be reached")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl ConnectError {
    /// A failure that another try may overcome.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into())
    }

    /// A failure that no other try can overcome.
    pub fn gone(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Gone(cause.into())
    }
}
