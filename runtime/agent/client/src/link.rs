//! One connection: a task that reads frames and one that writes them.

use std::any::Any;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use windlass_agent_protocol::{Call, Reply, Request, frame};

use crate::{ClientError, Connection};

/// Frames that may wait between the reader and the session.
const WAITING: usize = 16;

/// A connection in use. Dropping it ends both tasks and closes the streams.
pub(crate) struct Link {
    incoming: mpsc::Receiver<io::Result<Reply>>,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    tasks: [JoinHandle<()>; 2],
    _guard: Option<Box<dyn Any + Send>>,
}

impl Link {
    pub(crate) fn new(connection: Connection) -> Self {
        let (replies, incoming) = mpsc::channel(WAITING);
        let (outgoing, frames) = mpsc::unbounded_channel();
        let reading = tokio::spawn(read(connection.reader, replies.clone()));
        let writing = tokio::spawn(write(connection.writer, frames, replies));
        Self { incoming, outgoing, tasks: [reading, writing], _guard: connection.guard }
    }

    /// Queues a request. What cannot be sent is found out by [`Link::receive`].
    ///
    /// # Errors
    /// When the request is larger than a frame may be.
    pub(crate) fn send(&self, number: u32, request: Request) -> Result<(), ClientError> {
        let frame = frame::encode(&Call { number, request })
            .map_err(|_| ClientError::TooLarge { what: "the request".into(), limit: frame::LARGEST })?;
        drop(self.outgoing.send(frame));
        Ok(())
    }

    /// The next answer. Cancel-safe.
    ///
    /// # Errors
    /// When the stream has ended or failed, in either direction.
    pub(crate) async fn receive(&mut self) -> io::Result<Reply> {
        self.incoming.recv().await.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn read(stream: Box<dyn AsyncRead + Send + Unpin>, replies: mpsc::Sender<io::Result<Reply>>) {
    let mut stream = BufReader::with_capacity(64 << 10, stream);
    loop {
        let reply = read_frame(&mut stream).await;
        let last = reply.is_err();
        if replies.send(reply).await.is_err() || last {
            return;
        }
    }
}

async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Reply> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await?;
    let length = frame::length(header).map_err(invalid)?;
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await?;
    frame::decode(&content).map_err(invalid)
}

fn invalid(error: frame::FrameError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

async fn write(
    mut stream: Box<dyn AsyncWrite + Send + Unpin>,
    mut frames: mpsc::UnboundedReceiver<Vec<u8>>,
    replies: mpsc::Sender<io::Result<Reply>>,
) {
    while let Some(frame) = frames.recv().await {
        let mut result = stream.write_all(&frame).await;
        if result.is_ok() && frames.is_empty() {
            result = stream.flush().await;
        }
        if let Err(error) = result {
            drop(replies.send(Err(error)).await);
            return;
        }
    }
}
