//! What can go wrong between host and agent.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use windlass_agent_protocol::{CommandId, Extent, Failure, Refusal};

use crate::ConnectError;

/// A request that got no good answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The stream was lost and could not be had again. The container's status says why.
    #[error("lost touch with the agent ({attempts} attempts to reach it)")]
    Lost {
        /// How often it was tried.
        attempts: u32,
        /// What the last attempt met.
        #[source]
        source: Arc<ConnectError>,
    },
    /// The agent refused the request.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The agent does not know its host any more.
    #[error(
        "the agent no longer recognises this host: the container was restarted, or something in it answers in the agent's place; \
         nobody can tell what became of its commands"
    )]
    Restarted,
    /// Whoever answers has not got the key that the agent was given.
    #[error(
        "something in the container answers in the agent's place: it cannot prove that it is the agent, so nothing was sent to it; \
         look for a program of the task that removes or replaces /windlass/run/agent.sock"
    )]
    Impostor,
    /// The agent does not take this host for its own.
    #[error(transparent)]
    Turned(Refusal),
    /// The agent is there, and does not answer.
    #[error("the agent gave no answer within {} s", .0.as_secs())]
    Silent(Duration),
    /// The bytes that came are not the bytes that the command wrote.
    #[error(
        "output of command {id} is damaged: {} bytes arrived, {} were written{}",
        .arrived.bytes, .written.bytes,
        if .arrived.bytes == .written.bytes { ", and they differ" } else { "" }
    )]
    Damaged {
        /// Whose output.
        id: CommandId,
        /// What arrived.
        arrived: Box<Extent>,
        /// What the record says.
        written: Box<Extent>,
    },
    /// The agent answered something that is no answer to the question.
    #[error("the agent broke the protocol: {what}")]
    Unexpected {
        /// In words.
        what: String,
    },
    /// A request too large for one message.
    #[error("{what} is too large: at most {limit} bytes are allowed")]
    TooLarge {
        /// What is too large.
        what: String,
        /// What is allowed.
        limit: usize,
    },
    /// The archive to upload could not be read.
    #[error("reading the archive to upload")]
    Archive(#[source] Arc<io::Error>),
    /// The client was shut down.
    #[error("the connection to the agent was closed")]
    Closed,
}

impl ClientError {
    pub(crate) fn unexpected(what: impl Into<String>) -> Self {
        Self::Unexpected { what: what.into() }
    }
}
