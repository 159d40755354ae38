//! Where requests go, and where redirects lead them.

use ureq::http::Uri;

/// An absolute `http` or `https` address. It is never shown whole: signatures are in it.
#[derive(Clone)]
pub(super) struct Address {
    text: String,
    uri: Uri,
}

impl Address {
    /// `None` when it is no such address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?.as_str();
        let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
        (is_web && !authority.is_empty() && !authority.contains('@')).then(|| Self { text: text.to_owned(), uri })
    }

    /// All of it, for the request.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Host and port.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// Whether nobody can listen.
    pub(super) fn is_secure(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether both are the same server, so that what one may know, the other may.
    pub(super) fn is_same_server(&self, other: &Self) -> bool {
        self.is_secure() == other.is_secure() && self.authority().eq_ignore_ascii_case(other.authority())
    }

    /// Where a redirect leads. Never from where nobody can listen to where anybody can.
    pub(super) fn leads_to(&self, location: &str) -> Option<Self> {
        let scheme = self.uri.scheme_str()?;
        let found = if location.starts_with("//") {
            Self::parse(&format!("{scheme}:{location}"))?
        } else if location.starts_with('/') {
            Self::parse(&format!("{scheme}://{}{location}", self.authority()))?
        } else {
            Self::parse(location)?
        };
        (found.is_secure() || !self.is_secure()).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn redirects_lead_where_the_server_means() {
        let base = address("https://r.io:8443/v2/a?x");
        for (location, expected) in [
            ("/v2/x?_state=1", Some("https://r.io:8443/v2/x?_state=1")),
            ("https://s3.aws/x", Some("https://s3.aws/x")),
            ("//cdn.io/x", Some("https://cdn.io/x")),
            ("http://other.io/x", None),
            ("ftp://r.io/", None),
            ("x", None),
            ("https://user@r.io/", None),
            ("https:///x", None),
        ] {
            assert_eq!(base.leads_to(location).map(|found| found.text).as_deref(), expected, "{location}");
        }
    }

    #[test]
    fn another_port_or_scheme_is_another_server() {
        assert!(address("https://R.io/a").is_same_server(&address("https://r.io/b")));
        assert!(!address("https://r.io/a").is_same_server(&address("http://r.io/a")));
        assert!(!address("https://r.io/a").is_same_server(&address("https://r.io:444/a")));
    }
}
