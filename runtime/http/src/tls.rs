//! Whose certificates are believed.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use windlass_engine::ports::http::HttpError;
use windlass_model::host_pattern::Origin;

/// An authority that is believed of one host, beside those that this machine believes of all.
#[derive(Debug, Clone)]
pub struct Authority {
    /// `HOST` or `HOST:PORT`.
    pub host: String,
    /// Its certificates, in PEM.
    pub pem: String,
}

/// How hosts prove who they are.
#[derive(Debug)]
pub(crate) struct Trust {
    authorities: Vec<Authority>,
    /// That of all hosts without an authority of their own.
    usual: Mutex<Option<Arc<ClientConfig>>>,
}

impl Trust {
    pub(crate) fn new(authorities: Vec<Authority>) -> Self {
        Self { authorities, usual: Mutex::default() }
    }

    /// How a host is spoken to.
    pub(crate) fn of(&self, origin: &Origin) -> Result<Arc<ClientConfig>, HttpError> {
        let named = [origin.host.clone(), format!("{}:{}", origin.host, origin.port)];
        let own: Vec<&Authority> =
            self.authorities.iter().filter(|authority| named.contains(&authority.host.to_ascii_lowercase())).collect();
        let mut usual = self.usual.lock().unwrap_or_else(PoisonError::into_inner);
        match &*usual {
            Some(known) if own.is_empty() => return Ok(Arc::clone(known)),
            _ => {}
        }
        let made = Arc::new(configuration(origin, &own)?);
        if own.is_empty() {
            *usual = Some(Arc::clone(&made));
        }
        Ok(made)
    }
}

fn configuration(origin: &Origin, authorities: &[&Authority]) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let unusable = |why: String| HttpError::Failed(format!("{origin}: the certificates for it cannot be used: {why}"));
    let mut roots = Vec::new();
    for authority in authorities {
        for certificate in CertificateDer::pem_slice_iter(authority.pem.as_bytes()) {
            roots.push(certificate.map_err(|e| unusable(e.to_string()))?);
        }
    }
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).map_err(|e| unusable(e.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| unusable(e.to_string()))?;
    // The verifier is that of this machine: nothing is left unchecked.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}
