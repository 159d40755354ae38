//! One request on a connection, and its answer in bounds.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, PROXY_AUTHORIZATION};
use http::{Method, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use windlass_engine::ports::http::{Address, HttpError};
use windlass_model::host_pattern::Origin;

use crate::connect::{Connection, failed};

/// The most bytes of an answer's head, and the most fields in it.
const HEAD: usize = 64 << 10;
const FIELDS: usize = 200;

/// A request, ready to be written.
pub(crate) struct Message<'a> {
    pub(crate) method: &'a Method,
    pub(crate) address: &'a Address,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Sends a message and reads the answer.
pub(crate) async fn exchange(connection: Connection, message: Message<'_>, largest: usize) -> Result<Answer, HttpError> {
    let origin = message.address.origin().clone();
    let request = request(&connection, message).map_err(|e| failed(&origin, &e.to_string()))?;
    let mut builder = http1::Builder::new();
    builder.max_headers(FIELDS).max_buf_size(HEAD);
    let (mut sender, speaking) =
        builder.handshake(TokioIo::new(connection.stream)).await.map_err(|e| failed(&origin, &words(&e)))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|e| failed(&origin, &words(&e)))?;
        let (head, body) = response.into_parts();
        Ok(Answer { status: head.status, headers: head.headers, body: read(&origin, body, largest).await? })
    };
    tokio::pin!(answer);
    // The connection is driven here and not by a task of its own: whoever drops this has ended it.
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        // All that it said, and how it ended, is there to be read.
        _ = speaking => answer.await,
    }
}

fn request(connection: &Connection, message: Message<'_>) -> Result<http::Request<Full<Bytes>>, http::Error> {
    let url = message.address.url();
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    // A proxy that reads requests has to know where they go.
    let target = match connection.through {
        Some(_) => url.as_str().parse::<Uri>()?,
        None => format!("{}{query}", url.path()).parse()?,
    };
    let origin = message.address.origin();
    let host = match url.port() {
        Some(port) => format!("{}:{port}", origin.host),
        None => origin.host.clone(),
    };
    let mut builder = http::Request::builder().method(message.method).uri(target).header(http::header::HOST, host);
    if let Some(login) = connection.through.as_ref().and_then(|proxy| proxy.basic_auth()) {
        builder = builder.header(PROXY_AUTHORIZATION, login);
    }
    for (name, value) in message.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::new(message.body))
}

async fn read(origin: &Origin, mut body: Incoming, largest: usize) -> Result<Vec<u8>, HttpError> {
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| failed(origin, &format!("its answer broke off: {}", words(&e))))?;
        let Ok(data) = frame.into_data() else { continue };
        if all.len() + data.len() > largest {
            return Err(failed(origin, &format!("its answer has more than {largest} bytes")));
        }
        all.extend_from_slice(&data);
    }
    Ok(all)
}

/// The innermost cause, which is what says something.
fn words(error: &hyper::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_parse_too_large() { "the head of its answer is too large".to_owned() } else { cause.to_string() }
}
