//! Where a redirect leads, and what goes along.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use windlass_engine::ports::http::{Address, HttpError, Piece, Request};
use windlass_model::power::HostScope;

use crate::connect::failed;

/// A request on its way.
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) address: Address,
    /// Each with whether a secret is in it.
    pub(crate) headers: Vec<(HeaderName, HeaderValue, bool)>,
    pub(crate) body: Bytes,
    body_is_secret: bool,
}

/// What is about the connection, and so not a plugin's to say.
const OWN: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-connection",
];

impl Hop {
    /// The first.
    pub(crate) fn first(request: Request<Piece>) -> Result<Self, HttpError> {
        let wrong = |why: String| HttpError::Failed(why);
        let method = match request.method.as_str() {
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => Method::from_bytes(request.method.as_bytes()),
            _ => return Err(wrong("a method is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS".to_owned())),
        };
        let method = method.map_err(|e| wrong(e.to_string()))?;
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, piece) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("a header's name is no word".to_owned()))?;
            if OWN.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
                return Err(wrong(format!("the header {name} is windlass' own")));
            }
            let mut value =
                HeaderValue::from_bytes(&piece.bytes).map_err(|_| wrong(format!("the header {name} has a control character")))?;
            value.set_sensitive(piece.secret);
            headers.push((name, value, piece.secret));
        }
        let Piece { bytes, secret } = request.body;
        Ok(Self { method, address: request.address, headers, body: bytes.into(), body_is_secret: secret })
    }

    /// The next, where an answer is a redirect that browsers follow.
    pub(crate) fn next(&self, status: StatusCode, answer: &HeaderMap, hosts: &HostScope) -> Result<Option<Self>, HttpError> {
        let Some(location) = answer.get(LOCATION) else { return Ok(None) };
        let from = self.address.origin();
        let drops_body = match status.as_u16() {
            303 => true,
            301 | 302 => self.method == Method::POST,
            307 | 308 => false,
            _ => return Ok(None),
        };
        let location = location.to_str().map_err(|_| failed(from, "it redirects to what is no address"))?;
        let address = self
            .address
            .join(location)
            .map_err(|why| failed(from, &format!("it redirects to what cannot be followed: {why}")))?;
        let to = address.origin();
        if !hosts.allows(to) {
            return Err(failed(
                from,
                &format!("it redirects to {to}, which is not among the hosts that manifest and grant name"),
            ));
        }
        let elsewhere = to != from;
        if elsewhere && self.body_is_secret && !drops_body {
            return Err(failed(from, &format!("it redirects to {to}, and a body with a secret is sent to no other host")));
        }
        let method = if drops_body && self.method != Method::HEAD { Method::GET } else { self.method.clone() };
        let stays = |(name, _, secret): &&(HeaderName, HeaderValue, bool)| {
            !(elsewhere && (*secret || [AUTHORIZATION, COOKIE].contains(name)))
                && !(drops_body && [CONTENT_TYPE, CONTENT_ENCODING].contains(name))
        };
        let headers = self.headers.iter().filter(stays).cloned().collect();
        let body = if drops_body { Bytes::new() } else { self.body.clone() };
        Ok(Some(Self { method, address, headers, body, body_is_secret: self.body_is_secret && !drops_body }))
    }
}
