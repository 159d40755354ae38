//! The handle that the rest of windlass holds.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use windlass_agent_protocol::found::TOLD;
use windlass_agent_protocol::frame::{self, LARGEST_PAYLOAD};
use windlass_agent_protocol::message::{Content, Secret, Stats};
use windlass_agent_protocol::{
    Command, CommandId, Failure, Found, Glob, Key, Part, Probe, Readiness, Record, Request, Response, SecretName,
};

use crate::handle::Handle;
use crate::session::Session;
use crate::{ClientError, Connector, Options, Output, parts, secrets, upload};

/// A container's agent. Clones share one connection, which is closed when the last clone and the last [`Output`] are gone.
#[derive(Debug, Clone)]
pub struct AgentClient {
    handle: Arc<Handle>,
}

impl AgentClient {
    /// Meets an agent for the first time: hands it the key, by which it knows this host, and whoever gets the key from it, from then on.
    /// No command may have run in the container, which could listen. Nothing else is said in the open. To be repeated, with the same
    /// key, when it fails: the agent may have heard it.
    ///
    /// # Errors
    /// [`ClientError::Lost`] when no attempt succeeded, [`ClientError::Turned`] when the agent refuses, [`ClientError::Impostor`] when
    /// something else answers.
    pub async fn adopt(connector: impl Connector, key: Key, options: Options) -> Result<Self, ClientError> {
        Self::open(connector, key, true, options).await
    }

    /// Connects to an agent that has the key, and stays connected.
    ///
    /// # Errors
    /// As [`AgentClient::adopt`], and [`ClientError::Restarted`] when the agent has no key.
    pub async fn connect(connector: impl Connector, key: Key, options: Options) -> Result<Self, ClientError> {
        Self::open(connector, key, false, options).await
    }

    async fn open(connector: impl Connector, key: Key, first: bool, options: Options) -> Result<Self, ClientError> {
        let (orders, receiver) = mpsc::unbounded_channel();
        let (window, answer_time) = (options.window.max(frame::CHUNK as u64), options.answer_time);
        let (session, link, _) = Session::open(connector, key, first, options, receiver).await?;
        tokio::spawn(session.run(link));
        let handle = Handle::new(orders, window, answer_time);
        Ok(Self { handle: Arc::new(handle) })
    }

    /// Starts a command. A second start of the same command under the same name does nothing. A command that
    /// cannot be started has a record that says why.
    ///
    /// # Errors
    /// [`Failure::Conflict`] when another command has the name, and what every request can meet.
    pub async fn start(&self, command: Command) -> Result<(), ClientError> {
        self.done(Request::Start(Box::new(command))).await
    }

    /// A command's output from its first byte on, verified against the record at its end.
    #[must_use]
    pub fn follow(&self, id: &CommandId) -> Output {
        Output::open(Arc::clone(&self.handle), id.clone())
    }

    /// Waits for a command's record. It comes after all output is in the spool, so somebody has to follow a
    /// command that writes more than the spool holds.
    ///
    /// # Errors
    /// [`Failure::UnknownCommand`], and what every request can meet.
    pub async fn wait(&self, id: &CommandId) -> Result<Record, ClientError> {
        match self.handle.ask_patiently(Request::Wait { id: id.clone() }).await? {
            Response::Finished(record) => Ok(*record),
            _ => Err(ClientError::unexpected("no answer to waiting")),
        }
    }

    /// Ends a command: SIGTERM, and SIGKILL after `grace`. Does not wait for its end.
    ///
    /// # Errors
    /// [`Failure::UnknownCommand`], and what every request can meet.
    pub async fn stop(&self, id: &CommandId, grace: Duration) -> Result<(), ClientError> {
        let id = id.clone();
        self.done(Request::Stop { id, grace }).await
    }

