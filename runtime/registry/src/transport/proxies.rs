//! A client that goes through the proxies of the environment.

use reqwest::{ClientBuilder, NoProxy, Proxy};
use windlass_model::proxy::{InvalidProxy, ProxyVariable, ProxyVariables};

/// Which hosts are reached through which proxy.
#[derive(Clone, Default)]
pub struct Proxies {
    https: Option<(String, Proxy)>,
    http: Option<(String, Proxy)>,
    except: String,
}

impl Proxies {
    /// Those that the environment names; `variable` gives the value of one of its variables.
    ///
    /// # Errors
    /// When one is not an address.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidProxy> {
        let ProxyVariables { https, http, except } = ProxyVariables::of(variable);
        let proxy = |set: Option<ProxyVariable>, make: fn(String) -> reqwest::Result<Proxy>| {
            let made = set.map(|set| make(set.value.clone()).map_err(|_| set.invalid()).map(|proxy| (set.name, proxy)));
            made.transpose()
        };
        Ok(Self { https: proxy(https, Proxy::https)?, http: proxy(http, Proxy::http)?, except })
    }

    /// Tells a client, which then asks the environment for nothing itself.
    pub(super) fn tell(&self, builder: ClientBuilder) -> ClientBuilder {
        let except = NoProxy::from_string(&self.except);
        let each = [&self.https, &self.http].into_iter().flatten();
        each.fold(builder.no_proxy(), |builder, (_, proxy)| builder.proxy(proxy.clone().no_proxy(except.clone())))
    }
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |proxy: &Option<(String, Proxy)>| proxy.as_ref().map(|(variable, _)| variable.clone());
        f.debug_struct("Proxies").field("https", &name(&self.https)).field("http", &name(&self.http)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Result<Proxies, InvalidProxy> {
        Proxies::of(|name| set.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn variables_are_found_in_both_cases_and_a_broken_one_is_named_without_its_value() {
        let shown = |set: &[(&str, &str)]| format!("{:?}", of(set).expect("proxies"));
        assert_eq!(shown(&[]), "Proxies { https: None, http: None, .. }");
        assert_eq!(
            shown(&[("https_proxy", "http://a:1"), ("ALL_PROXY", "socks5://me:hunter2@b:2")]),
            "Proxies { https: Some(\"https_proxy\"), http: Some(\"ALL_PROXY\"), .. }"
        );
        assert_eq!(shown(&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")]), "Proxies { https: None, http: None, .. }");
        let error = of(&[("HTTPS_PROXY", "http://me:hunter2@[")]).expect_err("no address").to_string();
        assert!(error.contains("HTTPS_PROXY") && !error.contains("hunter2"), "{error}");
    }
}
