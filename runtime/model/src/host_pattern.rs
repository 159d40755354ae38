//! Hosts that requests go to, and how settings and manifests write them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a request goes: to whom, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Without TLS.
    pub plain: bool,
    /// In small letters; an address of IPv6 in brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Origin {
    fn usual_port(plain: bool) -> u16 {
        if plain { 80 } else { 443 }
    }
}

/// As [`HostPattern`] writes it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.plain { "http://" } else { "" };
        match self.port == Self::usual_port(self.plain) {
            true => write!(f, "{scheme}{}", self.host),
            false => write!(f, "{scheme}{}:{}", self.host, self.port),
        }
    }
}

/// `HOST`, `HOST:PORT`, or `http://HOST:PORT` for one that has no TLS. `*.corp.example` stands for every host below `corp.example`, `*` for every
/// host; never with `http://`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPattern {
    plain: bool,
    /// In small letters; with wildcards only at the beginning.
    host: String,
    port: u16,
}

/// A text that is no such pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a host: {why}; write HOST, HOST:PORT, `*.DOMAIN`, or `http://HOST:PORT` for one without TLS")]
pub struct InvalidHost {
    /// The text.
    pub text: String,
    /// Why.
    pub why: &'static str,
}

impl HostPattern {
    /// Reads one.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, InvalidHost> {
        let wrong = |why| InvalidHost { text: crate::text::shortened(text, crate::text::LONGEST_NAME).into_owned(), why };
        let (plain, rest) = match text.split_once("://") {
            Some(("http", rest)) => (true, rest),
            Some(("https", rest)) => (false, rest),
            Some(_) => return Err(wrong("it has another scheme than http and https")),
            None => (false, text),
        };
        let (host, port) = split(rest).ok_or_else(|| wrong("its brackets are not those of an address"))?;
        let port = match port {
            Some(port) => {
                port.parse().ok().filter(|port| *port > 0).ok_or_else(|| wrong("its port is no number from 1 to 65535"))?
            }
            None => Origin::usual_port(plain),
        };
        let host = host.to_ascii_lowercase();
        let literal = host.strip_prefix("*.").unwrap_or(if host == "*" { "any" } else { &host });
        if plain && literal.len() != host.len() {
            return Err(wrong("without TLS only a host in full can be named"));
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_name = !literal.is_empty() && literal.len() <= 253 && literal.chars().all(is_plain);
        let in_form = !literal.starts_with('.') && !literal.ends_with('.') && !literal.contains("..");
        if !(is_name && in_form || is_v6(&host)) {
            return Err(wrong("a name has letters, digits, `-` and `.`, and a `*` only as its first part"));
        }
        Ok(Self { plain, host, port })
    }

    /// The pattern that stands for one host alone.
    pub fn of(origin: &Origin) -> Self {
        let Origin { plain, host, port } = origin.clone();
        Self { plain, host, port }
    }

    /// Whether a request to there is meant.
    pub fn matches(&self, origin: &Origin) -> bool {
        self.covers(&Self::of(origin))
    }

    /// Whether all that another one stands for is meant by this one.
    pub fn covers(&self, other: &Self) -> bool {
        let host = match self.host.strip_prefix('*') {
            // Of `*.a` what is left begins with a point.
            Some(rest) => other.host.len() > rest.len() && other.host.ends_with(rest),
            None => self.host == other.host,
        };
        self.plain == other.plain && self.port == other.port && host
    }

    /// Whether there is a host that both stand for.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

/// The host and the port behind it.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if text.starts_with('[') {
        let end = text.find(']')? + 1;
        let (host, rest) = text.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    Some(text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))))
}

fn is_v6(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    // In the one way in which addresses are written, or it would never match.
    inner.is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.to_string() == text))
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Origin { plain: self.plain, host: self.host.clone(), port: self.port }.fmt(f)
    }
}

impl Serialize for HostPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        HostPattern::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn a_pattern_stands_for_hosts_with_their_port_and_their_tls() {
        let origin = |plain, host: &str, port| Origin { plain, host: host.to_owned(), port };
        for (text, to, meant) in [
            ("api.corp.example", origin(false, "api.corp.example", 443), true),
            ("API.corp.example", origin(false, "api.corp.example", 443), true),
            ("api.corp.example", origin(false, "api.corp.example", 8443), false),
            ("api.corp.example", origin(true, "api.corp.example", 80), false),
            ("api.corp.example", origin(false, "xapi.corp.example", 443), false),
            ("*.corp.example", origin(false, "a.b.corp.example", 443), true),
            ("*.corp.example", origin(false, "corp.example", 443), false),
            ("*.corp.example", origin(false, ".corp.example", 443), false),
            ("*.corp.example", origin(false, "evilcorp.example", 443), false),
            ("*.corp.example", origin(false, "api.corp.example.evil", 443), false),
            ("*", origin(false, "anything", 443), true),
            ("*", origin(true, "anything", 80), false),
            ("*", origin(true, "anything", 443), false),
            ("*:8443", origin(false, "a", 8443), true),
            ("http://a:8080", origin(true, "a", 8080), true),
            ("http://a:8080", origin(false, "a", 8080), false),
            ("http://a", origin(true, "a", 80), true),
            ("https://a:1", origin(false, "a", 1), true),
            ("[::1]:8443", origin(false, "[::1]", 8443), true),
            ("10.0.0.1", origin(false, "10.0.0.1", 443), true),
        ] {
            assert_eq!(pattern(text).matches(&to), meant, "{text} for {to}");
        }
        for text in ["a", "a:8443", "*.a", "http://a", "http://a:8080", "[::1]:8443", "*:1"] {
            assert_eq!(pattern(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_what_is_one() {
        let long = "a".repeat(254);
        for text in [
            "",
            "*a",
            "a.*",
            "a*b",
            "*.",
            "*.*",
            "**",
            "a..b",
            ".a",
            "a.",
            "a/b",
            "https://a/b",
            "user@a",
            "ftp://a",
            "http://*",
            "http://*.a:80",
            "a:0",
            "a:65536",
            "a:b",
            "a:1:2",
            "[::1",
            "[a]",
            "[::1]x",
            "[0:0::1]",
            "::1",
            "ä.example",
            "a b",
            "a\n",
            long.as_str(),
        ] {
            let error = HostPattern::parse(text).err().unwrap_or_else(|| panic!("{text:?} was taken"));
            assert!(error.to_string().contains("write HOST"), "{error}");
        }
    }
}
