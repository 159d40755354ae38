//! Whoever sits between a host and its agent: it hears what passes, and may change it.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use windlass_agent_client::protocol::frame;
use windlass_agent_client::{ConnectError, Connection, Connector};

/// A frame, header included, on its way; `true` when it comes from the agent. What is returned goes on in its place.
pub type Change = dyn FnMut(bool, Vec<u8>) -> Vec<Vec<u8>> + Send;

/// A relay between a host and the agent at a socket.
pub struct Relay {
    socket: PathBuf,
    change: Arc<Mutex<Change>>,
    /// All that passed, in both directions.
    pub heard: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    pub fn new(socket: PathBuf, change: impl FnMut(bool, Vec<u8>) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        Self { socket, change: Arc::new(Mutex::new(change)), heard: Arc::default() }
    }
}

impl Connector for Relay {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        // The agent may not be up yet.
        let agent = loop {
            match UnixStream::connect(&self.socket).await {
                Ok(stream) => break stream,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(2)).await,
            }
        };
        let (from_agent, to_agent) = agent.into_split();
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (from_host, to_host) = tokio::io::split(theirs);
        tokio::spawn(carry(false, From::Host(from_host), To::Agent(to_agent), Arc::clone(&self.change), Arc::clone(&self.heard)));
        tokio::spawn(carry(true, From::Agent(from_agent), To::Host(to_host), Arc::clone(&self.change), Arc::clone(&self.heard)));
        let (reader, writer) = tokio::io::split(ours);
        Ok(Connection::new(reader, writer))
    }
}

enum From {
    Host(tokio::io::ReadHalf<DuplexStream>),
    Agent(OwnedReadHalf),
}

enum To {
    Host(tokio::io::WriteHalf<DuplexStream>),
    Agent(OwnedWriteHalf),
}

/// Until either end closes, which closes the other.
async fn carry(
    of_agent: bool,
    mut from: From,
    mut to: To,
    change: Arc<Mutex<Change>>,
    heard: Arc<Mutex<Vec<u8>>>,
) -> io::Result<()> {
    loop {
        let frame = match &mut from {
            From::Host(stream) => whole(stream).await,
            From::Agent(stream) => whole(stream).await,
        };
        let Ok(frame) = frame else {
            return match &mut to {
                To::Host(stream) => stream.shutdown().await,
                To::Agent(stream) => stream.shutdown().await,
            };
        };
        heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&frame);
        let changed = change.lock().unwrap_or_else(PoisonError::into_inner)(of_agent, frame);
        for frame in changed {
            match &mut to {
                To::Host(stream) => stream.write_all(&frame).await?,
                To::Agent(stream) => stream.write_all(&frame).await?,
            }
        }
    }
}

/// A whole frame, header included.
async fn whole(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Vec<u8>> {
    let mut all = vec![0; frame::HEADER];
    stream.read_exact(&mut all).await?;
    let length = u32::from_le_bytes(all[..4].try_into().map_err(io::Error::other)?) as usize;
    all.resize(frame::HEADER + length, 0);
    stream.read_exact(&mut all[frame::HEADER..]).await?;
    Ok(all)
}
