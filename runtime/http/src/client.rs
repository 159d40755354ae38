//! Requests with their redirects, within their time.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ACCEPT, USER_AGENT};
use windlass_engine::ports::http::{Http, HttpError, Piece, Request, Response};

use crate::connect::{connect, failed};
use crate::exchange::{Answer, Message, exchange};
use crate::hop::Hop;
use crate::proxies::Proxies;
use crate::resolve::Resolve;
use crate::tls::{Authority, Trust};

/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// What a host is told of who asks, unless the plugin says it.
const WINDLASS: &str = concat!("windlass/", env!("CARGO_PKG_VERSION"));

/// How hosts are reached.
pub struct Settings {
    /// Which proxies lead to them.
    pub proxies: Proxies,
    /// Authorities of single hosts, beside those that this machine believes.
    pub authorities: Vec<Authority>,
    /// Looks names up.
    pub resolve: Arc<dyn Resolve>,
}

/// Sends requests. One of these serves any number of plugins at once, and keeps nothing of any request.
pub struct Client {
    settings: Settings,
    trust: Trust,
}

impl Client {
    /// Asks nobody anything yet.
    pub fn new(mut settings: Settings) -> Self {
        let trust = Trust::new(std::mem::take(&mut settings.authorities));
        Self { settings, trust }
    }

    async fn follow(&self, request: Request<Piece>) -> Result<Response, HttpError> {
        let (hosts, largest) = (request.hosts.clone(), request.max_response);
        let mut hop = Hop::first(request)?;
        if !hosts.allows(hop.address.origin()) {
            return Err(failed(hop.address.origin(), "it is not among the hosts that manifest and grant name"));
        }
        for _ in 0..=REDIRECTS {
            let connection = connect(&self.settings, &self.trust, hop.address.origin(), &hosts).await?;
            let answer = exchange(connection, message(&hop), largest).await?;
            match hop.next(answer.status, &answer.headers, &hosts)? {
                Some(next) => hop = next,
                None => return Ok(response(&hop, answer)),
            }
        }
        Err(failed(hop.address.origin(), &format!("it redirects more than {REDIRECTS} times")))
    }
}

#[async_trait]
impl Http for Client {
    async fn send(&self, request: Request<Piece>) -> Result<Response, HttpError> {
        let (origin, time) = (request.address.origin().clone(), request.timeout);
        let late = |_| Err(failed(&origin, &format!("it did not answer within {} s", time.as_secs_f32())));
        tokio::time::timeout(time, self.follow(request)).await.unwrap_or_else(late)
    }
}

fn message(hop: &Hop) -> Message<'_> {
    let mut headers: Vec<_> = hop.headers.iter().map(|(name, value, _)| (name.clone(), value.clone())).collect();
    for (name, value) in [(USER_AGENT, WINDLASS), (ACCEPT, "*/*")] {
        if !headers.iter().any(|(given, _)| *given == name) {
            headers.push((name, http::HeaderValue::from_static(value)));
        }
    }
    Message { method: &hop.method, address: &hop.address, headers, body: hop.body.clone() }
}

fn response(hop: &Hop, answer: Answer) -> Response {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Response {
        url: hop.address.url().to_string(),
        status: answer.status.as_u16(),
        headers: answer.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: answer.body,
    }
}
