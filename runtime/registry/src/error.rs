//! Why a registry did not do what was asked, and what to do about it.

mod tls;

use std::io;
use std::time::Duration;

use windlass_model::digest::Digest;

pub use tls::TlsProblem;

use crate::credentials::CredentialsError;

/// Why a registry did not do what was asked. Each is one sentence, with what to do; no message holds a secret, and what a server
/// said is short and on the sentence's line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such repository, manifest or blob.
    #[error("{host} has no {what}{said}; check the name and the version, and that your login may read it")]
    NotFound {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// It wants credentials, and none are known.
    #[error(
        "{host} wants credentials for {what}, and there are none for it{said}; log in with `docker login {host}` or `podman \
         login {host}`"
    )]
    NoCredentials {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// It does not accept the credentials.
    #[error("{host} refuses {login}{said}; the password or token may be wrong or may have expired: log in to {host} again")]
    Unauthorized {
        /// The registry.
        host: String,
        /// Whose credentials, and where they are from.
        login: String,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// It knows who asks, and does not permit it.
    #[error("{host} does not permit {login} to {action} {what}{said}; use credentials that have this right")]
    Forbidden {
        /// The registry.
        host: String,
        /// Whose credentials, and where they are from; anybody when there are none.
        login: String,
        /// What was to be done: `read`, `write` or `delete`.
        action: &'static str,
        /// What was asked for.
        what: String,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// It was asked too often.
    #[error("{host} refuses requests for now: there were too many{}{said}; try again later, or log in if you have not: many registries \
             then allow more", in_words(*.wait))]
    TooManyRequests {
        /// The registry.
        host: String,
        /// When it may be asked again.
        wait: Option<Duration>,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// It has a fault of its own.
    #[error("{host} fails with status {status}{said}; try again later, or ask who runs it")]
    Unavailable {
        /// The registry.
        host: String,
        /// The HTTP status.
        status: u16,
        /// When it may be asked again.
        wait: Option<Duration>,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// There is no answer.
    #[error("{host} cannot be reached: {cause}; check its name, the network, and the proxy if there is one")]
    Unreachable {
        /// The registry, or the host that it led to.
        host: String,
        /// Why.
        cause: String,
    },
    /// Nothing listens where it should be.
    #[error("nothing listens at {host} (connection refused); check its name and port, and that it runs")]
    NotListening {
        /// The registry, or the host that it led to.
        host: String,
    },
    /// The connection ended too early.
    #[error("{host} broke off after {done} of {size} bytes of {what}: {cause}; try again")]
    Cut {
        /// The registry, or the host that it led to.
        host: String,
        /// What was being read.
        what: String,
        /// Bytes that are there.
        done: u64,
        /// Bytes that are to come.
        size: u64,
        /// Why.
        cause: String,
    },
    /// It cannot be trusted to be who it says.
    #[error("{host} cannot be trusted: {problem}")]
    Tls {
        /// The registry, or the host that it led to.
        host: String,
        /// Why not.
        problem: TlsProblem,
    },
    /// It speaks plain HTTP where TLS is due.
    #[error(
        "{host} does not speak TLS; if it is meant to speak plain HTTP, write `registries: {{{host}: {{insecure: true}}}}` in \
         ~/.config/windlass/windlass.yaml, or in a file that you give with --settings"
    )]
    PlainHttp {
        /// The registry.
        host: String,
    },
    /// It leads somewhere that is not gone to.
    #[error("{host} redirects {problem}, which windlass does not follow; ask who runs it")]
    Redirect {
        /// Who redirects.
        host: String,
        /// Where to, and why not.
        problem: String,
    },
    /// It wants credentials to be sent where others can read them.
    #[error(
        "{host} names a token service without TLS ({service}), where others on the network could read the credentials; whoever runs \
             the registry must give the service an https address"
    )]
    PlainTokenService {
        /// The registry.
        host: String,
        /// The token service.
        service: String,
    },
    /// Its bytes are others than were asked for.
    #[error("{host} serves other bytes for {what}: their digest is {found}; do not use them, and ask who runs it")]
    WrongDigest {
        /// The registry.
        host: String,
        /// What was asked for, with the digest that is due.
        what: String,
        /// The digest of what came.
        found: Digest,
    },
    /// It has more or fewer bytes than are due.
    #[error("{host} serves {found} bytes for {what}, and {expected} are due; do not use them, and ask who runs it")]
    WrongSize {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
        /// Bytes that are due.
        expected: u64,
        /// How many there are, as far as that is known: `more than 7`.
        found: String,
    },
    /// It is too large to be taken.
    #[error("{what} on {host} has more than {limit}, too many to be taken; check that it is what you mean")]
    TooLarge {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
        /// How many bytes are taken, in words.
        limit: String,
    },
    /// It has more tags than are looked at.
    #[error(
        "{host} lists more than {limit} tags of {repository}, too many to choose a version from; name one tag instead of a range"
    )]
    TooManyTags {
        /// The registry.
        host: String,
        /// The repository.
        repository: String,
        /// How many are looked at.
        limit: usize,
    },
    /// It refuses for a reason of its own.
    #[error("{host} refuses to {action} {what} with status {status}{said}")]
    Refused {
        /// The registry.
        host: String,
        /// What was to be done: `read`, `write` or `delete`.
        action: &'static str,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The registry's own words, in brackets, or nothing.
        said: String,
    },
    /// Its answer has no meaning.
    #[error("{host} does not answer as registries do: {problem}; check that it is one")]
    Protocol {
        /// The registry.
        host: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// A mirror of the settings is none.
    #[error(
        "`{mirror}` is not a mirror of {registry}: write a host with an optional port and path, as in `registries: {{{registry}: {{mirrors: \
             [mirror.corp/hub]}}}}`"
    )]
    Mirror {
        /// Whose mirror.
        registry: String,
        /// As it is written.
        mirror: String,
    },
    /// The credentials cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// What came cannot be written.
    #[error("what {host} sent cannot be written: {source}")]
    Write {
        /// The registry.
        host: String,
        /// Why.
        source: io::Error,
    },
    /// What is to be sent cannot be read.
    #[error("{path} cannot be read: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// Whether asking again can help.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::TooManyRequests { .. }
                | Self::Unavailable { .. }
                | Self::Unreachable { .. }
                | Self::NotListening { .. }
                | Self::Cut { .. }
        )
    }

    /// The longest time in which asking again is worth it: a registry that is started anew listens again within seconds, and a port that is
    /// written wrong never does.
    pub(crate) fn most_patience(&self) -> Duration {
        match self {
            Self::NotListening { .. } => Duration::from_secs(5),
            _ => Duration::MAX,
        }
    }

    /// For how long the registry wants to be left alone.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { wait, .. } | Self::Unavailable { wait, .. } => *wait,
            _ => None,
        }
    }
}

fn in_words(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(", and it asks to be left alone for {} s", wait.as_secs())).unwrap_or_default()
}
