//! One JSON object a line, for programs. `EVENTS.md` describes every one of them.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use serde::Serialize;
use serde_json::ser::Formatter;
use windlass_model::event::{RunEvent, StepOutcome, Stream, StreamId};
use windlass_model::text;

use crate::chunks::Chunks;
use crate::streams::{Ended, Streams};
use crate::{ReportError, Reporter};

/// Bytes collected before they are written, unless there is time before.
const BUFFER: usize = 128 * 1024;

/// Writes JSON lines.
pub struct Json<W: Write> {
    out: BufWriter<W>,
    streams: Streams<Chunks>,
    now: Duration,
}

/// Any event but output.
#[derive(Serialize)]
struct Line<'a> {
    at_ms: u64,
    #[serde(flatten)]
    event: &'a RunEvent,
}

/// A piece of output; the same fields as [`RunEvent::Output`], without copies of them.
#[derive(Serialize)]
struct OutputLine<'a> {
    at_ms: u64,
    event: &'static str,
    #[serde(flatten)]
    stream: &'a Stream,
    data: &'a str,
}

impl<W: Write> Json<W> {
    /// A reporter that writes to `out`, which needs no buffer of its own.
    pub fn new(out: W) -> Self {
        Self { out: BufWriter::with_capacity(BUFFER, out), streams: Streams::default(), now: Duration::ZERO }
    }

    /// These streams wrote all they ever will.
    fn streams_ended(&mut self, at: Duration, ended: Ended<'_>) -> io::Result<()> {
        let out = &mut self.out;
        for (_, entry) in self.streams.iter_mut().filter(|(_, entry)| ended.has(&entry.id)) {
            entry.value.finish(|data| write_output(out, at, &entry.stream, data))?;
        }
        Ok(())
    }
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        self.now = at;
        match event {
            RunEvent::Output { stream, data } => {
                let (_, chunks) = self.streams.entry(stream, Chunks::default);
                let out = &mut self.out;
                return Ok(chunks.push(at, data, |data| write_output(out, at, stream, data))?);
            }
            // A step in the background writes on.
            RunEvent::StepFinished { outcome: StepOutcome::Background, .. } => {}
            RunEvent::StepFinished { step, .. } => self.streams_ended(at, Ended::Stream(&StreamId::Step(step.id())))?,
            RunEvent::TaskFinished { task, .. } => self.streams_ended(at, Ended::Task(task.id))?,
            RunEvent::RunFinished { .. } => self.streams_ended(at, Ended::All)?,
            _ => {}
        }
        Ok(write_line(&mut self.out, &Line { at_ms: millis(at), event })?)
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        self.now = at;
        let out = &mut self.out;
        for (_, entry) in self.streams.iter_mut() {
            entry.value.idle(at, |data| write_output(out, at, &entry.stream, data))?;
        }
        Ok(self.out.flush()?)
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        self.streams_ended(self.now, Ended::All)?;
        Ok(self.out.flush()?)
    }
}

fn write_output(out: &mut impl Write, at: Duration, stream: &Stream, data: &[u8]) -> io::Result<()> {
    write_line(out, &OutputLine { at_ms: millis(at), event: "output", stream, data: &String::from_utf8_lossy(data) })
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    line.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Escaping))?;
    out.write_all(b"\n")
}

/// JSON without line breaks, in which nothing acts on the terminal that it is looked at with.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if fragment.bytes().all(|byte| byte < 0x7f) && !fragment.contains("##") {
            return out.write_all(fragment.as_bytes());
        }
        out.write_all(text::json(fragment).as_bytes())
    }
}

fn millis(at: Duration) -> u64 {
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}
