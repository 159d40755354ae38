//! HTTP, as registries need it: one agent per host with its own trust, whole answers, and failures in words.

mod failure;
mod retry;
mod trust;
mod url;

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ureq::http::{HeaderMap, Method, StatusCode};
use ureq::{Agent, SendBody};

pub(crate) use failure::{Failure, SourceError};
pub(crate) use retry::{Attempts, is_temporary, retry_after};
pub(crate) use trust::Access;
pub(crate) use url::{Url, encode};

use crate::credentials::Credentials;
use crate::document::MAX_MANIFEST;
use crate::error::Error;

/// What all requests of the program share.
pub(crate) struct Client {
    access: Access,
    /// By registry and the host that is spoken to for its sake.
    agents: Mutex<HashMap<(String, String), Agent>>,
    /// Insecure hosts that turned out not to speak TLS.
    without_tls: Mutex<HashMap<String, bool>>,
    pub(crate) credentials: Credentials,
    attempts: u32,
}

/// A request whose body, if any, is sent once.
pub(crate) struct Request<'a> {
    /// The registry for whose sake it is sent, perhaps to another host: its trust counts.
    pub(crate) registry: &'a str,
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(&'static str, String)],
    pub(crate) authorization: Option<&'a str>,
}

/// The body of a request.
pub(crate) enum Body<'a> {
    /// None; its length is not stated, as is usual for methods that carry none.
    None,
    /// These bytes.
    Bytes(&'a [u8]),
    /// So many from a reader.
    Stream(&'a mut dyn Read, u64),
}

/// An answer, read to its end, so that its connection serves the next request.
pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    /// Nothing is opened before the first request.
    pub(crate) fn new(access: Access, credentials: Credentials, attempts: u32) -> Self {
        Self { access, agents: Mutex::default(), without_tls: Mutex::default(), credentials, attempts }
    }

    /// The beginning of all of a registry's addresses. `host` decides how it is reached; Docker Hub's is at another address.
    pub(crate) fn base(&self, host: &str, address: &str) -> Result<Url, Error> {
        let base = |scheme: &str| {
            Url::parse(&format!("{scheme}://{address}/v2/"))
                .ok_or_else(|| Error::Usage(format!("{host} is not a host with an optional port")))
        };
        let (plain, secure) = (base("http")?, base("https")?);
        let is_plain = self.access.is_plain(host) || self.access.is_insecure(host) && self.is_without_tls(host, &plain, &secure);
        Ok(if is_plain { plain } else { secure })
    }

    /// Finds out how an insecure host is to be spoken to: with TLS if it can, as docker does.
    fn is_without_tls(&self, host: &str, plain: &Url, secure: &Url) -> bool {
        let mut known = self.without_tls.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(host.to_owned()).or_insert_with(|| !self.answers(host, secure) && self.answers(host, plain))
    }

    fn answers(&self, registry: &str, url: &Url) -> bool {
        let request = Request { registry, method: Method::GET, url, headers: &[], authorization: None };
        self.send(&request, Body::None).is_ok()
    }

    /// Whether a token service that the registry at `base` names may be asked for a token. A registry that is spoken to over TLS must name
    /// one over TLS, wherever it is; one without may name itself, or what was said to be without TLS, too.
    pub(crate) fn may_ask(&self, base: &Url, realm: &Url) -> bool {
        let host = realm.authority();
        let known =
            || realm.host().eq_ignore_ascii_case(base.host()) || self.access.is_plain(host) || self.access.is_insecure(host);
        realm.is_secure() || !base.is_secure() && known()
    }

    /// Attempts for one piece of work.
    pub(crate) fn attempts(&self) -> Attempts {
        Attempts::new(self.attempts)
    }

    /// Sends a request once. Redirects are answers like others.
    pub(crate) fn send(&self, request: &Request<'_>, body: Body<'_>) -> Result<Response, Failure> {
        let agent = self.agent(request.registry, request.url.authority()).map_err(Failure::Other)?;
        let mut builder = ureq::http::Request::builder().method(&request.method).uri(request.url.as_str());
        for (name, value) in request.headers {
            builder = builder.header(*name, value);
        }
        if let Some(authorization) = request.authorization {
            builder = builder.header("authorization", authorization);
        }
        let host = request.url.authority();
        let made =
            |source: ureq::http::Error| Failure::Other(Error::Registry(format!("cannot make a request for {host}: {source}")));
        let answer = match body {
            Body::None => agent.run(builder.body(()).map_err(made)?),
            Body::Bytes(bytes) => agent.run(builder.body(bytes).map_err(made)?),
            Body::Stream(reader, length) => {
                let builder = builder.header("content-length", length);
                agent.run(builder.body(SendBody::from_reader(reader)).map_err(made)?)
            }
        };
        let (parts, mut body) = answer.map_err(|source| Failure::of(source, request.url))?.into_parts();
        let body = body.with_config().limit(MAX_MANIFEST + 1).read_to_vec().map_err(|source| Failure::of(source, request.url))?;
        Ok(Response { status: parts.status, headers: parts.headers, body })
    }

    fn agent(&self, registry: &str, authority: &str) -> Result<Agent, Error> {
        let key = (registry.to_owned(), authority.to_owned());
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = agents.get(&key) {
            return Ok(agent.clone());
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("windlass-oci/", env!("CARGO_PKG_VERSION")))
            .tls_config(self.access.tls(registry, authority)?)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_per_write(Some(Duration::from_secs(60)))
            // A registry may put gigabytes together before it answers.
            .timeout_per_read(Some(Duration::from_secs(300)))
            .build();
        let agent = Agent::new_with_config(config);
        agents.insert(key, agent.clone());
        Ok(agent)
    }
}