    /// Tries something until it works or its time is up.
    ///
    /// # Errors
    /// What every request can meet. That it is not ready is no error.
    pub async fn probe(&self, probe: Probe) -> Result<Readiness, ClientError> {
        let time = self.handle.answer_time().saturating_add(probe.timeout);
        match self.handle.ask_within(Some(time), Request::Probe(probe)).await? {
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

    /// Which programs the container runs: `amd64` or `arm64`, as images name it.
    ///
    /// # Errors
    /// What every request can meet.
    pub async fn architecture(&self) -> Result<String, ClientError> {
        match self.handle.ask(Request::Architecture).await? {
            Response::Architecture(architecture) => Ok(architecture),
            _ => Err(ClientError::unexpected("no answer to what it runs on")),
        }
    }

    /// Writes a file with these permission bits, making its directories. It appears complete or not at all.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] above [`LARGEST_PAYLOAD`], [`Failure::File`], and what every request can meet.
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
            // One byte beyond the limit tells that there is more.
            let most = limit.saturating_add(1).saturating_sub(content.len()).clamp(1, LARGEST_PAYLOAD);
            let max = u32::try_from(most).unwrap_or(u32::MAX);
            let request = Request::ReadFile { path: path.to_owned(), offset: content.len() as u64, max };
            match self.handle.ask(request).await {
                Ok(Response::File { bytes, end }) if bytes.len() > most || bytes.is_empty() && !end => {
                    return Err(ClientError::unexpected(format!("{} bytes of a file, asked for {most}", bytes.len())));
                }
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

    /// Finds the files below a directory that match a pattern, at most `most`.
    ///
    /// # Errors
    /// [`Failure::TooMany`], [`Failure::Outside`], [`Failure::File`], and what every request can meet.
    pub async fn find_files(&self, directory: &str, pattern: &Glob, most: u32) -> Result<Found, ClientError> {
        let request = Request::FindFiles { directory: directory.to_owned(), pattern: pattern.clone(), most };
        match self.handle.ask(request).await? {
            Response::Found(found) if found.files.len() as u64 > u64::from(most) || found.passed_over.len() > TOLD => {
                Err(ClientError::unexpected(format!("{} files, asked for {most} at most", found.files.len())))
            }
            Response::Found(found) => Ok(found),
            _ => Err(ClientError::unexpected("no answer to a search for files")),
        }
    }

    /// The bytes of parts of files that were found, one after the other, unmasked.
    ///
    /// # Errors
    /// [`Failure::Changed`] when one is not the file that was found any more, [`Failure::Outside`], [`Failure::File`], and what every request can
    /// meet.
    pub async fn read_found(&self, directory: &str, parts: Vec<Part>) -> Result<Vec<u8>, ClientError> {
        parts::read(&self.handle, directory, parts).await
    }

    /// Removes a file if it is there.
    ///
    /// # Errors
    /// [`Failure::File`], and what every request can meet.
    pub async fn remove_file(&self, path: &str) -> Result<(), ClientError> {
        let path = path.to_owned();
        self.done(Request::RemoveFile { path }).await
    }

    /// Removes a directory and all in it if it is there.
    ///
    /// # Errors
    /// [`Failure::File`], and what every request can meet.
    pub async fn remove_directory(&self, path: &str) -> Result<(), ClientError> {
        let path = path.to_owned();
        self.done(Request::RemoveDirectory { path }).await
    }

    /// Gives the agent secrets. They stay in the agent's memory, and are masked in all output from now on. What is asked of the agent after
    /// this was first polled finds them, also before it answers.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] for one above [`LARGEST_PAYLOAD`], and what every request can meet.
    pub async fn put_secrets(&self, secrets: Vec<(SecretName, Secret)>) -> Result<(), ClientError> {
        let put = secrets::batches(secrets)?.into_iter().map(|batch| self.done(Request::PutSecrets(batch)));
        futures::future::try_join_all(put).await.map(drop)
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

    async fn done(&self, request: Request) -> Result<(), ClientError> {
        Self::is_done(self.handle.ask(request).await?)
    }

    fn is_done(response: Response) -> Result<(), ClientError> {
        match response {
            Response::Done => Ok(()),
            _ => Err(ClientError::unexpected("more than a confirmation")),
        }
    }
}
