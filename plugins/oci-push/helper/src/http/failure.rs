//! Requests that got no answer, in words.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::Url;
use crate::error::Error;

/// Why there is no answer.
pub(crate) enum Failure {
    /// The connection; another attempt may do better.
    Connection(String),
    /// Anything that stays as it is.
    Other(Error),
}

/// What a reader of blobs reports through the HTTP library: not the network's fault.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct SourceError(pub(crate) Error);

impl Failure {
    /// Sorts a failure of the HTTP library.
    pub(super) fn of(source: ureq::Error, url: &Url) -> Self {
        let host = url.authority();
        match source {
            ureq::Error::Io(source) => Self::io(source, host),
            ureq::Error::Rustls(problem) => Self::Other(tls(&problem, host)),
            ureq::Error::Tls(problem) => Self::Other(Error::Tls(format!("cannot speak TLS with {host}: {problem}"))),
            ureq::Error::HostNotFound => Self::Connection(format!("the name of {host} cannot be resolved")),
            ureq::Error::Timeout(what) => Self::Connection(format!("{host} did not answer in time ({what})")),
            ureq::Error::Protocol(problem) => Self::Connection(format!("{host} does not speak proper HTTP: {problem}")),
            ureq::Error::BodyExceedsLimit(limit) => {
                Self::Other(Error::Registry(format!("{host} answered with more than {limit} bytes, too many for a document")))
            }
            other => Self::Connection(format!("cannot reach {host}: {other}")),
        }
    }

    fn io(source: io::Error, host: &str) -> Self {
        let problem = match source.get_ref() {
            Some(inner) if inner.is::<SourceError>() => {
                let own = source.into_inner().and_then(|inner| inner.downcast::<SourceError>().ok());
                return Self::Other(own.map_or(Error::Stopped, |own| own.0));
            }
            Some(inner) => inner.downcast_ref::<rustls::Error>(),
            None => None,
        };
        match problem {
            Some(problem) => Self::Other(tls(problem, host)),
            None if source.kind() == io::ErrorKind::ConnectionRefused => {
                Self::Connection(format!("nothing listens at {host} (connection refused)"))
            }
            None => Self::Connection(format!("the connection to {host} failed: {source}")),
        }
    }
}

/// A TLS failure, with what to do.
fn tls(problem: &rustls::Error, host: &str) -> Error {
    use CertificateError as Bad;
    let own = format!("give its authority's certificate with --certificate {host}=FILE");
    Error::Tls(match problem {
        rustls::Error::InvalidCertificate(Bad::ExpiredContext { time, not_after }) => format!(
            "the certificate of {host} expired on {}, and it is {} by this machine's clock; renew it, or set the clock if it is wrong",
            date(*not_after),
            date(*time)
        ),
        rustls::Error::InvalidCertificate(Bad::NotValidYetContext { time, not_before }) => format!(
            "the certificate of {host} is not valid before {}, and it is {} by this machine's clock; set the clock if it is wrong",
            date(*not_before),
            date(*time)
        ),
        rustls::Error::InvalidCertificate(Bad::Expired) => {
            format!("the certificate of {host} has expired, or this machine's clock is wrong")
        }
        rustls::Error::InvalidCertificate(Bad::NotValidYet) => {
            format!("the certificate of {host} is not valid yet, or this machine's clock is wrong")
        }
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            format!("the certificate of {host} is signed by an unknown authority; {own}")
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            format!("the certificate of {host} is for another name; use the name that the certificate has")
        }
        rustls::Error::InvalidCertificate(Bad::Other(_) | Bad::BadSignature) => {
            format!("the certificate of {host} is not accepted ({problem}); {own}")
        }
        rustls::Error::InvalidMessage(_) => {
            format!("{host} does not speak TLS; if it is meant to speak plain HTTP, say --plain-http {host}")
        }
        other => format!("TLS with {host} failed: {other}"),
    })
}

fn date(time: UnixTime) -> String {
    let time: SystemTime = UNIX_EPOCH + Duration::from_secs(time.as_secs());
    httpdate::fmt_http_date(time)
}
