//! The handle that the rest of windlass holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use windlass_agent_protocol::frame::LARGEST_PAYLOAD;
use windlass_agent_protocol::message::{Content, Known, Secret, Stats};
use windlass_agent_protocol::{
    Channel, Command, CommandId, Failure, Greeting, Probe, Readiness, Record, Request, Response, SecretName,
};

use crate::conversation::Conversation;
use crate::session::{Order, Session};
use crate::{ClientError, Connector, Options, Output, upload};

/// A container's agent. Clones share one connection, which is closed when the last clone and the last [`Output`] are gone.
#[derive(Debug, Clone)]
pub struct AgentClient {
    handle: Arc<Handle>,
    greeting: Arc<Greeting>,
}

impl AgentClient {
    /// Connects, and stays connected.
    ///
    /// # Errors
    /// [`ClientError::Lost`] when no attempt succeeded, [`ClientError::Refused`] when the agent speaks another version.
    pub async fn connect(connector: impl Connector, options: Options) -> Result<Self, ClientError> {
        let (orders, receiver) = mpsc::unbounded_channel();
        let window = options.window.max(1);
        let (session, link, greeting) = Session::open(connector, options, receiver).await?;
        tokio::spawn(session.run(link));
        Ok(Self { handle: Arc::new(Handle { orders, next: AtomicU32::new(1), window }), greeting: Arc::new(greeting) })
    }

    /// What the agent said of itself when first met.
    #[must_use]
    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// Starts a command. A second start of the same command under the same name does nothing. A command that
    /// cannot be started has a record that says why.
    ///
    /// # Errors
    /// [`Failure::Conflict`] when another command has the name, and what every request can meet.
    pub async fn start(&self, command: Command) -> Result<(), ClientError> {
        self.done(Request::Start(Box::new(command))).await
    }

    /// A channel's output from its first byte on, verified against the record at its end.
    #[must_use]
    pub fn follow(&self, id: &CommandId, channel: Channel) -> Output {
        self.follow_from(id, channel, Some(0))
    }

    /// A channel's output from a byte on, or from the earliest byte that is kept. Only its length is verified, unless it begins at 0.
    #[must_use]
    pub fn follow_from(&self, id: &CommandId, channel: Channel, offset: Option<u64>) -> Output {
        Output::open(Arc::clone(&self.handle), id.clone(), channel, offset)
    }

    /// Waits for a command's record. It comes after all output is in the spool, so somebody has to follow a
    /// command that writes more than the spool holds.
    ///
    /// # Errors
    /// [`Failure::UnknownCommand`], and what every request can meet.
    pub async fn wait(&self, id: &CommandId) -> Result<Record, ClientError> {
        match self.handle.ask(Request::Wait { id: id.clone() }).await? {
            Response::Finished(record) => Ok(*record),
            _ => Err(ClientError::unexpected("no answer to waiting")),
        }
    }

    /// Sends a signal to a command's process group. After a lost connection it may arrive twice.
    ///
    /// # Errors
    /// [`Failure::UnknownCommand`], and what every request can meet.
    pub async fn signal(&self, id: &CommandId, signal: i32) -> Result<(), ClientError> {
        let id = id.clone();
        self.done(Request::Signal { id, signal }).await
    }

    /// Ends a command: SIGTERM, and SIGKILL after `grace`. Does not wait for its end.
    ///
    /// # Errors
    /// [`Failure::UnknownCommand`], and what every request can meet.
    pub async fn stop(&self, id: &CommandId, grace: Duration) -> Result<(), ClientError> {
        let id = id.clone();
        self.done(Request::Stop { id, grace }).await
    }

    /// The commands that were started, with the records of those that ended.
    ///
    /// # Errors
    /// What every request can meet.
    pub async fn list(&self) -> Result<Vec<Known>, ClientError> {
        match self.handle.ask(Request::List).await? {
            Response::Commands(commands) => Ok(commands),
            _ => Err(ClientError::unexpected("no answer to listing")),
        }
    }

    /// Tries something until it works or its time is up.
    ///
    /// # Errors
    /// What every request can meet. That it is not ready is no error.
    pub async fn probe(&self, probe: Probe) -> Result<Readiness, ClientError> {
        match self.handle.ask(Request::Probe(probe)).await? {
            Response::Probed(readiness) => Ok(readiness),
            _ => Err(ClientError::unexpected("no answer to a probe")),
        }
    }

    /// Path of a program in the container's `PATH`.
    ///
    /// # Errors
    /// What every request can meet.
    pub async fn find_program(&self, name: &str) -> Result<Option<String>, ClientError> {
        let name = name.to_owned();
        match self.handle.ask(Request::FindProgram { name }).await? {
            Response::Program(path) => Ok(path),
            _ => Err(ClientError::unexpected("no answer to looking a program up")),
        }
    }

