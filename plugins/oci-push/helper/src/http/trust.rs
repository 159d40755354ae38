//! Which hosts are reached without TLS, and whose certificates are believed.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::url::without_port;
use crate::error::Error;
use crate::reference::is_loopback;

/// Where distributions keep the certificates that they trust.
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/kaniko/ssl/certs/ca-certificates.crt",
];

/// What the caller said about hosts, in the words of references: `docker.io` for Docker Hub.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) plain_http: Vec<String>,
    pub(crate) insecure: Vec<String>,
    pub(crate) certificates: Vec<(String, PathBuf)>,
}

impl Access {
    /// Whether a registry is spoken to without TLS.
    pub(crate) fn is_plain(&self, host: &str) -> bool {
        self.plain_http.iter().any(|plain| plain == host) || is_loopback(host) && !self.is_described(host)
    }

    /// Whether any certificate of a host will do, or none.
    pub(super) fn is_insecure(&self, host: &str) -> bool {
        self.insecure.iter().any(|insecure| insecure == host)
    }

    /// A loopback registry with a certificate of its own surely speaks TLS; one that is insecure is asked.
    fn is_described(&self, host: &str) -> bool {
        self.certificates.iter().any(|(of, _)| of == host) || self.is_insecure(host)
    }

    /// The trust in a host that is spoken to for a registry's sake: the registry itself, its token service, its storage. What is
    /// said of the registry holds for them too, as with docker. Own certificates come on top of the system's. Where there is no
    /// system, they stand alone for the registry and what has its name, because the built-in list cannot be joined with others.
    pub(super) fn tls(&self, registry: &str, authority: &str) -> Result<TlsConfig, Error> {
        let builder = TlsConfig::builder();
        if self.is_insecure(registry) || self.is_insecure(authority) {
            return Ok(builder.disable_verification(true).build());
        }
        let system = system()?;
        let is_own = !system.is_empty() || without_port(registry) == without_port(authority);
        let mut trusted = system;
        for (host, path) in &self.certificates {
            if host == authority || host == registry && is_own {
                let what = || format!("cannot use the certificate {}", path.display());
                trusted.extend(read(path).map_err(|source| Error::File { what: what(), source })?);
            }
        }
        let roots = if trusted.is_empty() { RootCerts::WebPki } else { RootCerts::Specific(Arc::new(trusted)) };
        Ok(builder.root_certs(roots).build())
    }
}

/// The system's certificates; none when there is no system to speak of.
fn system() -> Result<Vec<Certificate<'static>>, Error> {
    if let Some(path) = env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from) {
        let what = || format!("cannot use SSL_CERT_FILE {}", path.display());
        return read(&path).map_err(|source| Error::File { what: what(), source });
    }
    // A broken list of a system is as good as none: the built-in one takes its place.
    Ok(SYSTEM.iter().find_map(|path| read(Path::new(path)).ok()).unwrap_or_default())
}

fn read(path: &Path) -> io::Result<Vec<Certificate<'static>>> {
    let bytes = fs::read(path)?;
    let certificates: Vec<_> = parse_pem(&bytes)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(problem) => Some(Err(io::Error::new(io::ErrorKind::InvalidData, problem.to_string()))),
        })
        .collect::<io::Result<_>>()?;
    if certificates.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "there is no PEM certificate in it"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_and_named_hosts_are_plain() {
        let access = Access {
            plain_http: vec!["plain.io:5000".into()],
            insecure: Vec::new(),
            certificates: vec![("127.0.0.1:5443".into(), "ca.crt".into())],
        };
        assert!(access.is_plain("plain.io:5000") && access.is_plain("localhost:5000") && access.is_plain("127.0.0.1:5000"));
        assert!(!access.is_plain("plain.io") && !access.is_plain("gcr.io") && !access.is_plain("127.0.0.1:5443"));
    }

    #[test]
    fn a_certificate_that_is_none_is_said_by_its_file() {
        let access = Access { certificates: vec![("r.io".into(), "/dev/null".into())], ..Access::default() };
        let error = access.tls("r.io", "r.io").err().unwrap();
        assert!(error.to_string().contains("/dev/null") && error.to_string().contains("no PEM certificate"), "{error}");
        assert!(access.tls("other.io", "other.io").is_ok());
    }
}
