//! A server that answers each request with bytes of the test's.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An authority that nobody knows.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    /// Speaks TLS with a certificate for these names.
    pub fn tls(&self, names: &[&str], years: (i32, i32)) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        parameters.not_before = date_time_ymd(years.0, 1, 1);
        parameters.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let signed = parameters.signed_by(&key, &self.issuer).unwrap();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let configuration = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], private)
            .unwrap();
        TlsAcceptor::from(Arc::new(configuration))
    }
}

/// What a server does with a request.
pub enum Act {
    /// Writes this and closes.
    Answer(Vec<u8>),
    /// Writes the first once, and the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Writes this, and then nothing for ever.
    Hang(Vec<u8>),
}

/// An answer with a body.
pub fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
}

/// A redirect.
pub fn redirect(status: &str, location: &str) -> Act {
    answer(status, &format!("location: {location}\r\n"), "")
}

/// A server on this machine. It is gone when it is dropped.
pub struct Server {
    pub port: u16,
    requests: Arc<Mutex<Vec<String>>>,
    /// Connections that came about and were closed by who asked, while the server still wrote or waited.
    pub given_up: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub async fn start(tls: Option<TlsAcceptor>, act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, given_up) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let (act, log, gone) = (Arc::new(act), Arc::clone(&requests), Arc::clone(&given_up));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, act, log, gone) = (tls.clone(), Arc::clone(&act), Arc::clone(&log), Arc::clone(&gone));
                tokio::spawn(async move {
                    let served = match tls {
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, &*act, &log).await,
                            Err(_) => return,
                        },
                        None => serve(stream, &*act, &log).await,
                    };
                    if served.is_err() {
                        *gone.lock().unwrap() += 1;
                    }
                });
            }
        });
        Self { port, requests, given_up, task }
    }

    /// What was asked, each with its head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    act: &(dyn Fn(&str) -> Act + Send + Sync),
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            // Nothing was asked.
            Err(_) => return Ok(()),
        }
    }
    let mut request = String::from_utf8(head).unwrap();
    let length = request.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).await?;
    request.push_str(&String::from_utf8(body).unwrap());
    log.lock().unwrap().push(request.clone());
    match act(&request) {
        Act::Answer(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Act::Endless(first, again) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&again).await?;
            }
        }
        Act::Hang(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            // Until who asked is gone.
            match stream.read_u8().await {
                Ok(_) => Ok(()),
                Err(e) => Err(e),
            }
        }
    }
}
