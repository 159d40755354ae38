//! Requests under way: what to send (again), and whom to tell.

use tokio::sync::{oneshot, watch};
use windlass_agent_protocol::{CommandId, Request, Response, UploadId};

use crate::ClientError;
use crate::pipe::PipeWriter;

/// What an uploader learns.
#[derive(Debug, Clone)]
pub(crate) enum Uploaded {
    /// The agent has all bytes before this offset. The first news of a new epoch: whatever was sent beyond the offset is lost.
    Received { offset: u64, epoch: u64 },
}

/// A request that waits for answers.
#[derive(Debug)]
pub(crate) enum Conversation {
    /// One request, one answer.
    Once { request: Request, reply: oneshot::Sender<Result<Response, ClientError>> },
    /// A command's output.
    Follow { id: CommandId, window: u64, pipe: PipeWriter },
    /// An archive.
    Upload {
        id: UploadId,
        directory: String,
        /// Whether the agent has answered on this connection.
        confirmed: bool,
        /// Counts the connections that it was begun over. Bytes meant for an earlier one are sent again, in order.
        epoch: u64,
        /// The last news: an older one says nothing more.
        news: watch::Sender<Option<Result<Uploaded, ClientError>>>,
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
            Self::Follow { id, window, pipe } => {
                let (offset, acknowledged) = pipe.places();
                Request::Follow { id: id.clone(), offset, acknowledged, window: *window }
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
            Self::Follow { pipe, .. } => pipe.is_abandoned(),
            Self::Upload { news, .. } => news.is_closed(),
        }
    }

    /// Ends the conversation with an error.
    pub(crate) fn fail(self, error: ClientError) {
        // Whoever does not listen any more does not need to know.
        match self {
            Self::Once { reply, .. } => drop(reply.send(Err(error))),
            Self::Follow { pipe, .. } => pipe.end(Err(error)),
            Self::Upload { news, .. } => drop(news.send(Some(Err(error)))),
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
            Self::Follow { pipe, .. } => match response {
                Response::Data { offset, bytes } => pipe.push(offset, bytes).map(|()| Progress::More),
                Response::Finished(record) => {
                    pipe.end(Ok(record));
                    Ok(Progress::Over)
                }
                Response::Failed(failure) => Err(failure.into()),
                _ => Err(ClientError::unexpected("no answer to following")),
            },
            Self::Upload { confirmed, epoch, news, .. } => match response {
                Response::Received { offset } => {
                    *confirmed = true;
                    drop(news.send(Some(Ok(Uploaded::Received { offset, epoch: *epoch }))));
                    Ok(Progress::More)
                }
                Response::Failed(failure) => Err(failure.into()),
                _ => Err(ClientError::unexpected("no answer to an upload")),
            },
        }
    }
}
