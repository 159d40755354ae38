//! Requests under way: what to send (again), and whom to tell.

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use windlass_agent_protocol::{Channel, CommandId, Record, Request, Response, UploadId};

use crate::ClientError;

/// What a follower learns.
#[derive(Debug)]
pub(crate) enum Followed {
    Data { offset: u64, bytes: Bytes },
    Finished(Box<Record>),
}

/// What an uploader learns.
#[derive(Debug)]
pub(crate) enum Uploaded {
    /// The agent has all bytes before this offset. The first news of a new epoch: whatever was sent beyond the offset is lost.
    Received { offset: u64, epoch: u64 },
}

/// A request that waits for answers.
#[derive(Debug)]
pub(crate) enum Conversation {
    /// One request, one answer.
    Once { request: Request, reply: oneshot::Sender<Result<Response, ClientError>> },
    /// A channel's bytes.
    Follow {
        id: CommandId,
        channel: Channel,
        /// The next byte to come.
        offset: Option<u64>,
        window: u64,
        events: mpsc::UnboundedSender<Result<Followed, ClientError>>,
    },
    /// An archive.
    Upload {
        id: UploadId,
        directory: String,
        /// Whether the agent has answered on this connection.
        confirmed: bool,
        /// Counts the connections that it was begun over. Bytes meant for an earlier one are sent again, in order.
        epoch: u64,
        events: mpsc::UnboundedSender<Result<Uploaded, ClientError>>,
    },
}

/// Whether more answers are to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    More,
    Over,
}

impl Conversation {
    /// The request to send on a new connection.
    pub(crate) fn request(&mut self) -> Request {
        match self {
            Self::Once { request, .. } => request.clone(),
            Self::Follow { id, channel, offset, window, .. } => {
                Request::Follow { id: id.clone(), channel: *channel, offset: *offset, window: *window }
            }
            Self::Upload { id, directory, confirmed, epoch, .. } => {
                *confirmed = false;
                *epoch += 1;
                Request::OpenUpload { id: id.clone(), directory: directory.clone() }
            }
        }
    }

    /// Whether nobody waits for the answers any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        match self {
            Self::Once { reply, .. } => reply.is_closed(),
            Self::Follow { events, .. } => events.is_closed(),
            Self::Upload { events, .. } => events.is_closed(),
        }
    }

    /// Ends the conversation with an error.
    pub(crate) fn fail(self, error: ClientError) {
        // Whoever does not listen any more does not need to know.
        match self {
            Self::Once { reply, .. } => drop(reply.send(Err(error))),
            Self::Follow { events, .. } => drop(events.send(Err(error))),
            Self::Upload { events, .. } => drop(events.send(Err(error))),
        }
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// When the answer makes no sense here. The conversation then ends with that error.
    pub(crate) fn answer(&mut self, response: Response) -> Result<Progress, ClientError> {
        match self {
            Self::Once { reply, .. } => {
                let answer = match response {
                    Response::Failed(failure) => Err(failure.into()),
                    other => Ok(other),
                };
                // The sender is used up by sending; put a closed one in its place.
                let reply = std::mem::replace(reply, oneshot::channel().0);
                drop(reply.send(answer));
                Ok(Progress::Over)
            }
            Self::Follow { offset, events, .. } => {
                let (event, progress) = followed(offset, response)?;
                drop(events.send(Ok(event)));
                Ok(progress)
            }
            Self::Upload { confirmed, epoch, events, .. } => match response {
                Response::Received { offset } => {
                    *confirmed = true;
                    drop(events.send(Ok(Uploaded::Received { offset, epoch: *epoch })));
                    Ok(Progress::More)
                }
                Response::Failed(failure) => Err(failure.into()),
                _ => Err(ClientError::unexpected("no answer to an upload")),
            },
        }
    }
}

fn followed(expected: &mut Option<u64>, response: Response) -> Result<(Followed, Progress), ClientError> {
    match response {
        Response::Data { offset, bytes } => {
            if expected.is_some_and(|expected| expected != offset) {
                return Err(ClientError::unexpected(format!("output went on at byte {offset} instead of {expected:?}")));
            }
            *expected = Some(offset + bytes.len() as u64);
            let bytes = Bytes::from(bytes);
            Ok((Followed::Data { offset, bytes }, Progress::More))
        }
        Response::Finished(record) => Ok((Followed::Finished(record), Progress::Over)),
        Response::Failed(failure) => Err(failure.into()),
        _ => Err(ClientError::unexpected("no answer to following")),
    }
}
