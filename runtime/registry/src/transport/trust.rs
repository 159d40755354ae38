//! Whose certificates are believed, and through which proxy a host is reached.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use windlass_model::pod::Registry;

use super::{Proxies, failure};
use crate::error::{Error, TlsProblem};
use crate::repository::canonical;

/// How long a connection may take to come about, handshake included.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// What a host is told of who asks.
const USER_AGENT: &str = concat!("windlass/", env!("CARGO_PKG_VERSION"));

/// What the settings say of all hosts.
pub(crate) struct Trust {
    pub(crate) registries: Vec<Registry>,
    pub(crate) proxies: Proxies,
}

impl Trust {
    fn settings(&self, host: &str) -> Option<&Registry> {
        self.registries.iter().find(|settings| canonical(&settings.host) == canonical(host))
    }

    /// Whether any certificate of a host will do, or none.
    pub(crate) fn is_insecure(&self, host: &str) -> bool {
        self.settings(host).is_some_and(|settings| settings.insecure)
    }

    /// The authorities that are believed of a host for a registry's sake, beside the usual ones, as PEM.
    pub(crate) fn certificates(&self, registry: &str, host: &str) -> Option<String> {
        let mut of: Vec<&str> = vec![registry];
        of.extend((canonical(host) != canonical(registry)).then_some(host));
        let known: Vec<&str> = of.into_iter().filter_map(|host| self.settings(host)?.certificate.as_deref()).collect();
        (!known.is_empty()).then(|| known.join("\n"))
    }

    /// The client for a host that is spoken to for a registry's sake: the registry itself, its token service, its storage. The authority
    /// of the registry is believed of them, too; that the registry is insecure says nothing of others, unless they have its name.
    pub(super) fn client(&self, registry: &str, host: &str) -> Result<Client, Error> {
        let insecure = self.is_insecure(host) || self.is_insecure(registry) && without_port(host) == without_port(registry);
        let mut authorities = Vec::new();
        for of in [registry, host] {
            if let Some(pem) = self.settings(of).and_then(|settings| settings.certificate.as_ref()) {
                authorities.extend(Certificate::from_pem_bundle(pem.as_bytes()).map_err(|problem| unusable(of, &problem))?);
            }
        }
        let builder = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT_TIME)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .tls_certs_merge(authorities)
            .tls_danger_accept_invalid_certs(insecure);
        self.proxies.tell(builder).build().map_err(|problem| unusable(host, &problem))
    }
}

/// Why there can be no client: what it is made of is all from the settings and this machine.
fn unusable(host: &str, problem: &reqwest::Error) -> Error {
    let problem = match failure::tls_error(problem) {
        Some(rustls::Error::General(message)) if message.contains("No CA certificates") => TlsProblem::NoAuthorities,
        Some(other) => TlsProblem::of(other),
        None => TlsProblem::Other(format!("the certificates for it cannot be used ({})", failure::cause(problem))),
    };
    Error::Tls { host: host.to_owned(), problem }
}

/// A host without its port: `[::1]:5000` is `[::1]`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
