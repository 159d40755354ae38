//! A connection: bytes that came and were not used yet, and patience that ends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use crate::limits::Limits;

/// How many bytes are read at once.
const PIECE: usize = 64 << 10;

/// What is less is read together with what follows.
const FEW: usize = 4096;

/// How many bytes of a refused body are thrown away, and for how long, so that the client reads why instead of a reset.
const LINGER: (u64, Duration) = (16 << 20, Duration::from_secs(2));

/// One end of a connection.
#[derive(Debug)]
pub struct Wire<'a> {
    stream: &'a TcpStream,
    /// What came; from `at` on it was not used yet.
    came: Vec<u8>,
    at: usize,
}

/// How long a body may still take.
#[derive(Debug, Clone)]
pub struct Pace {
    begun: Instant,
    bytes: u64,
    idle: Duration,
    rate: u64,
}

impl Pace {
    pub fn new(limits: &Limits) -> Self {
        Self { begun: Instant::now(), bytes: 0, idle: limits.idle, rate: limits.rate.max(1) }
    }

    fn passed(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// Until when the next byte has to pass.
    fn left(&self) -> Duration {
        let all = self.idle.saturating_add(Duration::from_secs(self.bytes / self.rate));
        all.saturating_sub(self.begun.elapsed()).min(self.idle)
    }
}

impl<'a> Wire<'a> {
    pub fn new(stream: &'a TcpStream) -> Self {
        Self { stream, came: Vec::new(), at: 0 }
    }

    /// What came and was not used yet.
    pub fn waiting(&self) -> &[u8] {
        self.came.get(self.at..).unwrap_or_default()
    }

    /// So many of them were used.
    pub fn used(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.came.len());
        if self.at == self.came.len() {
            self.came.clear();
            self.at = 0;
        }
    }

    /// Waits for more; none came when the other end has closed.
    pub fn more(&mut self, within: Duration) -> io::Result<usize> {
        self.came.drain(..self.at);
        self.at = 0;
        let had = self.came.len();
        self.came.resize(had + PIECE, 0);
        let read = receive(self.stream, self.came.get_mut(had..).unwrap_or_default(), within);
        self.came.truncate(had + *read.as_ref().unwrap_or(&0));
        read
    }

    /// The next bytes, at least one.
    pub fn read(&mut self, into: &mut [u8], pace: &mut Pace) -> io::Result<usize> {
        // A few bytes are not worth a call each.
        if self.waiting().is_empty() && into.len() < FEW {
            self.more(pace.left())?;
        }
        let had = self.waiting().len().min(into.len());
        let read = if had > 0 || into.len() < FEW {
            for (to, from) in into.iter_mut().zip(self.waiting()) {
                *to = *from;
            }
            self.used(had);
            had
        } else {
            receive(self.stream, into, pace.left())?
        };
        if read == 0 && !into.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        pace.passed(read);
        Ok(read)
    }

    /// A line without its CRLF. A longer one, and one that ends otherwise, is an error of the kind `InvalidData`.
    pub fn line(&mut self, most: usize, pace: &mut Pace) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            self.read(&mut byte, pace)?;
            line.extend(byte);
            if let Some(text) = line.strip_suffix(b"\r\n") {
                return Ok(text.to_vec());
            }
            if line.len() > most + 1 || byte == *b"\n" {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// Sends all of it.
    pub fn send(&mut self, mut bytes: &[u8], pace: &mut Pace) -> io::Result<()> {
        while !bytes.is_empty() {
            let left = pace.left();
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            self.stream.set_write_timeout(Some(left))?;
            let sent = match self.stream.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => sent,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            pace.passed(sent);
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends what we say, and hears the other end out for a moment.
    pub fn linger(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
        let (mut bytes, until) = (0, Instant::now() + LINGER.1);
        let mut piece = [0; 4096];
        while bytes < LINGER.0 {
            match receive(self.stream, &mut piece, until.saturating_duration_since(Instant::now())) {
                Ok(0) | Err(_) => break,
                Ok(read) => bytes += read as u64,
            }
        }
    }
}

fn receive(mut stream: &TcpStream, into: &mut [u8], within: Duration) -> io::Result<usize> {
    if within.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(within))?;
    loop {
        match stream.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
