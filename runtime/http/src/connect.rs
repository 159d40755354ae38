//! A connection to a host: its addresses looked up once, checked, and dialled as they are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::Intercept;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use windlass_engine::ports::http::HttpError;
use windlass_model::host_pattern::Origin;
use windlass_model::power::HostScope;
use windlass_model::text;

use crate::client::Settings;
use crate::network::is_public;
use crate::tls::Trust;

/// How long a connection may take to come about.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// The most bytes of a proxy's answer.
const PROXY_ANSWER: usize = 8 << 10;

/// Anything that bytes go through.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection, and the proxy that requests on it are for, where it is one that reads them.
pub(crate) struct Connection {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) through: Option<Intercept>,
}

pub(crate) async fn connect(
    settings: &Settings,
    trust: &Trust,
    origin: &Origin,
    hosts: &HostScope,
) -> Result<Connection, HttpError> {
    let bare = origin.host.trim_start_matches('[').trim_end_matches(']');
    let proxy = proxy(settings, origin)?;
    let found = match bare.parse::<IpAddr>() {
        Ok(address) => Ok(vec![address]),
        Err(_) => settings.resolve.addresses(bare).await,
    };
    let addresses = match (found, &proxy) {
        (Ok(addresses), _) if !addresses.is_empty() => addresses,
        // Behind a proxy, it alone may know where some names lead.
        (_, Some(_)) => Vec::new(),
        (Err(error), None) => return Err(failed(origin, &format!("its address is not found: {error}"))),
        (Ok(_), None) => return Err(failed(origin, "its address is not found")),
    };
    // One that is not everybody's among others is a trick, too.
    if let Some(own) = addresses.iter().find(|address| !is_public(**address))
        && !hosts.names(origin)
    {
        return Err(HttpError::Private { origin: origin.clone(), address: *own });
    }
    let connecting = async {
        let Some(proxy) = proxy else { return Ok((dial(origin, &addresses).await?, None)) };
        let mut stream = dial_proxy(origin, &proxy).await?;
        if origin.plain {
            return Ok((stream, Some(proxy)));
        }
        tunnel(&mut stream, origin, &proxy).await.map_err(|e| failed(origin, &format!("the proxy does not lead there: {e}")))?;
        Ok((stream, None))
    };
    let (stream, through) = in_time(origin, connecting).await?;
    if origin.plain {
        return Ok(Connection { stream: Box::new(stream), through });
    }
    let name = ServerName::try_from(bare.to_owned()).map_err(|_| failed(origin, "no certificate can be for such a name"))?;
    let connector = TlsConnector::from(trust.of(origin)?);
    let secure = async { connector.connect(name, stream).await.map_err(|e| failed(origin, &tls_words(&e))) };
    let stream = in_time(origin, secure).await?;
    Ok(Connection { stream: Box::new(stream), through: None })
}

fn proxy(settings: &Settings, origin: &Origin) -> Result<Option<Intercept>, HttpError> {
    let scheme = if origin.plain { "http" } else { "https" };
    let address = format!("{scheme}://{}:{}/", origin.host, origin.port).parse::<Uri>();
    let address = address.map_err(|e| failed(origin, &e.to_string()))?;
    let found = settings.proxies.to(&address).map_err(|e| HttpError::Failed(e.to_string()))?;
    match found.as_ref().and_then(|proxy| proxy.uri().scheme_str()) {
        None | Some("http") => Ok(found),
        Some(other) => Err(failed(
            origin,
            &format!("requests of plugins go through proxies that speak HTTP, and this machine's speaks {other}"),
        )),
    }
}

async fn in_time<T>(origin: &Origin, work: impl Future<Output = Result<T, HttpError>>) -> Result<T, HttpError> {
    tokio::time::timeout(CONNECT_TIME, work).await.unwrap_or_else(|_| Err(failed(origin, "it did not answer in time")))
}

async fn dial(origin: &Origin, addresses: &[IpAddr]) -> Result<TcpStream, HttpError> {
    let places: Vec<SocketAddr> = addresses.iter().map(|address| SocketAddr::new(*address, origin.port)).collect();
    TcpStream::connect(&*places).await.map_err(|e| failed(origin, &words(&e)))
}

async fn dial_proxy(origin: &Origin, proxy: &Intercept) -> Result<TcpStream, HttpError> {
    let host = proxy.uri().host().unwrap_or_default();
    let place = (host.trim_start_matches('[').trim_end_matches(']'), proxy.uri().port_u16().unwrap_or(80));
    TcpStream::connect(place).await.map_err(|e| failed(origin, &format!("the proxy for it is not reached: {}", words(&e))))
}

/// Has a proxy connect the stream to a host.
async fn tunnel(stream: &mut TcpStream, origin: &Origin, proxy: &Intercept) -> io::Result<()> {
    let target = format!("{}:{}", origin.host, origin.port);
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(login) = proxy.basic_auth() {
        head.extend([b"Proxy-Authorization: ", login.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    stream.write_all(&head).await?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the answer is the host's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() >= PROXY_ANSWER {
            return Err(io::Error::other("it answers without end"));
        }
        answer.push(stream.read_u8().await?);
    }
    let status = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    if status == b"200" { Ok(()) } else { Err(io::Error::other(format!("it answers {}", String::from_utf8_lossy(status)))) }
}

pub(crate) fn failed(origin: &Origin, why: &str) -> HttpError {
    HttpError::Failed(format!("{origin}: {}", text::shortened(why, 300)))
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        _ => error.to_string(),
    }
}

/// What a handshake failed with.
fn tls_words(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(why)) => format!(
            "its certificate is refused ({why}); name the authority that signed it as `ca_file` of this host under `registries` in windlass.yaml"
        ),
        Some(rustls::Error::InvalidMessage(_)) => "it does not speak TLS".to_owned(),
        _ => words(error),
    }
}
