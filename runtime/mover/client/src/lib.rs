//! The host's end of the mover: gives it orders, and answers what it asks.
//!
//! A container speaks through a mover, so neither its words nor its appetite are trusted: frames are bounded, so is how many questions are answered at
//! once, and every answer is the [`Depot`]'s, which gives access to nothing but what the run may read and write.
//!
//! ```text
//! Mover::order ─→ writing task ─→ the mover's input
//!      ↑ Ended, Progress ←─ reading task ←─ the mover's output
//!                              └ Ask → Depot → writing task
//! ```

mod connection;
mod error;
mod mover;
mod orders;
mod reading;
mod writing;

use async_trait::async_trait;

pub use connection::Connection;
pub use error::MoverError;
pub use mover::Mover;
/// The words that host and mover speak.
pub use windlass_mover_protocol as protocol;
use windlass_mover_protocol::{Answer, Ask};

/// Where a mover's bytes come from and go to. A container speaks through it, so what it asks for is not believed: an answer gives access to what the
/// run may read and write, and to nothing else.
#[async_trait]
pub trait Depot: Send + Sync + 'static {
    /// Answers one question. Several may be asked at once.
    async fn answer(&self, ask: Ask) -> Answer;
}

#[cfg(test)]
mod tests;
