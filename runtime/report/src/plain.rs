//! Plain lines, for log files and CI systems.
//!
//! A line of output is `TASK/STEP | ` and the line's bytes, whatever they are: nothing is replaced or removed, except the states
//! of a progress bar that a carriage return overwrote. What windlass itself says begins with `==> `. Beginnings of lines wait for
//! their end; after two seconds, or 64 KiB, they are shown as they are, and continued in place as long as no other line comes
//! between. Messages of level `debug` are left to [`Json`](crate::Json).
//!
//! Why something failed is said at once if other tasks run, because the end of the run may be far; otherwise the last screen, which follows, says
//! it alone.
//!
//! On a terminal, what a program wrote may not move the cursor, switch screens or set the title: see [`Plain::on_terminal`].

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use windlass_model::event::{Level, RunEvent, StepOutcome, StepRef, Stream, StreamId, TaskOutcome, TaskRef};
use windlass_model::text::size;

use crate::elapsed::Elapsed;
use crate::lines::{Lines, Piece};
use crate::next_command::NextCommand;
use crate::palette::Palette;
use crate::screen::write_last_screen;
use crate::state::RunState;
use crate::streams::{Ended, Streams};
use crate::tame::Tame;
use crate::text::{cache_in_words, files, in_one_line, one_line};
use crate::{ReportError, Reporter};

/// Bytes collected before they are written, unless there is time before.
const BUFFER: usize = 128 * 1024;

/// Writes plain lines.
pub struct Plain<W: Write> {
    log: Log<W>,
    streams: Streams<Begun>,
    state: RunState,
    next: NextCommand,
    /// The colours of the terminal that this is written to, if it is one.
    terminal: Option<Palette>,
}

/// A stream that has written.
struct Begun {
    prefix: Vec<u8>,
    lines: Lines,
    tame: Option<Tame>,
}

impl<W: Write> Plain<W> {
    /// A reporter that writes to `out`, which needs no buffer of its own.
    pub fn new(out: W, next: NextCommand) -> Self {
        let log = Log { out: BufWriter::with_capacity(BUFFER, out), open: None };
        Self { log, streams: Streams::default(), state: RunState::default(), next, terminal: None }
    }

    /// The same on a terminal: of escape sequences and control characters in the output, colours pass, if the palette has some, and nothing else.
    #[must_use]
    pub fn on_terminal(self, palette: Palette) -> Self {
        Self { terminal: Some(palette), ..self }
    }

    fn output(&mut self, at: Duration, stream: &Stream, data: &[u8]) -> io::Result<()> {
        let prefix = || format!("{}/{} | ", one_line(&stream.task().name), one_line(stream.name())).into_bytes();
        let terminal = self.terminal;
        let make = || Begun { prefix: prefix(), lines: Lines::default(), tame: terminal.map(Tame::new) };
        let (place, Begun { prefix, lines, tame }) = self.streams.entry(stream, make);
        let log = &mut self.log;
        lines.push(at, data, |piece| log.piece(place, prefix, tame, piece))
    }

    /// These streams wrote all they ever will.
    fn streams_ended(&mut self, ended: Ended<'_>) -> io::Result<()> {
        let log = &mut self.log;
        for (place, entry) in self.streams.iter_mut().filter(|(_, entry)| ended.has(&entry.id)) {
            let Begun { prefix, lines, tame } = &mut entry.value;
            lines.finish(|piece| log.piece(place, prefix, tame, piece))?;
        }
        Ok(())
    }

