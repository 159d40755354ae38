//! What belongs together on the web.

use reqwest::Url;

/// Whether two addresses are of one server, spoken to in one way: what is meant for the one may be sent to the other.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
}

/// The host of an address with its port if it has one.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The address that a server names in an answer, without what it may not say: credentials of its choice.
pub(crate) fn named(base: &Url, text: &str) -> Option<Url> {
    let mut url = base.join(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_web && url.set_username("").is_ok() && url.set_password(None).is_ok()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn another_scheme_port_or_host_is_another_server() {
        let base = url("https://registry.corp/v2/");
        for same in ["https://registry.corp/x", "https://registry.corp:443/", "https://Registry.Corp/"] {
            assert!(same_origin(&base, &url(same)), "{same}");
        }
        for other in
            ["http://registry.corp/", "https://registry.corp:444/", "https://registry.corp.evil/", "http://registry.corp:443/"]
        {
            assert!(!same_origin(&base, &url(other)), "{other}");
        }
    }

    #[test]
    fn what_a_server_names_has_no_credentials_and_is_on_the_web() {
        let base = url("https://registry.corp/v2/a");
        let found = |text: &str| named(&base, text).map(|url| url.to_string());
        assert_eq!(found("/v2/b?x=1").as_deref(), Some("https://registry.corp/v2/b?x=1"));
        assert_eq!(found("https://me:pw@other/").as_deref(), Some("https://other/"));
        for wrong in ["file:///etc/passwd", "data:,x", "http://", "https://["] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
