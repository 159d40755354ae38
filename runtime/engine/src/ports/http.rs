//! The port to whatever sends requests for plugins.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use url::Url;
use windlass_model::host_pattern::Origin;
use windlass_model::power::HostScope;
use windlass_model::secret::SecretName;

/// An address that a request can go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    origin: Origin,
}

impl Address {
    /// The most bytes of one.
    pub const LONGEST: usize = 8 << 10;

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, Url::parse)
    }

    /// Where a redirect from here leads.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn join(&self, location: &str) -> Result<Self, String> {
        Self::read(location, |text| self.url.join(text))
    }

    fn read(text: &str, parse: impl FnOnce(&str) -> Result<Url, url::ParseError>) -> Result<Self, String> {
        if text.len() > Self::LONGEST {
            return Err(format!("an address has {} bytes, and at most {} are allowed", text.len(), Self::LONGEST));
        }
        // The standard would drop some of these, and read another address than a person does.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err("an address has no blanks, backslashes and control characters".to_owned());
        }
        let mut url = parse(text).map_err(|e| format!("the address cannot be read: {e}"))?;
        let plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err("an address begins with https:// or http://".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address has no credentials: send them in a header".to_owned());
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err("an address has a host".to_owned());
        };
        let origin = Origin { plain, host: host.to_owned(), port };
        url.set_fragment(None);
        Ok(Self { url, origin })
    }

    /// All of it.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// To whom it leads.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// A request as a plugin makes it.
#[derive(Debug, Clone)]
pub struct Request<P = Vec<Part>> {
    /// The method, one that the port knows.
    pub method: String,
    /// Where to.
    pub address: Address,
    /// Names and values.
    pub headers: Vec<(String, P)>,
    /// The body; empty for none.
    pub body: P,
    /// The time for all of it.
    pub timeout: Duration,
    /// The most bytes of the answer's body.
    pub max_response: usize,
    /// The hosts that it and its redirects may reach.
    pub hosts: HostScope,
}

/// A piece of a header or a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text, taken as it is.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A secret's bytes.
    Secret(SecretName),
    /// A secret as a string of JSON.
    JsonString(SecretName),
    /// A secret for a form.
    PercentEncoded(SecretName),
    /// A name, `:` and a secret in base64.
    Basic(String, SecretName),
}

/// What goes out for the parts of a header or a body.
#[derive(Clone)]
pub struct Piece {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether a secret is among them.
    pub secret: bool,
}

/// Shows the size alone.
impl std::fmt::Debug for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Where it came from, after redirects.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// Names in small letters, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The host is in a network of the user's own, and the settings do not name it.
    #[error("{origin} is at {address}, an address of this machine or of its own network")]
    Private {
        /// The host.
        origin: Origin,
        /// Where it is.
        address: IpAddr,
    },
    /// Anything else, in words.
    #[error("{0}")]
    Failed(String),
}

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one and reads its answer. Who drops the future ends the request.
    async fn send(&self, request: Request<Piece>) -> Result<Response, HttpError>;
}

/// Sends nothing: for runs that have no network.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHttp;

#[async_trait]
impl Http for NoHttp {
    async fn send(&self, _: Request<Piece>) -> Result<Response, HttpError> {
        Err(HttpError::Failed("no request can be sent here".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_one_way_or_not_at_all() {
        for (text, origin) in [
            ("https://API.corp.example/a?b#c", "api.corp.example"),
            ("https://api.corp.example:443", "api.corp.example"),
            ("https://a:8443/", "a:8443"),
            ("http://a/", "http://a"),
            ("https://0x7f.1/", "127.0.0.1"),
            ("https://2130706433/", "127.0.0.1"),
            ("https://[0:0:0:0:0:0:0:1]:1/", "[::1]:1"),
            ("https://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]"),
            ("https://b\u{fc}cher.example/", "xn--bcher-kva.example"),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.origin().to_string()), Ok(origin.to_owned()), "{text}");
        }
        let long = format!("https://a/{}", "x".repeat(Address::LONGEST));
        for text in [
            "",
            "a",
            "/a",
            "file:///etc/passwd",
            "ftp://a",
            "https://",
            "https://user@a/",
            "https://user:password@a/",
            "https://a\\@b/",
            "https://a /",
            "https://a\n.b/",
            "https://a\t/",
            "https://a:99999/",
            long.as_str(),
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        let here = Address::parse("https://a/b/c").unwrap_or_else(|e| panic!("{e}"));
        for (location, there) in
            [("d", "https://a/b/d"), ("/d", "https://a/d"), ("//b/d", "https://b/d"), ("http://a/", "http://a/")]
        {
            assert_eq!(here.join(location).map(|address| address.url().to_string()), Ok(there.to_owned()));
        }
        assert!(here.join("//user@b").is_err() && here.join("javascript:x").is_err());
    }
}
