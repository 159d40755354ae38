//! The words that host and agent speak: commands, records, requests and the frames they travel in.
//!
//! The agent is a supervisor that runs as the first process of a container. The host reaches it
//! over a byte stream that may be cut at any moment, so every message here is made for being
//! said again: commands, uploads and secrets carry their own names, output carries its offset, and
//! how a command ended is a [`Record`] that outlives the stream.
//!
//! Anybody in the container can reach the agent's socket, and anybody may sit between the two ends. So they share a [`Key`] from
//! their first contact on, and [every later frame is sealed](seal).
//!
//! This crate has no I/O beyond [`frame`], which reads and writes whole frames on `std::io`.

pub mod command;
pub mod failure;
pub mod found;
pub mod frame;
pub mod glob;
pub mod greeting;
pub mod key;
pub mod message;
pub mod name;
pub mod probe;
pub mod record;
pub mod seal;

pub use command::{Command, Stdin, Value, Variable};
pub use failure::Failure;
pub use found::{Found, FoundFile, Part, PassedOver, Stamp, Why};
pub use glob::{Glob, InvalidGlob};
pub use greeting::{Hello, Refusal, Welcome};
pub use key::{Key, NoRandomness, Nonce};
pub use message::{Call, Greeting, Reply, Request, Response};
pub use name::{CommandId, InvalidName, SecretName, UploadId};
pub use probe::{Probe, Readiness};
pub use record::{Extent, Interruption, Outcome, Record, StartFailure};

/// The version of everything in this crate. Host and agent refuse each other unless they agree.
pub const VERSION: u32 = 7;

/// The host must say something more often than this, or the agent takes the stream for lost.
pub const SILENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Where things are inside a supervised container; every driver mounts them there.
pub mod paths {
    /// A private tmpfs: the agent's socket, files with credentials.
    pub const RUN: &str = "/windlass/run";
    /// A directory on disk for the commands' output.
    pub const SPOOL: &str = "/windlass/spool";
    /// A directory on the volume that the pod's containers share, where there is one: for what steps leave for each other.
    pub const HANDOVER: &str = "/windlass/shared/.windlass";
}
