//! Whose certificates are believed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustls::CertificateError;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use windlass_mover_protocol::Failed;

use super::Address;

/// Nothing that makes no progress for so long will.
const PATIENCE: Duration = Duration::from_secs(30);

/// However slowly a server goes on, it is to be done by then: no blob of a cache is that large.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Connections that trust the usual authorities, and some that trust others. The library takes one list or the other, so a server that is not known to the
/// one is tried with the other.
pub(super) struct Trust {
    usual: Agent,
    own: Option<Own>,
}

struct Own {
    agent: Agent,
    /// Whether the last server was known to the usual authorities alone.
    is_unknown: AtomicBool,
}

impl Trust {
    pub(super) fn new(certificates: Option<&str>) -> Result<Self, Failed> {
        let own = certificates.map(|pem| -> Result<_, Failed> {
            let unusable =
                |problem: &dyn std::fmt::Display| Failed::Store(format!("the store's certificates cannot be used: {problem}"));
            let mut trusted = Vec::new();
            for item in parse_pem(pem.as_bytes()) {
                if let PemItem::Certificate(certificate) = item.map_err(|problem| unusable(&problem))? {
                    trusted.push(certificate);
                }
            }
            if trusted.is_empty() {
                return Err(unusable(&"there is none"));
            }
            Ok(Own { agent: agent(RootCerts::Specific(Arc::new(trusted))), is_unknown: AtomicBool::new(false) })
        });
        Ok(Self { usual: agent(RootCerts::WebPki), own: own.transpose()? })
    }

    /// Sends a request by the connections that trust its server.
    pub(super) fn run<B>(
        &self,
        address: &Address,
        send: impl Fn(&Agent) -> Result<Response<B>, ureq::Error>,
    ) -> Result<Response<B>, ureq::Error> {
        let Some(own) = self.own.as_ref().filter(|_| address.is_secure()) else { return send(&self.usual) };
        let usual_first = own.is_unknown.load(Ordering::Relaxed);
        let (first, second) = if usual_first { (&self.usual, &own.agent) } else { (&own.agent, &self.usual) };
        match send(first) {
            Err(error) if is_unknown(&error) => {
                own.is_unknown.store(!usual_first, Ordering::Relaxed);
                send(second)
            }
            answer => answer,
        }
    }
}

/// Whether an authority is not among those that are trusted.
fn is_unknown(error: &ureq::Error) -> bool {
    let problem = match error {
        ureq::Error::Rustls(problem) => Some(problem),
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    matches!(problem, Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)))
}

fn agent(roots: RootCerts) -> Agent {
    // The one that is in this program, whichever else is built with it.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder().root_certs(roots).unversioned_rustls_crypto_provider(provider).build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections_per_host(4)
        .user_agent(concat!("windlass-mover/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_per_write(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .timeout_per_call(Some(LONGEST))
        .build();
    Agent::new_with_config(config)
}
