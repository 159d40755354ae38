//! Shows the events of a run: on a terminal, as plain lines, as JSON lines.
//!
//! A [`Reporter`] receives every [`RunEvent`] and writes to the writer it was made with; nothing here opens a stream, asks
//! for the time or starts a thread. What goes where:
//!
//! | reporter | for | stream |
//! |---|---|---|
//! | [`Terminal`] | a person who watches | stderr: it is progress, redrawn in place |
//! | [`Plain`] | a log file, a CI system, a pipe | stdout: the log of the steps is what `run` makes, so `windlass run > log` holds it, in order, its last screen included |
//! | [`Json`] | a program | stdout: one event a line, see `EVENTS.md` |
//!
//! [`Layout::choose`] picks among them. Everything that windlass itself has to say about a run goes through the same reporter as
//! the steps' output, because two streams in one log lose their order.
//!
//! The agent masks secrets in output where it is made; [`Redacting`] masks whatever still passes, in every field of every event.
//!
//! Non-goals: colour themes, log levels, keeping logs.

mod chunks;
mod elapsed;
mod error;
mod json;
mod layout;
mod lines;
mod next_command;
mod palette;
mod plain;
mod redacting;
mod screen;
mod several;
mod state;
mod streams;
mod tail;
mod tame;
mod terminal;
mod text;

use std::time::Duration;

use windlass_model::event::RunEvent;

pub use error::ReportError;
pub use json::Json;
pub use layout::{Layout, StreamKind};
pub use next_command::{FailedTask, NextCommand, fitting_builder, usual_next_command};
pub use palette::Palette;
pub use plain::Plain;
pub use redacting::Redacting;
pub use several::Several;
pub use terminal::{Size, Terminal};

/// Shows the events of one run.
///
/// Output is buffered, so the caller says when there is time to show it: call [`Reporter::idle`] whenever no event is
/// waiting, and every 100 ms or so while none comes. All times count from the start of the run and never go back.
pub trait Reporter {
    /// Takes the next event.
    ///
    /// # Errors
    /// When the writer fails; see [`ReportError::Closed`] for a reader that went away.
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError>;

    /// Shows all that was taken so far: flushes buffers, lets clocks tick.
    ///
    /// # Errors
    /// As [`Reporter::event`].
    fn idle(&mut self, at: Duration) -> Result<(), ReportError>;

    /// Writes what is still held back, once, after the last event, also when that was not [`RunEvent::RunFinished`].
    ///
    /// # Errors
    /// As [`Reporter::event`].
    fn finish(&mut self) -> Result<(), ReportError>;
}

impl<R: Reporter + ?Sized> Reporter for Box<R> {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        (**self).event(at, event)
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        (**self).idle(at)
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        (**self).finish()
    }
}
