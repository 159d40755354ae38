//! Addresses, and what an answer's `Location` makes of them.

/// An absolute `http` or `https` address. It is never shown: uploads' and storage's addresses carry signatures.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url {
    text: String,
    scheme_end: usize,
    authority_end: usize,
}

impl Url {
    /// `None` when it is no such address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let scheme_end = text.find("://")?;
        if !matches!(text.get(..scheme_end)?, "http" | "https") {
            return None;
        }
        let start = scheme_end + 3;
        let rest = text.get(start..)?;
        let authority_end = start + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = text.get(start..authority_end)?;
        let uri: ureq::http::Uri = text.parse().ok()?;
        if authority.is_empty() || authority.contains('@') || uri.authority()?.as_str() != authority {
            return None;
        }
        Some(Self { text: text.to_owned(), scheme_end, authority_end })
    }

    /// All of it, for the request.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port.
    pub(crate) fn authority(&self) -> &str {
        self.text.get(self.scheme_end + 3..self.authority_end).unwrap_or_default()
    }

    /// Whether nobody can listen.
    pub(crate) fn is_secure(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Whether both are the same server, so that what one may know, the other may.
    pub(crate) fn same_server(&self, other: &Self) -> bool {
        self.is_secure() == other.is_secure() && self.authority().eq_ignore_ascii_case(other.authority())
    }

    /// An address below this one, which ends with `/`.
    pub(crate) fn join(&self, path: &str) -> Self {
        Self { text: format!("{}{path}", self.text), ..self.clone() }
    }

    /// Where `Location: location` in an answer to this address leads. A registry behind a proxy that speaks TLS for it may
    /// believe that it was asked without: its own `http` address is the `https` one.
    pub(crate) fn location(&self, location: &str) -> Option<Self> {
        let scheme = self.text.get(..self.scheme_end)?;
        let found = if location.starts_with("//") {
            Self::parse(&format!("{scheme}:{location}"))?
        } else if location.starts_with('/') {
            Self::parse(&format!("{scheme}://{}{location}", self.authority()))?
        } else {
            Self::parse(location)?
        };
        if self.is_secure() && !found.is_secure() && found.host().eq_ignore_ascii_case(self.host()) {
            let path = found.text.get(found.authority_end..)?;
            return Self::parse(&format!("https://{}{path}", self.authority()));
        }
        Some(found)
    }

    pub(super) fn host(&self) -> &str {
        without_port(self.authority())
    }

    /// With a parameter more.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let separator = if self.text.contains('?') { '&' } else { '?' };
        Self { text: format!("{}{separator}{name}={}", self.text, encode(value)), ..self.clone() }
    }
}

/// The host of `HOST:PORT`.
pub(super) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Percent-encodes what is not plain in a query.
pub(crate) fn encode(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if plain(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn locations_lead_where_the_registry_means() {
        let base = url("https://r.io:8443/v2/a/blobs/uploads/");
        for (location, expected) in [
            ("/v2/x?_state=1", "https://r.io:8443/v2/x?_state=1"),
            ("https://s3.aws/x", "https://s3.aws/x"),
            ("//cdn.io/x", "https://cdn.io/x"),
            ("http://r.io/v2/x?y", "https://r.io:8443/v2/x?y"),
            ("http://other.io/x", "http://other.io/x"),
        ] {
            assert_eq!(base.location(location).map(|found| found.text), Some(expected.to_owned()), "{location}");
        }
        for location in ["ftp://r.io/", "x", "https://user@r.io/", "https:///x", "https://r.io/\u{7f}\n"] {
            assert!(base.location(location).is_none(), "{location}");
        }
    }

    #[test]
    fn a_parameter_is_added_to_those_that_are_there() {
        assert_eq!(url("http://h/x").with("digest", "sha256:ab").text, "http://h/x?digest=sha256%3Aab");
        assert_eq!(url("http://h/x?a=b").with("from", "p/q r").text, "http://h/x?a=b&from=p%2Fq%20r");
    }

    #[test]
    fn another_port_or_scheme_is_another_server() {
        assert!(url("https://R.io/a").same_server(&url("https://r.io/b")));
        assert!(!url("https://r.io/a").same_server(&url("http://r.io/a")));
        assert!(!url("https://r.io/a").same_server(&url("https://r.io:444/a")));
    }
}