    fn remark(&mut self, event: &RunEvent) -> io::Result<()> {
        match event {
            RunEvent::Output { .. }
            // The line of the step's end says how much it was.
            | RunEvent::WorkingCopySent { .. }
            // The line of the artifact counts them.
            | RunEvent::ArtifactFile { .. }
            | RunEvent::PodNotice { level: Level::Debug, .. }
            | RunEvent::PluginLog { level: Level::Debug, .. }
            | RunEvent::Note { level: Level::Debug, .. } => Ok(()),
            RunEvent::RunStarted { run, tasks, .. } => {
                let plural = if tasks.len() == 1 { "" } else { "s" };
                self.log.line(format_args!("run {run}: {} task{plural}", tasks.len()))
            }
            RunEvent::TaskStarted { task, target, pod } => {
                let (task, target, pod) = (one_line(&task.name), one_line(target), one_line(pod));
                self.log.line(format_args!("{task} runs on {target}, pod {pod}"))
            }
            RunEvent::PodNotice { task, container, level, message } => {
                let container = container.as_deref().map(|name| format!(" [{}]", one_line(name))).unwrap_or_default();
                let (task, level, message) = (one_line(&task.name), label(*level), one_line(message));
                self.log.line(format_args!("{task}{container}: {level}{message}"))
            }
            RunEvent::StepStarted { step } => self.log.line(format_args!("{} starts", name(step))),
            RunEvent::PluginLog { step, level, message } => {
                self.log.line(format_args!("{}: {}{}", name(step), label(*level), one_line(message)))
            }
            RunEvent::ImagePushed { step, image } => {
                self.log.line(format_args!("{} pushed {} {}", name(step), one_line(&image.reference), image.digest))
            }
            RunEvent::ResultSet { step, name: of, value, .. } => {
                self.log.line(format_args!("{} says {}: {}", name(step), one_line(of), one_line(&value.in_variable())))
            }
            RunEvent::Annotated { step, annotation } => {
                self.log.line(format_args!("{}: {}{}", name(step), label(annotation.level), in_one_line(annotation)))
            }
            RunEvent::ArtifactCollected { step, artifact: _, directory, files: count, size } => {
                self.log.line(format_args!("{} collected {} in {}", name(step), files(*count, *size), one_line(directory)))
            }
            RunEvent::Cache { step, cache, key: _, outcome } => {
                self.log.line(format_args!("{}: {}", name(step), cache_in_words(cache, outcome)))
            }
            RunEvent::BackgroundFailed { step, failure } => {
                let message = one_line(&failure.message);
                self.log.line(format_args!(
                    "{}: {}stopped early in the background: {message}",
                    name(step),
                    label(Level::Warning)
                ))
            }
            RunEvent::StepFinished { step, outcome, duration_ms } => {
                // A step in the background writes on.
                if *outcome != StepOutcome::Background {
                    self.streams_ended(Ended::Stream(&StreamId::Step(step.id())))?;
                }
                let (of, step, took) = (step, name(step), Elapsed::from_millis(*duration_ms));
                match outcome {
                    StepOutcome::Passed => match self.state.sent(of.id()) {
                        Some(bytes) => self.log.line(format_args!("{step} passed in {took}, {} sent", size(bytes))),
                        None => self.log.line(format_args!("{step} passed in {took}")),
                    },
                    StepOutcome::Background => self.log.line(format_args!("{step} runs in the background")),
                    StepOutcome::Skipped => self.log.line(format_args!("{step} skipped")),
                    StepOutcome::Failed(failure) if failure.is_interruption() => {
                        self.log.line(format_args!("{step} cancelled after {took}"))
                    }
                    StepOutcome::Failed(failure) => match self.state.told_now(of.task.id, failure) {
                        Some(message) => self.log.line(format_args!("{step} failed after {took}: {message}")),
                        None => self.log.line(format_args!("{step} failed after {took}")),
                    },
                }
            }
            RunEvent::TaskFinished { task, outcome, duration_ms } => {
                self.streams_ended(Ended::Task(task.id))?;
                self.task_finished(task, outcome, &Elapsed::from_millis(*duration_ms))
            }
            RunEvent::RunFinished { .. } => self.streams_ended(Ended::All),
            RunEvent::Note { level, message } => self.log.line(format_args!("{}{}", label(*level), one_line(message))),
        }
    }

    fn task_finished(&mut self, of: &TaskRef, outcome: &TaskOutcome, took: &Elapsed) -> io::Result<()> {
        let task = one_line(&of.name);
        match outcome {
            TaskOutcome::Passed => self.log.line(format_args!("{task} passed in {took}")),
            TaskOutcome::Failed(failure) | TaskOutcome::FailureAllowed(failure) => {
                let allowed = if matches!(outcome, TaskOutcome::FailureAllowed(_)) { ", which is allowed" } else { "" };
                let told = if self.state.is_of_step(of.id, failure) { None } else { self.state.told_now(of.id, failure) };
                match told {
                    Some(message) => self.log.line(format_args!("{task} failed after {took}{allowed}: {message}")),
                    None => self.log.line(format_args!("{task} failed after {took}{allowed}")),
                }
            }
            TaskOutcome::NotStarted { because } => {
                self.log.line(format_args!("{task} not started: {} did not pass", one_line(because)))
            }
            TaskOutcome::Cancelled => self.log.line(format_args!("{task} cancelled after {took}")),
            TaskOutcome::NotRun { reason } => self.log.line(format_args!("{task} not run here: {}", one_line(reason))),
        }
    }
}

impl<W: Write> Reporter for Plain<W> {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        self.state.apply(at, event);
        match event {
            RunEvent::Output { stream, data } => self.output(at, stream, data)?,
            other => self.remark(other)?,
        }
        Ok(())
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        let log = &mut self.log;
        for (place, entry) in self.streams.iter_mut() {
            let Begun { prefix, lines, tame } = &mut entry.value;
            lines.idle(at, |piece| log.piece(place, prefix, tame, piece))?;
        }
        Ok(self.log.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        self.streams_ended(Ended::All)?;
        self.log.close()?;
        write_last_screen(&mut self.log.out, &self.state, Palette::Plain, &self.next)?;
        Ok(self.log.out.flush()?)
    }
}

/// The log and the line that was begun in it.
struct Log<W: Write> {
    out: BufWriter<W>,
    /// The stream whose line has no end yet.
    open: Option<usize>,
}

impl<W: Write> Log<W> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.close()?;
        writeln!(self.out, "==> {text}")
    }

    fn piece(&mut self, stream: usize, prefix: &[u8], tame: &mut Option<Tame>, piece: Piece<'_>) -> io::Result<()> {
        if self.open != Some(stream) || piece.restarted {
            self.close()?;
            self.out.write_all(prefix)?;
        }
        match tame {
            Some(tame) => self.out.write_all(tame.piece(piece.bytes, piece.ended))?,
            None => self.out.write_all(piece.bytes)?,
        }
        self.open = Some(stream);
        if piece.ended { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> io::Result<()> {
        match self.open.take() {
            Some(_) => self.out.write_all(b"\n"),
            None => Ok(()),
        }
    }
}

/// A step as a line names it.
fn name(step: &StepRef) -> String {
    format!("{}/{}", one_line(&step.task.name), one_line(&step.name))
}

/// What stands before a message of this level.
fn label(level: Level) -> &'static str {
    match level {
        Level::Debug | Level::Info => "",
        Level::Warning => "warning: ",
        Level::Error => "error: ",
    }
}
