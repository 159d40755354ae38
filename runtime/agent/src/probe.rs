//! Tries until something is ready.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use windlass_agent_protocol::{Command, Failure, Probe, ProbeTarget, Readiness};

use crate::cancel::Cancel;
use crate::job::Ground;
use crate::prepare::prepare;

/// The longest that one try may take; a connection may be refused or be swallowed.
const TRY: Duration = Duration::from_secs(5);

/// How much of an answer is looked at, in bytes.
const ANSWER: usize = 4096;

/// Tries until it works, the time is up, or the request is taken back (`None`).
///
/// # Errors
/// When the probe makes no sense.
pub fn probe(ground: &Ground, probe: &Probe, cancel: &Cancel) -> Result<Option<Readiness>, Failure> {
    let started = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let left = probe.timeout.saturating_sub(started.elapsed());
        // Even the last try has some time.
        let time = left.min(TRY).max(Duration::from_millis(10));
        let last = match attempt(ground, &probe.target, time, cancel) {
            Ok(()) => {
                return Ok(Some(Readiness::Ready { elapsed: started.elapsed(), attempts }));
            }
            Err(last) => last,
        };
        let left = probe.timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            let last = ground.secrets.mask(&last);
            return Ok(Some(Readiness::NotReady { attempts, last }));
        }
        if !cancel.sleep(probe.interval.max(Duration::from_millis(1)).min(left)) {
            return Ok(None);
        }
    }
}

/// One try. The error says in words why it failed.
fn attempt(ground: &Ground, target: &ProbeTarget, time: Duration, cancel: &Cancel) -> Result<(), String> {
    match target {
        ProbeTarget::Tcp { host, port } => match dial(host, *port, time) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{host}:{port}: {error}")),
        },
        ProbeTarget::DockerTcp { host, port } => dial(host, *port, time)
            .and_then(|stream| {
                stream.set_read_timeout(Some(time))?;
                stream.set_write_timeout(Some(time))?;
                ping(stream)
            })
            .map_err(|error| format!("{host}:{port}: {error}")),
        ProbeTarget::DockerSocket { path } => UnixStream::connect(path)
            .and_then(|stream| {
                stream.set_read_timeout(Some(time))?;
                stream.set_write_timeout(Some(time))?;
                ping(stream)
            })
            .map_err(|error| format!("{path}: {error}")),
        ProbeTarget::Command(command) => run(ground, command, time, cancel),
    }
}

/// Connects to the first address that answers.
fn dial(host: &str, port: u16, time: Duration) -> io::Result<TcpStream> {
    let addresses: Vec<_> = match host {
        // An image made from scratch has nothing that could resolve it.
        "localhost" => vec![([127, 0, 0, 1], port).into(), ([0u16, 0, 0, 0, 0, 0, 0, 1], port).into()],
        _ => (host, port).to_socket_addrs()?.collect(),
    };
    let mut last = io::Error::other("the name has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, time) {
            Ok(stream) => return Ok(stream),
            // Of two refusals the first is the telling one: ::1 is often not there at all.
            Err(error) if last.kind() == io::ErrorKind::Other => last = error,
            Err(_) => {}
        }
    }
    Err(last)
}

/// Asks a Docker daemon whether it is ready.
fn ping(mut stream: impl Read + Write) -> io::Result<()> {
    stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut part = [0; 512];
    while answer.len() < ANSWER && !answer.contains(&b'\n') {
        match stream.read(&mut part)? {
            0 => break,
            count => answer.extend_from_slice(&part[..count]),
        }
    }
    let line = answer.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next()) {
        (Some("HTTP/1.1" | "HTTP/1.0"), Some("200")) => Ok(()),
        _ if line.is_empty() => Err(io::Error::other("it closed the connection")),
        _ => Err(io::Error::other(format!("it answered {:?}", line.trim()))),
    }
}

fn run(ground: &Ground, command: &Command, time: Duration, cancel: &Cancel) -> Result<(), String> {
    let mut prepared = prepare(command, &ground.secrets).map_err(|error| error.to_string())?;
    let process = prepared.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (process, _) =
        ground.children.start(process, false).map_err(|error| format!("{}: {error}", prepared.program.display()))?;
    cancel.attach(&process);
    let (exit, ended) = process.wait(Some(time), (), Duration::ZERO);
    match (ended, exit.status) {
        (Some(()), _) => Err(format!("it did not end within {} ms", time.as_millis())),
        (None, Ok(0)) => Ok(()),
        (None, Ok(code)) => Err(format!("it exited with code {code}")),
        (None, Err(signal)) => Err(format!("it was ended by signal {signal}")),
    }
}
