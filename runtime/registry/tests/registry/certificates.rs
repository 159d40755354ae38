//! Authorities and the certificates that they sign.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// An authority that nobody knows.
pub struct Authority {
    /// Its own certificate, in PEM.
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// When a certificate is valid, and for which name.
pub struct Certificate {
    pub name: &'static str,
    pub years: (i32, i32),
}

pub const GOOD: Certificate = Certificate { name: "127.0.0.1", years: (2020, 2100) };

impl Authority {
    pub fn new() -> Self {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    /// Speaks TLS with a certificate that this authority signed.
    pub fn tls(&self, certificate: &Certificate) -> TlsAcceptor {
        let mut parameters = CertificateParams::new([certificate.name.to_owned()]).unwrap();
        parameters.not_before = date_time_ymd(certificate.years.0, 1, 1);
        parameters.not_after = date_time_ymd(certificate.years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let signed = parameters.signed_by(&key, &self.issuer).unwrap();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let configuration = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], private)
            .unwrap();
        TlsAcceptor::from(Arc::new(configuration))
    }
}
