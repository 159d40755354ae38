//! One request and its answer, wherever redirects lead.

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::origin::{authority, named, same_origin};
use super::{Host, Payload, failure};
use crate::error::Error;

/// More redirects in a row than this are a loop.
const MOST_REDIRECTS: usize = 5;

/// A request that can be sent again.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Payload<'a>,
}

impl Request<'_> {
    /// One that carries nothing.
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new(), payload: Payload::Nothing }
    }

    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }
}

/// An answer whose body is still to be read.
pub(crate) struct Response {
    /// Who answered: the host that was asked, or the one that it led to.
    pub(crate) host: String,
    /// It came from the server that was asked, and not from another that this one led to.
    pub(crate) own: bool,
    pub(crate) inner: reqwest::Response,
}

impl Response {
    pub(crate) fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers().get(name)?.to_str().ok()
    }

    /// Where the answer leads to, without credentials of the server's choice and never from TLS to plain HTTP.
    pub(crate) fn location(&self) -> Result<Url, Error> {
        let from = self.inner.url();
        let redirect = |problem: String| Error::Redirect { host: self.host.clone(), problem };
        let text = self.header(LOCATION.as_str()).ok_or_else(|| redirect("without an address".into()))?;
        let to = named(from, text).ok_or_else(|| redirect("to something that is no http or https address".into()))?;
        if from.scheme() == "https" && to.scheme() != "https" {
            return Err(redirect(format!("from https to plain http at {}", authority(&to))));
        }
        Ok(to)
    }
}

/// Sends a request and goes where redirects lead. The authorization stays with the server that was asked: once another was, it is
/// not sent any more, wherever that one leads.
pub(crate) async fn exchange(host: &Host, request: &Request<'_>, authorization: Option<&HeaderValue>) -> Result<Response, Error> {
    let mut url = request.url.clone();
    let mut own = true;
    for _ in 0..=MOST_REDIRECTS {
        let to_be_sent = authorization.filter(|_| own);
        let mut response = send(host, request, &url, to_be_sent).await?;
        response.own = own;
        let again = match response.status() {
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
                if !matches!(request.method, Method::GET | Method::HEAD) {
                    let problem = format!("a {} as if it were read", request.method);
                    return Err(Error::Redirect { host: response.host, problem });
                }
                true
            }
            _ => false,
        };
        if !again {
            return Ok(response);
        }
        let next = response.location()?;
        own &= same_origin(&url, &next);
        url = next;
    }
    Err(Error::Redirect { host: host.name.clone(), problem: format!("more than {MOST_REDIRECTS} times in a row") })
}

/// Sends a request once, to where it is addressed.
pub(crate) async fn send_once(
    host: &Host,
    request: &Request<'_>,
    authorization: Option<&HeaderValue>,
) -> Result<Response, Error> {
    send(host, request, &request.url, authorization).await
}

async fn send(host: &Host, request: &Request<'_>, url: &Url, authorization: Option<&HeaderValue>) -> Result<Response, Error> {
    let name = host.name_of(url);
    let mut builder = host.client(url)?.request(request.method.clone(), url.clone()).headers(request.headers.clone());
    if let Some(length) = request.payload.length() {
        builder = builder.header(CONTENT_LENGTH, length);
    } else if request.method != Method::GET && request.method != Method::HEAD {
        builder = builder.header(CONTENT_LENGTH, 0);
    }
    if let Some(body) = request.payload.body().await? {
        builder = builder.body(body);
    }
    if let Some(authorization) = authorization {
        builder = builder.header(AUTHORIZATION, authorization.clone());
    }
    match tokio::time::timeout(request.payload.time(), builder.send()).await {
        Ok(Ok(inner)) => Ok(Response { host: name, own: true, inner }),
        Ok(Err(problem)) => Err(failure(&name, &problem)),
        Err(_) => Err(Error::Unreachable { host: name, cause: "it did not answer in time".into() }),
    }
}
