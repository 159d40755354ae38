//! The way back from the agent to a host.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use windlass_agent_protocol::found::ANSWER;
use windlass_agent_protocol::seal::Sealer;
use windlass_agent_protocol::{Reply, Response, frame};

use crate::sync::lock;

/// A frame's buffer that is longer than this is given back after use.
const KEPT: usize = ANSWER + frame::CHUNK;

/// The way back to a host. Clones share the stream.
#[derive(Debug, Clone)]
pub struct Sender(Arc<Mutex<Outgoing>>);

#[derive(Debug)]
struct Outgoing {
    stream: UnixStream,
    sealer: Sealer,
    /// The last frame, whose memory the next one takes.
    frame: Vec<u8>,
}

impl Sender {
    /// The way back over a stream.
    #[must_use]
    pub fn new(stream: UnixStream, sealer: Sealer) -> Self {
        Self(Arc::new(Mutex::new(Outgoing { stream, sealer, frame: Vec::new() })))
    }

    /// Sends a response. One that cannot be sent is lost with its connection; the host asks again over another.
    pub fn send(&self, number: u32, response: Response) {
        drop(self.try_send(number, response));
    }

    /// Sends a response.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn try_send(&self, number: u32, response: Response) -> io::Result<()> {
        self.reply(&Reply { number, response })
    }

    /// Sends a reply that its sender keeps.
    ///
    /// # Errors
    /// When the connection is lost.
    pub fn reply(&self, reply: &Reply) -> io::Result<()> {
        let mut outgoing = lock(&self.0);
        let Outgoing { stream, sealer, frame } = &mut *outgoing;
        sealer.seal_in(frame, reply).map_err(io::Error::other)?;
        let sent = stream.write_all(frame);
        if frame.capacity() > KEPT {
            *frame = Vec::new();
        }
        sent
    }
}
