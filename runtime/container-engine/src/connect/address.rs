//! Addresses of engines, as `DOCKER_HOST` has them.

use std::fmt;
use std::path::PathBuf;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port without TLS, as `host:port`.
    Tcp(String),
}

/// Why a text is no address that windlass can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// An address of another kind.
    #[error("`{0}` is not an address that windlass can reach: it takes unix:///path/to/socket and tcp://host:port")]
    Scheme(String),
    /// A relative or empty path.
    #[error("`{0}` does not name a socket: write the path from the root, as unix:///run/docker.sock")]
    Path(String),
    /// No host or no port.
    #[error("`{0}` does not name a host and a port, as tcp://localhost:2375 does")]
    Host(String),
    /// TLS is asked for.
    #[error("`{0}` needs TLS (DOCKER_TLS_VERIFY is set), which windlass does not support for engines")]
    Tls(String),
}

impl Address {
    /// Reads an address; `tls` says whether the engine wants TLS.
    ///
    /// # Errors
    /// When it is of another kind than a unix socket or a plain TCP port.
    pub fn parse(text: &str, tls: bool) -> Result<Self, InvalidAddress> {
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.starts_with('/') && path.len() > 1 {
                Ok(Self::Unix(path.into()))
            } else {
                Err(InvalidAddress::Path(text.into()))
            };
        }
        let Some(rest) = text.strip_prefix("tcp://").or_else(|| text.strip_prefix("http://")) else {
            return Err(InvalidAddress::Scheme(text.into()));
        };
        let host = rest.trim_end_matches('/');
        match host.rsplit_once(':') {
            _ if tls => Err(InvalidAddress::Tls(text.into())),
            Some((name, port)) if !name.is_empty() && port.parse::<u16>().is_ok() => Ok(Self::Tcp(host.into())),
            _ => Err(InvalidAddress::Host(text.into())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_docker_writes_them() {
        assert_eq!(Address::parse("unix:///run/docker.sock", false), Ok(Address::Unix("/run/docker.sock".into())));
        assert_eq!(Address::parse("unix:///run/docker.sock", true), Ok(Address::Unix("/run/docker.sock".into())));
        assert_eq!(Address::parse("tcp://localhost:2375/", false), Ok(Address::Tcp("localhost:2375".into())));
        assert_eq!(Address::parse("tcp://[::1]:2375", false), Ok(Address::Tcp("[::1]:2375".into())));
    }

    #[test]
    fn an_address_that_cannot_be_used_says_why() {
        for (text, tls, part) in [
            ("ssh://me@host", false, "not an address that windlass can reach"),
            ("/run/docker.sock", false, "unix:///path"),
            ("unix://docker.sock", false, "from the root"),
            ("tcp://localhost", false, "a host and a port"),
            ("tcp://:2375", false, "a host and a port"),
            ("tcp://localhost:x", false, "a host and a port"),
            ("tcp://localhost:2376", true, "needs TLS"),
        ] {
            match Address::parse(text, tls) {
                Err(e) => assert!(e.to_string().contains(part), "{text}: {e}"),
                Ok(address) => panic!("{text} was read as {address}"),
            }
        }
    }
}
