//! Signatures by a certificate that names a person or a workflow for a few minutes, held against a trusted root that is given as a file.
//!
//! Which evidence is asked for is what the root can judge: one with certificate transparency logs asks for their promise, one with a
//! transparency log for an entry in it. A root of an organisation may have neither, and then time-stamps have to say when was signed.

use sigstore_verify::crypto::parse_certificate_info;
use sigstore_verify::trust_root;
use sigstore_verify::types::{Artifact, Bundle, Sha256Hash};
use sigstore_verify::{CertificateError, Error, VerificationPolicy, Verifier};
use windlass_model::digest::Digest;
use windlass_model::text::shortened;

use super::Identity;
use super::statement::hex;
use super::verify::VerifyError;

/// The authorities and logs that are trusted: what `trusted_root.json` of Sigstore holds.
pub struct TrustedRoot {
    verifier: Verifier,
    has_certificate_logs: bool,
    has_logs: bool,
}

/// Why a file is no trusted root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no trusted root of Sigstore (`trusted_root.json`): {}", shortened(.0, 200))]
pub struct TrustedRootError(String);

impl TrustedRoot {
    /// Reads a trusted root.
    ///
    /// # Errors
    /// When the text is none, or names no certificate authority.
    pub fn read(json: &str) -> Result<Self, TrustedRootError> {
        let root = trust_root::TrustedRoot::from_json(json).map_err(|e| TrustedRootError(e.to_string()))?;
        if root.certificate_authorities.is_empty() {
            return Err(TrustedRootError("it names no certificate authority".to_owned()));
        }
        let verifier = Verifier::new(&root).map_err(|e| TrustedRootError(e.to_string()))?;
        Ok(Self { verifier, has_certificate_logs: !root.ctlogs.is_empty(), has_logs: !root.tlogs.is_empty() })
    }

    /// Whether the certificate, and all that has to vouch for it, is good, and the signature is by it and over this digest.
    pub(super) fn verify(&self, bundle: &Bundle, digest: &Digest, signer: &Identity) -> Result<(), VerifyError> {
        let mut policy = VerificationPolicy::new(signer.identity.as_str(), signer.issuer.as_str());
        if !self.has_certificate_logs {
            policy = policy.skip_sct();
        }
        if !self.has_logs {
            policy = policy.skip_tlog_unsafe();
        }
        let hash = Sha256Hash::from_hex(hex(digest)).map_err(|e| VerifyError::Malformed(e.to_string()))?;
        let verified = self.verifier.verify(Artifact::from(hash), bundle, &policy);
        verified.map(|_| ()).map_err(|error| expired(&error, bundle).unwrap_or_else(|| told(error, digest, signer)))
    }
}

impl std::fmt::Debug for TrustedRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustedRoot").field("has_logs", &self.has_logs).finish_non_exhaustive()
    }
}

/// Whether a certificate was refused because it had expired. The path to the authority is judged as a whole, and its error does not say so;
/// the times in the bundle are good enough for words.
fn expired(error: &Error, bundle: &Bundle) -> Option<VerifyError> {
    let Error::Certificate(CertificateError::ChainInvalid(_)) = error else { return None };
    let until = parse_certificate_info(bundle.signing_certificate()?).ok()?.not_after;
    let signed = bundle.verification_material.tlog_entries.iter().filter_map(|entry| entry.integrated_time).max()?;
    (signed > until).then(|| VerifyError::Expired { signed: signed.to_string(), until: until.to_string() })
}

/// What went wrong, in the words that all signatures share.
fn told(error: Error, digest: &Digest, signer: &Identity) -> VerifyError {
    let unknown = || "nobody".to_owned();
    match error {
        Error::IdentityMismatch { actual, .. } => {
            let found = actual.map_or_else(unknown, |found| found.to_string());
            VerifyError::OtherIdentity { found, wanted: signer.identity.clone() }
        }
        Error::IssuerMismatch { actual, .. } => {
            VerifyError::OtherIssuer { found: actual.unwrap_or_else(unknown), wanted: signer.issuer.clone() }
        }
        Error::ArtifactMismatch(_) => VerifyError::OtherDigest { signed: "another artifact".to_owned(), wanted: digest.clone() },
        Error::Certificate(CertificateError::Expired { time, not_after }) => {
            VerifyError::Expired { signed: time.to_string(), until: not_after.to_string() }
        }
        Error::Certificate(other) => VerifyError::Untrusted(other.to_string()),
        Error::TransparencyLog(other) => VerifyError::Untrusted(other.to_string()),
        Error::Timestamp(other) => VerifyError::Untrusted(other.to_string()),
        Error::SignatureInvalid(_) => VerifyError::Changed,
        other => VerifyError::Malformed(other.to_string()),
    }
}