    /// Writes a file with these permission bits, making its directories. It appears complete or not at all.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] above 4 MiB, [`Failure::File`], and what every request can meet.
    pub async fn put_file(&self, path: &str, mode: u32, content: Content) -> Result<(), ClientError> {
        if let Content::Bytes(bytes) = &content
            && bytes.len() > LARGEST_PAYLOAD
        {
            return Err(ClientError::TooLarge { what: format!("the file for {path:?}"), limit: LARGEST_PAYLOAD });
        }
        let path = path.to_owned();
        self.done(Request::PutFile { path, mode, content }).await
    }

    /// Reads a whole file, unmasked; `None` if there is none.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] above `limit` bytes, [`Failure::File`], and what every request can meet.
    pub async fn read_file(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, ClientError> {
        let mut content = Vec::new();
        loop {
            let request = Request::ReadFile {
                path: path.to_owned(),
                offset: content.len() as u64,
                max: u32::try_from(LARGEST_PAYLOAD).unwrap_or(u32::MAX),
            };
            match self.handle.ask(request).await {
                Ok(Response::File { bytes, end }) => {
                    content.extend_from_slice(&bytes);
                    if content.len() > limit {
                        let what = format!("the file {path:?}");
                        return Err(ClientError::TooLarge { what, limit });
                    }
                    if end {
                        return Ok(Some(content));
                    }
                }
                Ok(_) => return Err(ClientError::unexpected("no answer to reading a file")),
                Err(ClientError::Refused(Failure::File { missing: true, .. })) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes a file if it is there.
    ///
    /// # Errors
    /// [`Failure::File`], and what every request can meet.
    pub async fn remove_file(&self, path: &str) -> Result<(), ClientError> {
        let path = path.to_owned();
        self.done(Request::RemoveFile { path }).await
    }

    /// Gives the agent a secret. It stays in the agent's memory, and is masked in all output from now on.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] above 4 MiB, and what every request can meet.
    pub async fn put_secret(&self, name: SecretName, value: Vec<u8>) -> Result<(), ClientError> {
        if value.len() > LARGEST_PAYLOAD {
            return Err(ClientError::TooLarge { what: format!("the secret {name}"), limit: LARGEST_PAYLOAD });
        }
        let value = Secret(value);
        self.done(Request::PutSecret { name, value }).await
    }

    /// Unpacks an archive (tar in an LZ4 frame) into a directory of the container. Gives the number of its entries.
    ///
    /// # Errors
    /// [`ClientError::Archive`] when reading it fails, [`Failure::Archive`] when the agent refuses it, and what every request can meet.
    pub async fn unpack(&self, directory: &str, archive: impl AsyncRead + Send + Unpin) -> Result<u64, ClientError> {
        upload::unpack(&self.handle, directory, archive).await
    }

    /// How the container fares.
    ///
    /// # Errors
    /// What every request can meet.
    pub async fn stats(&self) -> Result<Stats, ClientError> {
        match self.handle.ask(Request::Stats).await? {
            Response::Stats(stats) => Ok(stats),
            _ => Err(ClientError::unexpected("no answer to statistics")),
        }
    }

    /// Ends every command (SIGTERM, and SIGKILL after `grace`), then the agent, which exits with 0.
    ///
    /// # Errors
    /// What every request can meet.
    pub async fn shutdown(&self, grace: Duration) -> Result<(), ClientError> {
        self.done(Request::Shutdown { grace }).await
    }

    async fn done(&self, request: Request) -> Result<(), ClientError> {
        match self.handle.ask(request).await? {
            Response::Done => Ok(()),
            _ => Err(ClientError::unexpected("more than a confirmation")),
        }
    }
}

/// The way to the session.
#[derive(Debug)]
pub(crate) struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    next: AtomicU32,
    window: u64,
}

impl Handle {
    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Queues an order. A session that is gone has told every conversation so.
    pub(crate) fn order(&self, order: Order) {
        drop(self.orders.send(order));
    }

    /// Begins a conversation and gives its number.
    pub(crate) fn open(&self, conversation: Conversation) -> u32 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.order(Order::Open { number, conversation });
        number
    }

    /// Asks one question. Dropping the future takes it back.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, ClientError> {
        let (reply, answer) = oneshot::channel();
        let number = self.open(Conversation::Once { request, reply });
        let mut cancel = CancelOnDrop { handle: self, number: Some(number) };
        let answer = answer.await.map_err(|_| ClientError::Closed)?;
        cancel.number = None;
        answer
    }
}

struct CancelOnDrop<'a> {
    handle: &'a Handle,
    number: Option<u32>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.handle.order(Order::Cancel { number });
        }
    }
}
