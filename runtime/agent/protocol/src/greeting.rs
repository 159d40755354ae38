//! The first two messages of a connection, the only ones that are not sealed.
//!
//! The host says [`Hello`], the agent [`Welcome`]; from then on every frame is [sealed](crate::seal) with keys that follow from their
//! key and both nonces. The agent's first sealed frame proves it to the host before the host says anything, and the host's first one
//! proves the host before the agent does anything.

use serde::{Deserialize, Serialize};

use crate::{Key, Nonce};

/// The longest frame with one of these messages, without its header.
pub const LARGEST: usize = 256;

/// From the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`VERSION`](crate::VERSION) of the host.
    pub version: u32,
    /// The host's part of this connection's keys.
    pub nonce: Nonce,
    /// The key to keep, for an agent that has none yet. Said at first contact only: whoever hears it can be the host.
    pub adopt: Option<Key>,
}

/// From the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Welcome {
    /// It has a key, and goes on if the host has the same.
    Met(Nonce),
    /// It does not go on.
    Refused(Refusal),
}

/// Why an agent does not go on with a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The two ends are of different releases.
    #[error("the agent speaks version {agent} of the protocol, the host version {host}")]
    Version {
        /// The agent's version.
        agent: u32,
        /// The host's version.
        host: u32,
    },
    /// It was handed a key, and has another one.
    #[error("the agent of this container has another host")]
    Taken,
    /// It has no key, and was handed none.
    #[error("the agent of this container has no host yet")]
    NoKey,
}
