//! What can be wrong with a certificate, in words.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use rustls::CertificateError as Bad;
use rustls::pki_types::UnixTime;

/// Why a host is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsProblem {
    /// Its certificate is over.
    Expired {
        /// Since when, and what this machine's clock says, where the library tells.
        when: Option<(String, String)>,
    },
    /// Its certificate is not valid yet.
    NotYetValid {
        /// From when on, and what this machine's clock says, where the library tells.
        when: Option<(String, String)>,
    },
    /// Nobody who is trusted signed its certificate.
    UnknownAuthority,
    /// Its certificate is for others.
    OtherName,
    /// This machine trusts nobody.
    NoAuthorities,
    /// Anything else.
    Other(String),
}

impl TlsProblem {
    /// What a failed handshake was about.
    pub(crate) fn of(problem: &rustls::Error) -> Self {
        let when = |limit: &UnixTime, now: &UnixTime| Some((date(*limit), date(*now)));
        match problem {
            rustls::Error::InvalidCertificate(Bad::ExpiredContext { time, not_after }) => {
                Self::Expired { when: when(not_after, time) }
            }
            rustls::Error::InvalidCertificate(Bad::Expired) => Self::Expired { when: None },
            rustls::Error::InvalidCertificate(Bad::NotValidYetContext { time, not_before }) => {
                Self::NotYetValid { when: when(not_before, time) }
            }
            rustls::Error::InvalidCertificate(Bad::NotValidYet) => Self::NotYetValid { when: None },
            // An authority that is known has the same name, and another key.
            rustls::Error::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => Self::UnknownAuthority,
            rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => Self::OtherName,
            other => Self::Other(windlass_model::text::shortened(&other.to_string(), 200).into_owned()),
        }
    }
}

impl fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const AUTHORITY: &str = "name the authority's certificate as `ca_file` of this host under `registries` in ~/.config/windlass/windlass.yaml, or in a file \
                                 that you give with --settings";
        match self {
            Self::Expired { when: Some((end, now)) } => {
                write!(
                    f,
                    "its certificate expired on {end}, and it is {now} by this machine's clock; whoever runs it must renew \
                     it, or set the clock if that is wrong"
                )
            }
            Self::Expired { when: None } => f.write_str(
                "its certificate has expired; whoever runs it must renew it, or set this machine's clock if that is wrong",
            ),
            Self::NotYetValid { when: Some((begin, now)) } => {
                write!(
                    f,
                    "its certificate is not valid before {begin}, and it is {now} by this machine's clock; set the clock if \
                     it is wrong"
                )
            }
            Self::NotYetValid { when: None } => {
                f.write_str("its certificate is not valid yet; set this machine's clock if it is wrong")
            }
            Self::UnknownAuthority => write!(f, "its certificate is signed by an authority that is not known here; {AUTHORITY}"),
            Self::OtherName => f.write_str("its certificate is for another name; use the name that the certificate has"),
            Self::NoAuthorities => {
                write!(
                    f,
                    "this machine has no list of trusted authorities; install its package `ca-certificates`, or {AUTHORITY}"
                )
            }
            Self::Other(problem) => write!(f, "{problem}; {AUTHORITY}"),
        }
    }
}

/// The first second that has no date in HTTP's form: of the year 10000.
const NO_DATE: u64 = 253_402_300_800;

fn date(time: UnixTime) -> String {
    let seconds = time.as_secs().min(NO_DATE - 1);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}
