//! What the mover asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Blob, Sha256};

/// A question of the mover's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Where can this be had? Answer: [`Answer::Here`], [`Answer::Go`] or [`Answer::No`].
    Fetch(Blob),
    /// A part of what can be had [`Here`](Answer::Here), of at most [`PIECE`](crate::PIECE) bytes. Answer: [`Answer::Bytes`] or [`Answer::No`].
    Read {
        /// Of what.
        blob: Sha256,
        /// The first byte.
        offset: u64,
        /// At most that many; fewer only at the end.
        most: u32,
    },
    /// Where does this go? Answer: [`Answer::Done`] when the store has it, else [`Answer::Here`], [`Answer::Go`] or [`Answer::No`].
    Store(Blob),
    /// A part of what goes [`Here`](Answer::Here), in order. Answer: [`Answer::Done`] or [`Answer::No`].
    Write {
        /// Of what.
        blob: Sha256,
        /// The first byte.
        offset: u64,
        /// At most [`PIECE`](crate::PIECE).
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// All of it was written, or the server at [`Go`](Answer::Go) has taken it. Answer: [`Answer::Done`] or [`Answer::No`].
    Stored(Blob),
    /// Of the HTTP cache: what is under a key? Answer: [`Answer::Found`] or [`Answer::No`].
    Lookup {
        /// The key; of a prefix, the newest of the keys that begin with it is meant.
        key: String,
        /// Whether it is a prefix.
        prefix: bool,
    },
    /// Of the HTTP cache: this is under a key from now on. The store has it. Answer: [`Answer::Done`] or [`Answer::No`].
    Publish {
        /// The key.
        key: String,
        /// What is under it.
        blob: Blob,
    },
    /// Of the HTTP cache: nothing is under a key any more. Answer: [`Answer::Done`] or [`Answer::No`].
    Forget {
        /// The key.
        key: String,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Over this stream.
    Here,
    /// By this request, sent from the container.
    Go(Request),
    /// A part of something.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
    /// So it is.
    Done,
    /// What is under a key, and which key it was.
    Found {
        /// The key, whole.
        key: String,
        /// What is under it.
        blob: Blob,
    },
    /// It is not there, or may not be.
    No(String),
}

/// A single HTTP request, which the host has signed or gives a token for. The body of a `PUT` is the blob.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// `GET` or `PUT`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// What goes with it. A redirect to another host is followed without them.
    pub headers: Vec<(String, String)>,
    /// Certificates to trust beside the usual ones, as PEM.
    pub certificates: Option<String>,
}

/// Shows neither query nor headers: they give access.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url.split('?').next().unwrap_or_default())
    }
}
