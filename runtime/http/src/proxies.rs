//! The proxy that leads to an address.

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use windlass_model::proxy::{InvalidProxy, ProxyVariable, ProxyVariables};

/// Which hosts are reached through which proxy.
pub struct Proxies(Result<Matcher, InvalidProxy>);

impl Proxies {
    /// No proxy for anything.
    pub fn none() -> Self {
        Self(Ok(Matcher::builder().build()))
    }

    /// Those that the environment names; `variable` gives the value of one of its variables. What is wrong with them is told to who needs one:
    /// most runs send nothing.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self(read(&ProxyVariables::of(variable)))
    }

    /// The proxy that leads to an address.
    pub(crate) fn to(&self, address: &Uri) -> Result<Option<Intercept>, InvalidProxy> {
        self.0.as_ref().map(|matcher| matcher.intercept(address)).map_err(Clone::clone)
    }
}

fn read(variables: &ProxyVariables) -> Result<Matcher, InvalidProxy> {
    let proxy = |set: &Option<ProxyVariable>| {
        let Some(set) = set else { return Ok(String::new()) };
        let read = Matcher::builder().https(set.value.clone()).build();
        // What is no address would be passed over, and the host asked without the proxy.
        let somewhere = Uri::from_static("https://windlass.invalid");
        if read.intercept(&somewhere).is_some() { Ok(set.value.clone()) } else { Err(set.invalid()) }
    };
    let (https, http) = (proxy(&variables.https)?, proxy(&variables.http)?);
    Ok(Matcher::builder().https(https).http(http).no(variables.except.clone()).build())
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxies").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_proxy_and_a_broken_one_is_named_without_its_value() {
        let to = |set: &[(&str, &str)], address: &'static str| {
            let proxies = Proxies::of(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()));
            proxies.to(&Uri::from_static(address)).map(|found| found.map(|proxy| proxy.uri().to_string()))
        };
        for (set, address, proxy) in [
            (&[][..], "https://a", None),
            (&[("https_proxy", "http://p:1")][..], "https://a", Some("http://p:1/")),
            (&[("https_proxy", "http://p:1")][..], "http://a", None),
            (&[("ALL_PROXY", "p:1")][..], "http://a", Some("http://p:1/")),
            (&[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")][..], "http://a", None),
            (&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "a")][..], "https://a", None),
            (&[("HTTPS_PROXY", "http://p:1")][..], "https://127.0.0.1", None),
        ] {
            assert_eq!(to(set, address), Ok(proxy.map(str::to_owned)), "{set:?} {address}");
        }
        let error = to(&[("HTTPS_PROXY", "ftp://me:hunter2@p")], "https://a").expect_err("no address").to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{error}");
    }
}
