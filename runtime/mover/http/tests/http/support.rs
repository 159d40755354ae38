//! A server, and somebody who speaks to it byte by byte.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use windlass_mover_http::{Limits, Server, listen, serve_within};

use crate::directory::Directory;

/// Longer than anything takes here.
pub const LONG: Duration = Duration::from_secs(60);

pub struct Here {
    pub server: Server,
    pub blobs: Arc<Directory>,
    spool: TempDir,
}

/// A connection.
pub struct Client {
    pub stream: TcpStream,
    came: Vec<u8>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Here {
    pub fn new() -> Self {
        Self::within(Limits::default())
    }

    pub fn within(limits: Limits) -> Self {
        let (blobs, spool) = (Arc::new(Directory::new()), TempDir::new().expect("a directory"));
        let listener = listen(0).expect("a port");
        let server = serve_within(listener, Arc::clone(&blobs) as _, &spool.path().join("spool"), limits).expect("it serves");
        Self { server, blobs, spool }
    }

    pub fn spool(&self) -> std::path::PathBuf {
        self.spool.path().join("spool")
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port())
    }

    pub fn connect(&self) -> Client {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.server.port())).expect("it is accepted");
        stream.set_read_timeout(Some(LONG)).expect("a timeout");
        Client { stream, came: Vec::new() }
    }

    /// One request on a connection of its own.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let mut client = self.connect();
        client.ask(method, path, headers, body)
    }

    pub fn put(&self, path: &str, body: &[u8]) -> u16 {
        self.ask("PUT", path, "", body).status
    }

    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, "", b"")
    }
}

impl Client {
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("it is sent");
    }

    pub fn ask(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let length = body.len();
        self.send(format!("{method} {path} HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n{headers}\r\n"));
        self.send(body);
        if method == "HEAD" { self.reply_without_body() } else { self.reply() }
    }

    pub fn reply(&mut self) -> Reply {
        self.try_reply().expect("a whole reply")
    }

    pub fn try_reply(&mut self) -> io::Result<Reply> {
        let mut reply = self.head()?;
        let length = reply.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        while self.came.len() < length {
            self.more()?;
        }
        reply.body = self.came.drain(..length).collect();
        Ok(reply)
    }

    pub fn reply_without_body(&mut self) -> Reply {
        self.head().expect("a head")
    }

    fn head(&mut self) -> io::Result<Reply> {
        let end = loop {
            match self.came.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more()?,
            }
        };
        let text = String::from_utf8(self.came.drain(..end).collect()).expect("a head is text");
        let mut lines = text.lines();
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Ok(Reply { status, headers: headers.collect(), body: Vec::new() })
    }

    fn more(&mut self) -> io::Result<()> {
        let mut piece = [0; 65536];
        let read = self.stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.came.extend_from_slice(&piece[..read]);
        Ok(())
    }

    /// Whether the server has ended the connection, and sent nothing more.
    pub fn is_over(&mut self) -> bool {
        let mut byte = [0];
        self.came.is_empty() && matches!(self.stream.read(&mut byte), Ok(0) | Err(_))
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("it is text")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("it is JSON")
    }
}

/// Bytes that repeat nowhere soon.
pub fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

/// How many files of a directory there are to be seen.
pub fn files(directory: &Path) -> usize {
    std::fs::read_dir(directory).expect("it is there").count()
}
