//! Requests that did not succeed, in words that give no access away.

use std::io;
use std::time::Duration;

use ureq::http::{HeaderMap, StatusCode};
use windlass_mover_protocol::{Failed, Request};

use super::Address;

/// A server that asks for more patience than this is as good as gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a request did not succeed.
pub(crate) enum Trouble {
    /// Another attempt may.
    Passing {
        /// In words.
        why: String,
        /// How long the server asks to wait.
        pause: Option<Duration>,
    },
    /// No other will.
    Lasting(Failed),
}

impl From<Failed> for Trouble {
    fn from(failed: Failed) -> Self {
        Self::Lasting(failed)
    }
}

impl Trouble {
    /// The server's word. One that refuses is asked once more with another request: what the host signed may have expired.
    pub(super) fn status(request: &Request, status: StatusCode, headers: &HeaderMap) -> Self {
        let why = format!("{} answered {status} to {}", host(request), request.method);
        let pause =
            headers.get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
        match status.as_u16() {
            _ if pause.is_some_and(|pause| pause > PATIENCE) => Self::Lasting(Failed::Store(why)),
            401 | 403 | 408 | 416 | 425 | 429 | 500 | 502 | 503 | 504 => Self::Passing { why, pause },
            _ => Self::Lasting(Failed::Store(why)),
        }
    }

    /// The connection failed under the answer.
    pub(super) fn cut(request: &Request, error: &io::Error) -> Self {
        Self::Passing { why: format!("the connection to {} failed: {error}", host(request)), pause: None }
    }

    /// The answer ended too early.
    pub(super) fn short(request: &Request) -> Self {
        Self::Passing { why: format!("{} gave fewer bytes than there are", host(request)), pause: None }
    }

    /// A redirect leads nowhere, or in circles.
    pub(super) fn astray(request: &Request) -> Self {
        Self::Lasting(Failed::Store(format!(
            "{} sends requests elsewhere, and not to a place that they can go to",
            host(request)
        )))
    }

    /// There was no answer.
    pub(super) fn of(request: &Request, error: ureq::Error) -> Self {
        let host = host(request);
        let why = match error {
            ureq::Error::Timeout(what) => format!("{host} did not answer in time ({what})"),
            ureq::Error::HostNotFound => format!("the name of {host} cannot be resolved"),
            ureq::Error::Rustls(problem) => return Self::Lasting(Failed::Store(format!("TLS with {host} failed: {problem}"))),
            ureq::Error::Tls(problem) => return Self::Lasting(Failed::Store(format!("TLS with {host} failed: {problem}"))),
            ureq::Error::Http(_) => return Self::Lasting(Failed::Store(format!("{request:?} is no request that can be sent"))),
            ureq::Error::Io(problem) => format!("the connection to {host} failed: {problem}"),
            other => format!("{host} cannot be reached: {other}"),
        };
        Self::Passing { why, pause: None }
    }
}

fn host(request: &Request) -> String {
    Address::parse(&request.url).map_or_else(|| "the server".to_owned(), |address| address.authority().to_owned())
}
