//! The line and headers of a request, read strictly: what two readers could understand in two ways is refused.

use std::str::from_utf8;

use crate::limits::{HEAD, HEADERS};
use crate::refusal::Refusal;

/// What a request says before its body.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub method: String,
    /// As it was sent: not decoded.
    pub path: String,
    /// As it was sent, without the question mark.
    pub query: String,
    /// By which name and port the client reached us; only of characters that names and ports have.
    pub host: Option<String>,
    pub framing: Framing,
    /// Whether the client waits to be asked for the body.
    pub expects: bool,
    /// Which bytes are wanted: `Range`, unless `If-Range` makes it depend on what we do not know.
    pub range: Option<String>,
    /// What Azure's clients say instead.
    pub azure_range: Option<String>,
    pub content_type: String,
    /// Whether the connection ends with this request.
    pub last: bool,
}

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Length(u64),
    Chunked,
}

/// Reads one, and says how long it was; `None` while it is not all there.
pub fn read(bytes: &[u8]) -> Result<Option<(Head, usize)>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= HEAD => length,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(Refusal::new(431, "the headers are too long")),
        Err(httparse::Error::Version) => return Err(Refusal::new(505, "only HTTP/1.1 is spoken here")),
        Err(_) => return Err(Refusal::new(400, "this is no HTTP request")),
    };
    let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
        return Err(Refusal::new(400, "this is no HTTP request"));
    };
    let headers = Headers(request.headers);
    let (path, query) = origin(target)?;
    let old = version == 0;
    let expects = match headers.one("expect")? {
        None => false,
        Some(text) if text.eq_ignore_ascii_case("100-continue") => !old,
        Some(_) => return Err(Refusal::new(417, "only 100-continue can be expected")),
    };
    let host = headers.one("host")?.map(str::to_owned);
    if host.is_none() && !old {
        return Err(Refusal::new(400, "the Host header is missing"));
    }
    let range = headers.one("range")?.filter(|_| headers.0.iter().all(|header| !header.name.eq_ignore_ascii_case("if-range")));
    let head = Head {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        host: host.filter(|host| is_host(host)),
        framing: framing(&headers, old)?,
        expects,
        range: range.map(str::to_owned),
        azure_range: headers.one("x-ms-range")?.map(str::to_owned),
        content_type: headers.one("content-type")?.unwrap_or_default().to_owned(),
        last: old
            || headers.all("connection").any(|value| value.split(',').any(|word| word.trim().eq_ignore_ascii_case("close"))),
    };
    Ok(Some((head, length)))
}

/// The path and the query of a target, also of one that names the server.
fn origin(target: &str) -> Result<(&str, &str), Refusal> {
    let scheme = target.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let rest = match scheme {
        Some(_) => target.get(7..).and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..))).unwrap_or("/"),
        None => target,
    };
    if !rest.starts_with('/') || rest.contains('#') {
        return Err(Refusal::new(400, "the target is no path"));
    }
    Ok(rest.split_once('?').unwrap_or((rest, "")))
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b':' | b'-' | b'_' | b'[' | b']'))
}

fn framing(headers: &Headers<'_>, old: bool) -> Result<Framing, Refusal> {
    match (headers.one("content-length")?, headers.one("transfer-encoding")?) {
        (Some(_), Some(_)) => Err(Refusal::new(400, "both Content-Length and Transfer-Encoding")),
        (None, None) => Ok(Framing::Length(0)),
        (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") && !old => Ok(Framing::Chunked),
        (None, Some(_)) => Err(Refusal::new(501, "the only transfer encoding is chunked")),
        // `parse` alone would take a plus sign.
        (Some(length), None) if length.bytes().all(|c| c.is_ascii_digit()) => {
            length.parse().map(Framing::Length).map_err(|_| Refusal::new(400, "Content-Length is no length"))
        }
        (Some(_), None) => Err(Refusal::new(400, "Content-Length is no length")),
    }
}

struct Headers<'a>(&'a [httparse::Header<'a>]);

impl<'a> Headers<'a> {
    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .filter_map(|header| from_utf8(header.value).ok())
    }

    /// The value of a header that may be there once.
    fn one(&self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let mut found = self.0.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(header), None) => {
                from_utf8(header.value).map(|value| Some(value.trim())).map_err(|_| Refusal::new(400, "a header is not UTF-8"))
            }
            (Some(_), Some(_)) => Err(Refusal::new(400, "a header is there twice")),
        }
    }
}
