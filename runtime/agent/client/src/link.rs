//! One connection: a greeting, then a task that reads sealed frames and one that writes them.

use std::any::Any;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use windlass_agent_protocol::found::{ANSWER, NAMES};
use windlass_agent_protocol::frame::{self, FrameError, LARGEST};
use windlass_agent_protocol::seal::{self, End, Opener, Sealer, TAG};
use windlass_agent_protocol::{Call, Greeting, Hello, Key, Nonce, Refusal, Reply, Request, Response, VERSION, Welcome, greeting};

use crate::{ClientError, ConnectError, Connection};

/// Frames that may wait between the reader and the session.
const WAITING: usize = 16;

/// Frames that may wait for an agent to take them. An agent that takes none is as good as gone.
const UNSENT: usize = 4096;

/// The longest answer but for those that carry bytes of a command or a file.
const LONGEST_ANSWER: usize = 256 << 10;

/// The longest answer with parts of files: their bytes, and what is said of them.
const LONGEST_PARTS: usize = ANSWER + 64;

/// The longest list of files: their names, and as much again for what else is said of them.
const LONGEST_FOUND: usize = 2 * NAMES;

type Reader = BufReader<Box<dyn AsyncRead + Send + Unpin>>;

/// A connection in use. Dropping it ends both tasks and closes the streams.
pub(crate) struct Link {
    incoming: mpsc::Receiver<io::Result<Reply>>,
    outgoing: mpsc::Sender<Vec<u8>>,
    /// Told when the agent does not take what is sent.
    stalled: Notify,
    tasks: [JoinHandle<()>; 2],
    _guard: Option<Box<dyn Any + Send>>,
}

/// Why one attempt to connect failed.
pub(crate) enum Unmet {
    /// Another may work.
    Failed(ConnectError),
    /// No other will.
    Hopeless(ClientError),
}

impl From<io::Error> for Unmet {
    fn from(error: io::Error) -> Self {
        Self::Failed(ConnectError::failed(error))
    }
}

impl Link {
    /// Greets whoever is at the other end, which has to prove that it is the agent before it hears anything more. `first` hands it the key.
    pub(crate) async fn open(mut connection: Connection, key: &Key, first: bool) -> Result<(Self, Greeting), Unmet> {
        let nonce = Nonce::random().map_err(|error| Unmet::Failed(ConnectError::failed(error)))?;
        let hello = Hello { version: VERSION, nonce, adopt: first.then(|| key.clone()) };
        connection.writer.write_all(&frame::encode(&hello).map_err(frame::invalid)?).await?;
        connection.writer.flush().await?;
        let mut reader: Reader = BufReader::with_capacity(64 << 10, connection.reader);
        // What is no greeting is the runtime's word on why there is no agent, so another attempt may help.
        let welcome = read_content(&mut reader, greeting::LARGEST).await?;
        let agent = match frame::decode(&welcome).map_err(frame::invalid)? {
            Welcome::Met(nonce) => nonce,
            Welcome::Refused(Refusal::NoKey) if !first => return Err(Unmet::Hopeless(ClientError::Restarted)),
            Welcome::Refused(refusal) => return Err(Unmet::Hopeless(ClientError::Turned(refusal))),
        };
        let (sealer, mut opener) = seal::channel(key, &nonce, &agent, End::Host);
        let mut proof = read_content(&mut reader, LONGEST_ANSWER).await?;
        let greeting = match opener.open(&mut proof) {
            Ok(Reply { response: Response::Hello(greeting), .. }) => greeting,
            Ok(_) => return Err(Unmet::Hopeless(ClientError::unexpected("no greeting"))),
            Err(_) => return Err(Unmet::Hopeless(ClientError::Impostor)),
        };
        let (replies, incoming) = mpsc::channel(WAITING);
        let (outgoing, frames) = mpsc::channel(UNSENT);
        let reading = tokio::spawn(read(reader, opener, replies.clone()));
        let writing = tokio::spawn(write(connection.writer, sealer, frames, replies));
        let link = Self { incoming, outgoing, stalled: Notify::new(), tasks: [reading, writing], _guard: connection.guard };
        Ok((link, greeting))
    }

    /// Queues a request. What cannot be sent is found out by [`Link::receive`].
    ///
    /// # Errors
    /// When the request is larger than a frame may be.
    pub(crate) fn send(&self, number: u32, request: Request) -> Result<(), ClientError> {
        let frame = frame::encode(&Call { number, request })
            .map_err(|_| ClientError::TooLarge { what: "the request".into(), limit: LARGEST })?;
        if let Err(mpsc::error::TrySendError::Full(_)) = self.outgoing.try_send(frame) {
            self.stalled.notify_one();
        }
        Ok(())
    }

    /// The next answer. Cancel-safe.
    ///
    /// # Errors
    /// When the stream has ended or failed, in either direction, or holds what the agent did not say.
    pub(crate) async fn receive(&mut self) -> io::Result<Reply> {
        tokio::select! {
            reply = self.incoming.recv() => reply.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into())),
            () = self.stalled.notified() => Err(io::Error::other("the agent does not take what is sent to it")),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn read(mut stream: Reader, mut opener: Opener, replies: mpsc::Sender<io::Result<Reply>>) {
    loop {
        let reply = match read_content(&mut stream, LARGEST + TAG).await {
            Ok(mut content) => open(&mut opener, &mut content).map_err(frame::invalid),
            Err(error) => Err(error),
        };
        let last = reply.is_err();
        if replies.send(reply).await.is_err() || last {
            return;
        }
    }
}

fn open(opener: &mut Opener, content: &mut [u8]) -> Result<Reply, FrameError> {
    let content = opener.open_bytes(content)?;
    let length = content.len();
    let reply: Reply = frame::decode(content)?;
    let most = match reply.response {
        Response::Data { .. } | Response::File { .. } => LARGEST,
        Response::Found(_) => LONGEST_FOUND,
        Response::Parts { .. } => LONGEST_PARTS,
        _ => LONGEST_ANSWER,
    };
    if length <= most { Ok(reply) } else { Err(FrameError::TooLong { length, most }) }
}

async fn read_content(stream: &mut Reader, most: usize) -> io::Result<Vec<u8>> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await?;
    let mut content = vec![0; frame::length(header, most).map_err(frame::invalid)?];
    stream.read_exact(&mut content).await?;
    Ok(content)
}

async fn write(
    mut stream: Box<dyn AsyncWrite + Send + Unpin>,
    mut sealer: Sealer,
    mut frames: mpsc::Receiver<Vec<u8>>,
    replies: mpsc::Sender<io::Result<Reply>>,
) {
    while let Some(mut frame) = frames.recv().await {
        let mut result = match sealer.seal(&mut frame) {
            Ok(()) => stream.write_all(&frame).await,
            Err(error) => Err(frame::invalid(error)),
        };
        if result.is_ok() && frames.is_empty() {
            result = stream.flush().await;
        }
        if let Err(error) = result {
            drop(replies.send(Err(error)).await);
            return;
        }
    }
}
