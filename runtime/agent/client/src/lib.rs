//! The host side of the agent: one stream per container, resumed when it is cut.
//!
//! A driver gives a [`Connector`], which starts `agent connect` inside a container. [`AgentClient`] speaks
//! with the agent over it, many requests at a time. When the stream is lost, it connects again
//! and goes on where it was: requests are repeated under the names that make them harmless to repeat,
//! output goes on at the byte where it was cut, an archive at the byte that the agent has not got.
//! The host has a [`Key`](protocol::Key) for each agent, hands it over at first contact ([`AgentClient::adopt`]), and from then on says
//! nothing to, and believes nothing of, whoever cannot prove to have it.
//!
//! An agent, or whatever in a container speaks as one, is not trusted with the host's memory or time: what it may send is bounded, and
//! what it should answer has a time limit.
//!
//! Only when connecting again fails does a caller see [`ClientError::Lost`], and should ask the driver
//! what became of the container.
//!
//! ```text
//! AgentClient ─orders→ session ⇄ link (reader task, writer task) ⇄ Connection
//!      ↑ Output, unpack ←events──┘
//! ```

mod client;
mod connector;
mod conversation;
mod error;
mod handle;
mod link;
mod options;
mod output;
mod parts;
mod pipe;
mod secrets;
mod session;
mod upload;

pub use client::AgentClient;
pub use connector::{ConnectError, Connection, Connector};
pub use error::ClientError;
pub use options::Options;
pub use output::Output;
/// The words that host and agent speak.
pub use windlass_agent_protocol as protocol;
