//! Certificates of authorities, read from PEM: nothing else of a file goes to a pod.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{PemObject as _, SectionKind};

/// Letters of base64 in a line.
const COLUMNS: usize = 64;

/// Why a text gives no certificates. No message holds anything of the text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// There is none.
    #[error("it holds no certificate in PEM form")]
    None,
    /// There is a private key.
    #[error("it holds a private key, which must not go to a pod")]
    PrivateKey,
    /// The PEM form is broken.
    #[error("its PEM form is broken")]
    Broken,
    /// What calls itself a certificate is none.
    #[error("its certificate {0} is not one that TLS can use: {1}")]
    Garbage(usize, String),
}

/// The certificates of a PEM text, written anew.
///
/// # Errors
/// When there is none, one is none, or there is a private key.
pub fn of(text: &[u8]) -> Result<String, CertificateError> {
    // Kinds of keys that the parser passes over, such as encrypted ones, are named alike.
    if String::from_utf8_lossy(text).contains("PRIVATE KEY-----") {
        return Err(CertificateError::PrivateKey);
    }
    let mut pem = String::new();
    for (number, section) in <(SectionKind, Vec<u8>)>::pem_slice_iter(text).enumerate() {
        match section.map_err(|_| CertificateError::Broken)? {
            (SectionKind::Certificate, der) => {
                let garbage = |error: webpki::Error| CertificateError::Garbage(number + 1, format!("{error:?}"));
                webpki::anchor_from_trusted_cert(&CertificateDer::from_slice(&der)).map_err(garbage)?;
                write(&der, &mut pem);
            }
            (SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey, _) => {
                return Err(CertificateError::PrivateKey);
            }
            _ => {}
        }
    }
    if pem.is_empty() { Err(CertificateError::None) } else { Ok(pem) }
}

fn write(der: &[u8], pem: &mut String) {
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    for (at, letter) in STANDARD.encode(der).chars().enumerate() {
        if at > 0 && at % COLUMNS == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END CERTIFICATE-----\n");
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    /// A certificate and its key, in PEM form.
    fn authority() -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec!["registry.corp".into()]).and_then(|params| params.self_signed(&key));
        (certificate.expect("a certificate").pem(), key.serialize_pem())
    }

    #[test]
    fn certificates_alone_are_taken() {
        let (first, _) = authority();
        let (second, _) = authority();
        let dressed = format!("Subject: CN=corp\nuser:password\n{first}\n# SECRET=hunter2\n{second}trailing");
        let taken = of(dressed.as_bytes()).expect("certificates");
        assert_eq!(taken, format!("{first}{second}").replace("\r\n", "\n"));
        assert_eq!(of(taken.as_bytes()), Ok(taken.clone()));
    }

    /// A bundle of certificate and key is what a server has, and what people have at hand.
    #[test]
    fn a_key_is_refused_and_not_repeated() {
        let (certificate, key) = authority();
        let kinds = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"];
        for kind in kinds {
            let key = key.replace("PRIVATE KEY", kind);
            for text in [format!("{certificate}{key}"), format!("{key}{certificate}"), key.clone()] {
                let error = of(text.as_bytes()).expect_err("a key");
                assert_eq!(error, CertificateError::PrivateKey, "{kind}");
                assert!(!error.to_string().contains(key.lines().nth(1).expect("a line")));
            }
        }
    }

    #[test]
    fn garbage_is_refused() {
        let (certificate, _) = authority();
        let body: String = certificate.lines().nth(1).expect("a line").to_owned();
        let short = certificate.replacen(&format!("{body}\n"), "", 1);
        for (text, error) in [
            (String::new(), CertificateError::None),
            ("no certificate".into(), CertificateError::None),
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n".into(), CertificateError::Broken),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n".into(), CertificateError::Broken),
        ] {
            assert_eq!(of(text.as_bytes()), Err(error), "{text}");
        }
        for text in ["-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n".to_owned(), short] {
            assert!(matches!(of(text.as_bytes()), Err(CertificateError::Garbage(1, _))), "{text}");
        }
    }
}
