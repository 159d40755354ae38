//! The proxy on the way to an API server, chosen as kubectl does: the kubeconfig's own, else that of the environment, which `NO_PROXY` and
//! addresses of this machine are exempt from. Pure.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

/// The proxy for a server, when there is one.
///
/// # Errors
/// When what is written there is no address of a proxy, in one sentence.
pub(super) fn choose(
    server: &Uri,
    of_cluster: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, String> {
    // A kubeconfig that names one means it, whatever the environment says.
    if let Some(written) = of_cluster.map(str::trim).filter(|written| !written.is_empty()) {
        return parse(written, "`proxy-url` in the kubeconfig").map(Some);
    }
    let set = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, variable(name).filter(|value| !value.trim().is_empty())?)))
    };
    let names = if server.scheme_str() == Some("http") { ["HTTP_PROXY", "http_proxy"] } else { ["HTTPS_PROXY", "https_proxy"] };
    let Some((name, written)) = set(names) else { return Ok(None) };
    let exempt = set(["NO_PROXY", "no_proxy"]).map(|(_, list)| list).unwrap_or_default();
    if is_exempt(server, &exempt) {
        return Ok(None);
    }
    parse(written.trim(), name).map(Some)
}

fn parse(written: &str, name: &str) -> Result<Uri, String> {
    let full = if written.contains("://") { written.to_owned() } else { format!("http://{written}") };
    // Names are resolved by the proxy in either case.
    let full = full.strip_prefix("socks5h://").map_or(full.clone(), |rest| format!("socks5://{rest}"));
    // What is written may hold a password.
    let uri: Uri = full.parse().map_err(|error| format!("{name} is not the address of a proxy: {error}"))?;
    match uri.scheme_str() {
        Some("http" | "https" | "socks5") if uri.host().is_some() => Ok(uri),
        _ => Err(format!("{name} is not the address of a proxy: it takes http, https and socks5")),
    }
}

/// Whether a server is reached without the proxy of the environment, by Go's rules (`golang.org/x/net/http/httpproxy`).
fn is_exempt(server: &Uri, list: &str) -> bool {
    let Some(host) = server.host().map(|host| host.trim_matches(['[', ']']).trim_end_matches('.').to_lowercase()) else {
        return false;
    };
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("http") { 80 } else { 443 });
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let mut entries = list.split(',').map(|entry| entry.trim().to_lowercase()).filter(|entry| !entry.is_empty());
    entries.any(|entry| entry == "*" || entry_means(&entry, &host, address, port))
}

fn entry_means(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if let Ok(network) = entry.parse::<IpNet>() {
        return address.is_some_and(|address| network.contains(&address));
    }
    if let Ok(one) = entry.trim_matches(['[', ']']).parse::<IpAddr>() {
        return address == Some(one);
    }
    let (name, of_port) = match entry.rsplit_once(':').map(|(name, port)| (name, port.parse::<u16>())) {
        Some((name, Ok(port))) => (name, Some(port)),
        _ => (entry, None),
    };
    if of_port.is_some_and(|wanted| wanted != port) {
        return false;
    }
    let name = name.trim_matches(['[', ']']);
    if let Ok(one) = name.parse::<IpAddr>() {
        return address == Some(one);
    }
    // `corp` is itself and all below it; `.corp` and `*.corp` only what is below.
    match name.strip_prefix("*.").or_else(|| name.strip_prefix('.')) {
        Some(domain) => is_below(host, domain),
        None => host == name || is_below(host, name),
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, of_cluster: Option<&str>, environment: &[(&str, &str)]) -> Result<Option<String>, String> {
        let server: Uri = server.parse().unwrap_or_else(|error| panic!("{error}"));
        let variable = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        choose(&server, of_cluster, variable).map(|proxy| proxy.map(|proxy| proxy.to_string()))
    }

    const PROXY: (&str, &str) = ("HTTPS_PROXY", "http://proxy.corp:3128");

    /// A local cluster behind a company's proxy was not reached.
    #[test]
    fn a_server_of_this_machine_is_never_reached_through_the_proxy_of_the_environment() {
        for server in ["https://127.0.0.1:6443", "https://localhost:6443", "https://127.9.9.9", "https://[::1]:6443"] {
            assert_eq!(chosen(server, None, &[PROXY]), Ok(None), "{server}");
        }
        assert_eq!(chosen("https://cluster.example", None, &[PROXY]), Ok(Some("http://proxy.corp:3128/".to_owned())));
    }

    #[test]
    fn no_proxy_takes_names_suffixes_addresses_networks_and_ports() {
        let reached_by_proxy = |server: &str, list: &str| {
            chosen(server, None, &[PROXY, ("NO_PROXY", list)]).unwrap_or_else(|error| panic!("{error}")).is_some()
        };
        for (server, list) in [
            ("https://api.corp:6443", "10.0.0.0/8,.corp,"),
            ("https://api.corp:6443", "*.corp"),
            ("https://api.corp:6443", "corp"),
            ("https://api.corp", "other, API.corp:443"),
            ("https://10.1.2.3:6443", "10.0.0.0/8,.corp"),
            ("https://192.0.2.7", "192.0.2.7"),
            ("https://[2001:db8::1]", "2001:db8::/32"),
            ("https://anything", "*"),
        ] {
            assert!(!reached_by_proxy(server, list), "{server} {list}");
        }
        for (server, list) in [
            ("https://corp", ".corp"),
            ("https://notcorp", "corp"),
            ("https://api.corp:6443", "api.corp:443"),
            ("https://11.1.2.3", "10.0.0.0/8"),
            ("https://api.corp", ""),
        ] {
            assert!(reached_by_proxy(server, list), "{server} {list}");
        }
    }

    #[test]
    fn the_kubeconfig_s_own_proxy_goes_first_and_is_not_exempt() {
        let environment = [PROXY, ("NO_PROXY", "*")];
        assert_eq!(
            chosen("https://127.0.0.1:6443", Some("socks5://127.0.0.1:1080"), &environment),
            Ok(Some("socks5://127.0.0.1:1080/".to_owned()))
        );
        assert_eq!(chosen("https://a", Some(" "), &[]), Ok(None));
    }

    #[test]
    fn small_letters_and_addresses_without_a_scheme_are_taken_and_a_password_is_not_repeated() {
        assert_eq!(chosen("https://a", None, &[("https_proxy", "proxy:3128")]), Ok(Some("http://proxy:3128/".to_owned())));
        assert_eq!(chosen("http://a", None, &[PROXY]), Ok(None), "it is for https");
        let wrong = chosen("https://a", None, &[("HTTPS_PROXY", "ftp://me:hunter2@proxy")]);
        assert_eq!(wrong, Err("HTTPS_PROXY is not the address of a proxy: it takes http, https and socks5".to_owned()));
    }
}
