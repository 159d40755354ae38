//! How much output the reporters take. `cargo run --release -p windlass-report --example throughput [MEGABYTES]`
//!
//! Two streams take turns, in one event a line (what a slow step sends) and in events of 64 KiB (what a fast one sends). The
//! reporters write to a file, so that the system's part is in the figures. The redactor knows a password and a key file.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Write as _, stdout};
use std::time::{Duration, Instant};

use windlass_model::event::{RunEvent, StepRef, Stream, TaskRef};
use windlass_model::task::TaskId;
use windlass_redact::Redactor;
use windlass_report::{Json, Palette, Plain, Redacting, Reporter, Size, Terminal, usual_next_command};

const LINE: usize = 100;
const CHUNK: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: usize = std::env::args().nth(1).map_or(Ok(400), |text| text.parse())?;
    let path = std::env::temp_dir().join(format!("windlass-throughput-{}", std::process::id()));
    writeln!(stdout(), "{:<24}{:>12}{:>14}{:>16}", "reporter", "event", "MB/s", "lines/s")?;
    for (name, secrets) in [("", false), ("redacting ", true)] {
        for reporter in ["plain", "json", "terminal"] {
            for size in [LINE, CHUNK] {
                let out = File::create(&path)?;
                let inner = make(reporter, out);
                let mut reporter_under_test: Box<dyn Reporter> =
                    if secrets { Box::new(Redacting::new(redactor(), inner)) } else { inner };
                let seconds = measure(reporter_under_test.as_mut(), size, megabytes * 1_000_000)?.as_secs_f64();
                let (rate, lines) = (megabytes as f64 / seconds, (megabytes * 1_000_000 / LINE) as f64 / seconds);
                writeln!(stdout(), "{:<24}{size:>12}{rate:>14.0}{lines:>16.0}", format!("{name}{reporter}"))?;
            }
        }
    }
    fs::remove_file(path)?;
    Ok(())
}

fn make(reporter: &str, out: File) -> Box<dyn Reporter> {
    let next = Box::new(usual_next_command);
    match reporter {
        "plain" => Box::new(Plain::new(out, next)),
        "json" => Box::new(Json::new(out)),
        _ => Box::new(Terminal::new(out, Box::new(|| Size { columns: 100, rows: 30 }), Palette::Colour, next)),
    }
}

fn redactor() -> Redactor {
    let mut state = 88_172_645_463_325_252_u64;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'!' + (state % 94) as u8)
    };
    let key: Vec<String> = (0..28).map(|_| (0..64).map(|_| letter()).collect()).collect();
    let redactor = Redactor::new();
    redactor.add(["correct horse battery".to_owned(), key.join("\n")]);
    redactor
}

fn measure(reporter: &mut dyn Reporter, size: usize, total: usize) -> Result<Duration, Box<dyn Error>> {
    let text: Vec<u8> = (0..CHUNK / LINE + 1).flat_map(line).take(size).collect();
    let stream = |(index, step): (usize, &str)| {
        let task = TaskRef { name: "app".to_owned(), id: TaskId(0) };
        Stream::Step(StepRef { task, name: step.to_owned(), index })
    };
    let output = |step| RunEvent::Output { stream: stream(step), data: text.clone().into() };
    let events: Vec<_> = ["build", "test"].into_iter().enumerate().map(output).collect();
    let start = Instant::now();
    for n in 0..total / size {
        // A burst of one stream, then of the other, and a moment of rest now and then, as a queue that runs empty gives.
        reporter.event(start.elapsed(), &events[n / 8 % 2])?;
        if n % 1024 == 0 {
            reporter.idle(start.elapsed())?;
        }
    }
    reporter.finish()?;
    Ok(start.elapsed())
}

fn line(n: usize) -> Vec<u8> {
    let mut line = format!("{n:>8} compiling \"module/{n}\": ").into_bytes();
    line.resize(LINE - 1, b'a' + (n % 26) as u8);
    line.push(b'\n');
    line
}
