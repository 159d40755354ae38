//! Keys in files, as `openssl` and `cosign` write them.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use sigstore_verify::crypto::{KeyAlgorithm, SigningScheme, VerificationKey};
use sigstore_verify::types::{DerPublicKey, SignatureBytes};
use windlass_model::digest::Digest;
use windlass_model::text::shortened;

/// Why a file holds no key of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No PEM at all.
    #[error("it holds no key in PEM: a block that begins with `-----BEGIN {0}-----`")]
    NotPem(&'static str),
    /// A key that a password protects.
    #[error(
        "its key is encrypted ({}), and windlass asks for no password; give a key in PKCS#8 without one, as \
         `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes it, or sign with cosign itself: windlass verifies that, too",
        shortened(.0, 60)
    )]
    Encrypted(String),
    /// A key in another form.
    #[error("its key is a `{}`; `openssl pkcs8 -topk8 -nocrypt -in KEY` turns it into the `PRIVATE KEY` that is taken", shortened(.0, 60))]
    OtherForm(String),
    /// A public key, and a private one is needed.
    #[error("it holds a public key, and signing takes the private one")]
    Public,
    /// A private key, and a public one is needed.
    #[error("it holds a private key, and verifying takes the public one: `openssl pkey -pubout -in KEY` writes it")]
    Private,
    /// Not a key of a kind that signs here.
    #[error("its private key is none of ECDSA P-256 or Ed25519, or is damaged")]
    PrivateKind,
    /// Not a key of a kind that is verified.
    #[error("its public key is none of ECDSA P-256 or P-384, Ed25519 or RSA, or is damaged")]
    PublicKind,
    /// The system has no random numbers.
    #[error("nothing could be signed: the system gives no random numbers")]
    Random,
}

/// A private key.
pub struct SigningKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A public key.
pub struct PublicKey {
    der: Vec<u8>,
    key: VerificationKey,
    /// For P-384, which cosign has used with either digest.
    other: Option<VerificationKey>,
}

/// What the first block of a PEM file says that it is.
fn label(pem: &str) -> Option<&str> {
    let (_, rest) = pem.split_once("-----BEGIN ")?;
    rest.split_once("-----").map(|(label, _)| label)
}

impl SigningKey {
    /// Reads a private key: PKCS#8 in PEM, of ECDSA P-256 or Ed25519.
    ///
    /// # Errors
    /// When the text holds none. No error says anything of the key itself.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        match label(pem) {
            Some("PRIVATE KEY") => {}
            None => return Err(KeyError::NotPem("PRIVATE KEY")),
            Some(label) if label.starts_with("ENCRYPTED") => return Err(KeyError::Encrypted(label.to_owned())),
            Some("PUBLIC KEY") => return Err(KeyError::Public),
            Some(label) => return Err(KeyError::OtherForm(label.to_owned())),
        }
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotPem("PRIVATE KEY"))?;
        let der = der.secret_pkcs8_der();
        let (pair, public) = if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der) {
            let public = pair.public_key().as_der().map_err(|_| KeyError::PrivateKind)?;
            (Pair::P256(pair), public)
        } else if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            let public = pair.public_key().as_der().map_err(|_| KeyError::PrivateKind)?;
            (Pair::Ed25519(pair), public)
        } else {
            return Err(KeyError::PrivateKind);
        };
        let public: PublicKeyX509Der<'_> = public;
        Ok(Self { pair, public: PublicKey::from_der(public.as_ref()).map_err(|_| KeyError::PrivateKind)? })
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Random)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl PublicKey {
    /// Reads a public key in PEM.
    ///
    /// # Errors
    /// When the text holds none that can be used.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        match label(pem) {
            Some("PUBLIC KEY") => {}
            None => return Err(KeyError::NotPem("PUBLIC KEY")),
            Some(label) if label.ends_with("PRIVATE KEY") => return Err(KeyError::Private),
            Some(_) => return Err(KeyError::PublicKind),
        }
        let der = DerPublicKey::from_pem(pem.trim()).map_err(|_| KeyError::PublicKind)?;
        Self::from_der(der.as_bytes())
    }

    fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let wrapped = DerPublicKey::from_bytes(der);
        let kind = KeyAlgorithm::from_spki(&wrapped).map_err(|_| KeyError::PublicKind)?;
        let other = (kind == KeyAlgorithm::EcdsaP384)
            .then(|| VerificationKey::from_spki_with_scheme(&wrapped, SigningScheme::EcdsaP384Sha256));
        let key = VerificationKey::from_spki(&wrapped).map_err(|_| KeyError::PublicKind)?;
        Ok(Self { der: der.to_vec(), key, other: other.transpose().map_err(|_| KeyError::PublicKind)? })
    }

    /// The SHA-256 of the key in DER, by which people and locks know it. `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints it.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// The key in PEM.
    pub fn to_pem(&self) -> String {
        DerPublicKey::from_bytes(&self.der).to_pem()
    }

    /// Whether a signature over a message is by this key.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = SignatureBytes::from_bytes(signature);
        let by = |key: &VerificationKey| key.verify(message, &signature).is_ok();
        by(&self.key) || self.other.as_ref().is_some_and(by)
    }
}

/// Nothing of the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public).finish()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.fingerprint().as_str()).finish()
    }
}
