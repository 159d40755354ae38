//! An HTTP server on the loopback that keeps blobs, and fails as a test wants it to.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// What goes back.
pub(crate) enum Reply {
    /// A status, headers and no body.
    Status(u16, Vec<(&'static str, String)>),
    /// What was put, as far as the request asks for it.
    Blob,
    /// As [`Reply::Blob`], but the connection is cut after so many bytes.
    Cut(usize),
}

type Handler = dyn Fn(&Got) -> Reply + Send + Sync;

/// The server. Its thread ends with the test.
pub(crate) struct Server {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    handler: Box<Handler>,
    blobs: Mutex<HashMap<String, Vec<u8>>>,
    got: Mutex<Vec<Got>>,
    /// Bytes of bodies that went out.
    given: Mutex<usize>,
}

impl Server {
    /// One that speaks without TLS.
    pub(crate) fn start(handler: impl Fn(&Got) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with(handler, None)
    }

    /// One that speaks TLS, if it is told how.
    pub(crate) fn start_with(
        handler: impl Fn(&Got) -> Reply + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            blobs: Mutex::default(),
            got: Mutex::default(),
            given: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, shared, tls) = (stream.unwrap(), Arc::clone(&serving), tls.clone());
                thread::spawn(move || match tls {
                    None => shared.serve(&mut BufReader::new(Both(stream))),
                    Some(tls) => {
                        let connection = rustls::ServerConnection::new(tls).unwrap();
                        shared.serve(&mut BufReader::new(rustls::StreamOwned::new(connection, stream)));
                    }
                });
            }
        });
        Self { port, shared }
    }

    /// All requests so far.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// Bytes of bodies that went out.
    pub(crate) fn given(&self) -> usize {
        *self.shared.given.lock().unwrap()
    }
}

/// A stream under a reader, which can be written to all the same.
struct Both(TcpStream);

impl Read for Both {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Write for Both {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Shared {
    /// Serves a connection until somebody cuts it.
    fn serve<S: Read + Write>(&self, stream: &mut BufReader<S>) {
        while let Some(got) = read(stream) {
            let reply = (self.handler)(&got);
            self.got.lock().unwrap().push(got.clone());
            let mut blobs = self.blobs.lock().unwrap();
            let path = got.path.split('?').next().unwrap().to_owned();
            if got.method == "PUT" && matches!(reply, Reply::Status(200..300, _)) {
                blobs.insert(path.clone(), got.body);
            }
            let blob = blobs.get(&path).cloned().unwrap_or_default();
            drop(blobs);
            let from: usize = got.headers.get("range").map_or(0, |range| {
                range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-')).unwrap().parse().unwrap()
            });
            let (status, headers, body, cut) = match reply {
                Reply::Status(status, headers) => (status, headers, &[][..], None),
                Reply::Blob => (if from > 0 { 206 } else { 200 }, Vec::new(), &blob[from..], None),
                Reply::Cut(after) => (if from > 0 { 206 } else { 200 }, Vec::new(), &blob[from..], Some(after)),
            };
            let mut head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head += &format!("{name}: {value}\r\n");
            }
            let sent = &body[..cut.unwrap_or(body.len()).min(body.len())];
            *self.given.lock().unwrap() += sent.len();
            let out = stream.get_mut();
            let written = out.write_all(head.as_bytes()).and_then(|()| out.write_all(b"\r\n")).and_then(|()| out.write_all(sent));
            if written.and_then(|()| out.flush()).is_err() || sent.len() < body.len() {
                return;
            }
        }
    }
}

fn read(stream: &mut impl std::io::BufRead) -> Option<Got> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Got { method, path, headers, body })
}
