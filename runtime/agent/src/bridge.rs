//! `agent connect`: carries bytes between an exec's standard streams and the socket.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::sys;

/// How much is carried at once.
const CHUNK: usize = 256 << 10;

/// Time between two tries to connect.
const PAUSE: Duration = Duration::from_millis(5);

/// Carries bytes in both directions until either ends. Waits for the socket to appear: an exec may come before the
/// agent is up.
///
/// # Errors
/// When nobody listens in time, or a stream fails.
pub fn connect(socket: &Path, wait: Duration) -> io::Result<()> {
    // What it carries is sealed, but for the key at first contact.
    sys::hide()?;
    let stream = dial(socket, wait)?;
    let (ended, end) = mpsc::channel();
    // Not `io::stdin()`, whose buffer would copy every byte once more.
    let stdin = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let socket = stream.try_clone()?;
    let up = ended.clone();
    thread::spawn(move || drop(up.send(carry(stdin, socket))));
    thread::spawn(move || drop(ended.send(carry(stream, stdout))));
    // The host never closes one direction only.
    end.recv().map_err(io::Error::other)?
}

fn dial(socket: &Path, wait: Duration) -> io::Result<UnixStream> {
    let started = Instant::now();
    loop {
        let error = match UnixStream::connect(socket) {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        let early = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused);
        if !early || started.elapsed() >= wait {
            let words = format!("{}: {error}", socket.display());
            return Err(io::Error::new(error.kind(), words));
        }
        thread::sleep(PAUSE);
    }
}

fn carry(mut from: impl Read, mut to: impl Write) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&buffer[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
