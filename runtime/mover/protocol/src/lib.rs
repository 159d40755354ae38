//! The words that the host and the mover speak: the program that moves caches between a pod and a store.
//!
//! The host starts the mover in the main container and holds its standard input and output. Frames are those of the agent
//! (`windlass_agent_protocol::frame`): a length and that many bytes of postcard. The host gives [`Order`]s; the mover [`Ask`]s for what it needs to
//! carry one out. Both ends number what they begin, and an answer has the number of its question. When the stream ends, the mover ends, and the host
//! starts another: what was stored stays stored, since all that travels is named by its digest.

mod ask;
mod blob;
mod order;

use serde::{Deserialize, Serialize};

pub use ask::{Answer, Ask, Request};
pub use blob::{Blob, Sha256};
pub use order::{Failed, Kept, Order, Outcome, Place, Restored, Secret};

/// The protocol's version. A mover says it first of all; the host sends the mover along, so another one is a bug.
pub const VERSION: u32 = 1;

/// The most bytes of one [`Ask::Write`] and of one [`Answer::Bytes`].
pub const PIECE: usize = 1 << 20;

/// What the host says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToMover {
    /// Do this. It is answered by one [`FromMover::Ended`] of that number.
    Order {
        /// Unique among the orders of one stream.
        number: u32,
        /// What is to be done.
        order: Order,
    },
    /// The answer to an [`Ask`] of that number.
    Answer {
        /// The number of the question.
        number: u32,
        /// What is answered.
        answer: Answer,
    },
    /// Give an order up. It is still answered by [`FromMover::Ended`].
    Cancel {
        /// The number of the order.
        number: u32,
    },
}

/// What the mover says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromMover {
    /// The first word of each stream.
    Hello {
        /// [`VERSION`].
        version: u32,
        /// What `HOME` is in the container, where it is set and text.
        home: Option<String>,
    },
    /// A question. It is answered by one [`ToMover::Answer`] of that number.
    Ask {
        /// Unique among the questions of one stream.
        number: u32,
        /// What is asked.
        ask: Ask,
    },
    /// How far an order is. Nobody has to answer.
    Progress {
        /// The number of the order.
        number: u32,
        /// Bytes that went to or came from the store so far.
        bytes: u64,
    },
    /// An order has ended.
    Ended {
        /// The number of the order.
        number: u32,
        /// How.
        result: Result<Outcome, Failed>,
    },
}
