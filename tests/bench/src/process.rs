//! Programs that are measured: when a line came, when they ended, what they used.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use wait4::Wait4 as _;

use crate::limit::Limit;

/// What a program did.
pub struct Ran {
    /// From its start to its end.
    pub total: Duration,
    /// Its lines on stdout, each with the time since its start.
    pub lines: Vec<(Duration, String)>,
    /// The most memory that it held at once, in bytes.
    pub peak_memory: u64,
    /// Processor time.
    pub cpu: Duration,
}

impl Ran {
    /// When the first line came that holds a text.
    ///
    /// # Errors
    /// When none did.
    pub fn saw(&self, text: &str) -> Result<Duration> {
        let found = self.lines.iter().find(|(_, line)| line.contains(text));
        found.map(|(at, _)| *at).with_context(|| format!("no line with {text:?} in {:#?}", self.lines))
    }

    /// The number after a word that begins a line.
    ///
    /// # Errors
    /// When there is none.
    pub fn number(&self, word: &str) -> Result<f64> {
        let found = self.lines.iter().find_map(|(_, line)| line.strip_prefix(word)?.trim().parse().ok());
        found.with_context(|| format!("no {word} in {:#?}", self.lines))
    }

    /// How long a step took, by windlass' own JSON events.
    ///
    /// # Errors
    /// When the step did not end.
    pub fn step(&self, name: &str) -> Result<Duration> {
        let events = self.lines.iter().filter_map(|(_, line)| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut ends = events.filter(|event| event["event"] == "step_finished" && event["step"] == name);
        let took = ends.next().and_then(|event| event["duration_ms"].as_u64());
        took.map(Duration::from_millis).with_context(|| format!("step {name} did not end in {:#?}", self.lines))
    }
}

/// Runs a program to its end and reads its stdout meanwhile.
///
/// # Errors
/// When it cannot be run, fails, or takes longer than a [`Limit`].
pub fn run(mut command: Command) -> Result<Ran> {
    command.stdout(Stdio::piped());
    measure(command, |began, child| {
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().context("a pipe")?).lines() {
            lines.push((began.elapsed(), line?));
        }
        Ok(lines)
    })
}

/// Runs a program whose stdout goes to a file.
///
/// # Errors
/// As [`run`].
pub fn run_into(mut command: Command, file: File) -> Result<Ran> {
    command.stdout(file);
    measure(command, |_, _| Ok(Vec::new()))
}

fn measure(mut command: Command, read: impl FnOnce(Instant, &mut Child) -> Result<Vec<(Duration, String)>>) -> Result<Ran> {
    let errors = tempfile::tempfile()?;
    command.stdin(Stdio::null()).stderr(errors.try_clone()?);
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let limit = Limit::on(&child)?;
    let lines = read(began, &mut child)?;
    let ended = child.wait4()?;
    let total = began.elapsed();
    if limit.was_reached() {
        bail!("{command:?} had to be ended after {} s\n{}", total.as_secs(), text(errors)?);
    }
    if !ended.status.success() {
        let said: Vec<&String> = lines.iter().map(|(_, line)| line).collect();
        bail!("{command:?}: {}\n{said:#?}\n{}", ended.status, text(errors)?);
    }
    let usage = ended.rusage;
    Ok(Ran { total, lines, peak_memory: usage.maxrss, cpu: usage.utime + usage.stime })
}

fn text(mut file: File) -> Result<String> {
    use std::io::Seek as _;
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
