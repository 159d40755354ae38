//! The power `http`: requests to the hosts that were granted.

use std::time::Duration;

use wasmtime::component::Resource;
use windlass_engine::ports::http::{Address, HttpError, Part, Request};
use windlass_engine::ports::plugin::BackendError;
use windlass_model::host_pattern::Origin;
use windlass_model::plugin::{Power, Powers};

use crate::bindings::powers::windlass::plugin::http::{self, Part as WitPart, Request as WitRequest, Response};
use crate::bindings::powers::windlass::plugin::types::Error;
use crate::powers::sizes;
use crate::refusal::Cause;
use crate::state::{Reach, Secret, State, failed};

/// The most requests of one call of an export.
const MOST: usize = 1000;

/// The most headers, and the most bytes of them together.
const HEADERS: usize = 64;
const HEADER_BYTES: usize = 64 << 10;

/// The time of a request that says none, and the longest.
const TIME: Duration = Duration::from_secs(60);
const LONGEST_TIME: Duration = Duration::from_secs(600);

/// The most bytes of an answer where none are said, and the most that can be.
const ANSWER: usize = 8 << 20;
const LARGEST_ANSWER: usize = 32 << 20;

impl State {
    async fn send_request(&mut self, request: WitRequest) -> wasmtime::Result<Result<Response, Error>> {
        let request = match self.allowed_request(request)? {
            Ok(request) => request,
            Err(e) => return Ok(Err(e)),
        };
        let (reach, request) = request;
        if self.requests >= MOST {
            return Ok(Err(failed(format!("this plugin has sent {MOST} requests, which is the most"))));
        }
        self.requests += 1;
        // What is refused is told apart from what failed, also by way of the one error that waiting has.
        let answered = reach.wait(async { Ok::<_, BackendError>(reach.backend.http(request).await) }).await;
        Ok(match answered {
            Ok(Ok(answer)) => Ok(Response { url: answer.url, status: answer.status, headers: answer.headers, body: answer.body }),
            Ok(Err(HttpError::Failed(why))) => Err(failed(why)),
            Ok(Err(error @ HttpError::Private { .. })) => Err(self.refuse_private(&reach, &error)),
            Err(e) => Err(e),
        })
    }

    /// The request as it can go out, if its host was granted.
    fn allowed_request(&mut self, request: WitRequest) -> wasmtime::Result<Result<(Reach, Request), Error>> {
        let reach = match self.allow(Power::Http) {
            Ok(reach) => reach,
            Err(e) => return Ok(Err(e)),
        };
        let Some(hosts) = reach.grants.powers.http else { return Ok(Err(failed("no host was granted"))) };
        let WitRequest { method, url, headers, body, timeout_ms, max_response } = request;
        let mut named = Vec::with_capacity(headers.len().min(HEADERS));
        for (name, parts) in headers {
            named.push((name, self.parts(parts)?));
        }
        let body = self.parts(body)?;
        let checked = check(&method, &named, &body).and_then(|()| Address::parse(&url).map_err(failed));
        let address = match checked {
            Ok(address) => address,
            Err(e) => return Ok(Err(e)),
        };
        let reach = match self.allow_host(address.origin()) {
            Ok(reach) => reach,
            Err(e) => return Ok(Err(e)),
        };
        let timeout = timeout_ms.map_or(TIME, Duration::from_millis).min(LONGEST_TIME);
        let max_response = max_response.map_or(ANSWER, |most| most as usize).min(LARGEST_ANSWER);
        Ok(Ok((reach, Request { method, address, headers: named, body, timeout, max_response, hosts })))
    }

    fn allow_host(&mut self, origin: &Origin) -> Result<Reach, Error> {
        let allows = |powers: &Powers| powers.http.as_ref().is_some_and(|hosts| hosts.allows(origin));
        let widen = |powers: &mut Powers| powers.http = powers.http.take().map(|hosts| hosts.including(origin));
        self.allow_one(Power::Http, &origin.to_string(), allows, widen)
    }

    /// A host of the user's own network is reached only where the settings name it.
    fn refuse_private(&mut self, reach: &Reach, error: &HttpError) -> Error {
        let HttpError::Private { origin, address } = error else { return failed(error.to_string()) };
        let mut enough = reach.grants.powers.clone();
        enough.http = enough.http.map(|hosts| hosts.naming(origin));
        let detail = format!(
            "{origin}, which is at {address}: only a grant that names it in full has a host of this machine or of its own network"
        );
        self.refusals.refuse(Power::Http, detail, Cause::Grant(Box::new(enough)))
    }

    /// Parts, their handles replaced by names.
    fn parts(&self, parts: Vec<WitPart>) -> wasmtime::Result<Vec<Part>> {
        let name = |secret: Resource<Secret>| Ok::<_, wasmtime::Error>(self.table.get(&secret)?.0.clone());
        let part = |part| {
            Ok(match part {
                WitPart::Text(text) => Part::Text(text),
                WitPart::Bytes(bytes) => Part::Bytes(bytes),
                WitPart::Secret(secret) => Part::Secret(name(secret)?),
                WitPart::JsonString(secret) => Part::JsonString(name(secret)?),
                WitPart::PercentEncoded(secret) => Part::PercentEncoded(name(secret)?),
                WitPart::Basic(login) => Part::Basic(login.username, name(login.password)?),
            })
        };
        parts.into_iter().map(part).collect()
    }
}

/// Refuses a request that makes no sense or is too large to be sent.
fn check(method: &str, headers: &[(String, Vec<Part>)], body: &[Part]) -> Result<(), Error> {
    sizes::fits("a method", method.len(), sizes::NAME)?;
    if headers.len() > HEADERS {
        return Err(failed(format!("a request has {} headers, and at most {HEADERS} are allowed", headers.len())));
    }
    let length = |parts: &[Part]| parts.iter().map(part_length).sum::<usize>();
    let all = headers.iter().map(|(name, parts)| name.len() + length(parts)).sum();
    sizes::fits("the headers of a request together", all, HEADER_BYTES)?;
    sizes::fits("the body of a request", length(body), sizes::FILE)
}

/// What a part takes up. A secret is only named here.
fn part_length(part: &Part) -> usize {
    match part {
        Part::Text(text) => text.len(),
        Part::Bytes(bytes) => bytes.len(),
        Part::Secret(name) | Part::JsonString(name) | Part::PercentEncoded(name) => name.as_str().len(),
        Part::Basic(user, name) => user.len() + name.as_str().len(),
    }
}

impl http::Host for State {
    async fn send(&mut self, request: WitRequest) -> wasmtime::Result<Result<Response, Error>> {
        self.send_request(request).await
    }
}
