//! A server that answers as a test says, on the loopback, with TLS or without.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// How many came before it with the same method and path.
    pub before: usize,
}

impl Seen {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.target.contains(part)
    }
}

/// What a server does.
pub enum Act {
    Reply(Reply),
    /// It sends so many bytes of the body, and is gone.
    Cut(Reply, usize),
    /// It sends the body again and again, without an end.
    Endless(Reply),
    /// It is gone without a word.
    Close,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn act(self) -> Act {
        Act::Reply(self)
    }
}

type Answers = dyn Fn(&Seen) -> Act + Send + Sync;

/// A server. It is gone when it is dropped.
pub struct Server {
    pub host: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn plain(answers: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::start(None, answers).await
    }

    pub async fn start(tls: Option<TlsAcceptor>, answers: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answers, shared): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, seen, tls) = (Arc::clone(&answers), Arc::clone(&shared), tls.clone());
                stream.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    // A client that hangs up ends its own connection only.
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                let _ = serve(stream, &*answers, &seen).await;
                            }
                        }
                        None => {
                            let _ = serve(stream, &*answers, &seen).await;
                        }
                    }
                });
            }
        });
        Self { host, seen, task }
    }

    /// All requests so far, but for those that ask how an insecure registry is spoken to.
    pub fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.target != "/v2/").cloned().collect()
    }

    pub fn count(&self, method: &str, part: &str) -> usize {
        self.requests().iter().filter(|seen| seen.is(method, part)).count()
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, answers: &Answers, log: &Mutex<Vec<Seen>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some(mut seen) = read(&mut stream).await? else { return Ok(()) };
        {
            let mut log = log.lock().unwrap();
            seen.before = log.iter().filter(|other| other.method == seen.method && other.path() == seen.path()).count();
            log.push(seen.clone());
        }
        let (reply, sent, endless) = match answers(&seen) {
            Act::Reply(reply) => (reply, usize::MAX, false),
            Act::Cut(reply, after) => (reply, after, false),
            Act::Endless(reply) => (reply, usize::MAX, true),
            Act::Close => return Ok(()),
        };
        let mut head = format!("HTTP/1.1 {} Said\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if endless {
            head.push_str("transfer-encoding: chunked\r\n");
        } else if !reply.headers.iter().any(|(name, _)| *name == "content-length") {
            head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).await?;
        if endless {
            let chunk = [format!("{:x}\r\n", reply.body.len()).as_bytes(), &reply.body, b"\r\n"].concat();
            loop {
                stream.write_all(&chunk).await?;
            }
        }
        if seen.method != "HEAD" {
            stream.write_all(&reply.body[..sent.min(reply.body.len())]).await?;
        }
        stream.flush().await?;
        if sent < reply.body.len() {
            return Ok(());
        }
    }
}

async fn read(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> io::Result<Option<Seen>> {
    match stream.fill_buf().await?.first() {
        None => return Ok(None),
        // As web servers answer what is no HTTP, and a handshake is none.
        Some(first) if !first.is_ascii_uppercase() => {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await?;
            return Ok(None);
        }
        Some(_) => {}
    }
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut seen = Seen { method: words.next().unwrap_or_default(), target: words.next().unwrap_or_default(), ..Seen::default() };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        seen.headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    seen.body = vec![0; seen.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut seen.body).await?;
    Ok(Some(seen))
}

/// A port of the loopback that is taken, and on which nothing listens. Nobody else gets it for as long as this lives.
pub struct NobodyListens {
    pub host: String,
    _taken: TcpSocket,
}

impl NobodyListens {
    pub fn new() -> Self {
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self { host: taken.local_addr().unwrap().to_string(), _taken: taken }
    }
}
