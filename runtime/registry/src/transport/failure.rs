//! Requests that got no answer, in words.

use std::error::Error as StdError;
use std::io;

use windlass_model::text;

use crate::error::{Error, TlsProblem};

/// Of a cause that the network gave, so many characters are shown.
const CAUSE: usize = 200;

/// What a request to a host failed with.
pub(crate) fn failure(host: &str, problem: &reqwest::Error) -> Error {
    let host = host.to_owned();
    match tls_error(problem) {
        Some(rustls::Error::InvalidMessage(_)) => Error::PlainHttp { host },
        Some(tls @ rustls::Error::InvalidCertificate(_)) => Error::Tls { host, problem: TlsProblem::of(tls) },
        // Another version or cipher will not be there the next time either.
        Some(tls @ (rustls::Error::PeerIncompatible(_) | rustls::Error::AlertReceived(_))) => {
            Error::Tls { host, problem: TlsProblem::of(tls) }
        }
        _ if is_refused(problem) => Error::NotListening { host },
        _ => Error::Unreachable { host, cause: cause(problem) },
    }
}

/// What the reading of an answer failed with, as a cause.
pub(crate) fn read_failure(problem: &reqwest::Error) -> String {
    cause(problem)
}

/// The TLS library's own error, wherever in the chain it is. An I/O error keeps what it is about inside, and tells of a cause
/// only what is behind that.
pub(super) fn tls_error(problem: &reqwest::Error) -> Option<&rustls::Error> {
    chain(problem).find_map(|mut error| {
        while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            error = inner;
        }
        error.downcast_ref()
    })
}

/// The innermost cause: what is outside of it says that a request failed, and repeats its address.
pub(super) fn cause(problem: &reqwest::Error) -> String {
    if problem.is_timeout() {
        return "it did not answer in time".into();
    }
    let last = chain(problem).last().map(ToString::to_string).unwrap_or_default();
    if last == "tls handshake eof" {
        return "it closed the connection instead of speaking TLS".into();
    }
    text::shortened(&last, CAUSE).into_owned()
}

/// Whether there is a machine, and nothing on it that answers.
fn is_refused(problem: &reqwest::Error) -> bool {
    chain(problem)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn chain(problem: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(problem.source(), |error| StdError::source(*error))
}
