//! The supervisor that runs inside containers.
//!
//! It is the container's first process: it starts commands as the host tells it, each in a session of its own, reaps what
//! ends, keeps output on disk until the host has it, masks secrets before they leave, and has the last word on how a
//! command ended. It needs nothing of the image: no shell, no C library, no writable file but its two volumes.
//!
//! ```text
//! host ⇄ connect (bridge) ⇄ connection ─ start → job ─ process (reaped by children)
//!                               │                 └ pump: pipe → mask → spool
//!                               └ follow ← spool, record
//! ```
//!
//! Plain threads and blocking calls: a container has a handful of commands, and the program has to be small.

pub mod acquaintance;
pub mod agent;
pub mod beneath;
pub mod bridge;
pub mod cancel;
pub mod connection;
pub mod expand;
pub mod files;
pub mod find;
pub mod follow;
pub mod forward;
pub mod job;
pub mod life;
pub mod memory;
pub mod parts;
pub mod prepare;
pub mod probe;
pub mod process;
pub mod program;
pub mod pump;
pub mod secrets;
pub mod sender;
pub mod settings;
pub mod spool;
pub mod strangers;
pub mod supervise;
mod sync;
pub mod sys;
pub mod unpack;
pub mod upload;
