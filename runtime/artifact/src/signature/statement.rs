//! What is signed: an in-toto statement that names the digest, and the envelope around it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use sigstore_verify::types::bundle::{PublicKeyIdentifier, VerificationMaterial, VerificationMaterialContent};
use sigstore_verify::types::{Bundle, DsseEnvelope, DsseSignature, KeyId, PayloadBytes, SignatureBytes, SignatureContent, pae};
use windlass_model::digest::Digest;

use super::key::{KeyError, SigningKey};
use super::verify::VerifyError;

/// What a statement says that is an approval, and not provenance or a list of contents.
pub const SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
/// The type of what the envelope holds.
const PAYLOAD: &str = "application/vnd.in-toto+json";
/// The types of statements, of which only the first is written.
const STATEMENTS: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

/// Signs a digest, as `cosign sign --key` does: the Sigstore bundle, in JSON.
///
/// # Errors
/// When the system has no random numbers.
pub fn sign(digest: &Digest, key: &SigningKey) -> Result<Vec<u8>, KeyError> {
    let statement = json!({
        "_type": STATEMENTS[0],
        "subject": [{"digest": {"sha256": hex(digest)}}],
        "predicateType": SIGN_PREDICATE,
        "predicate": {},
    });
    let payload = statement.to_string().into_bytes();
    let signature = key.sign(&pae(PAYLOAD, &payload))?;
    let hint = hint(&key.public().fingerprint());
    let material = VerificationMaterial::new(VerificationMaterialContent::PublicKey(PublicKeyIdentifier::new(hint)));
    let signature = DsseSignature::new(SignatureBytes::new(signature), KeyId::default());
    let envelope = DsseEnvelope::new(PAYLOAD, PayloadBytes::new(payload), signature);
    let bundle =
        Bundle::new(sigstore_verify::types::bundle::MediaType::Bundle0_3, material, SignatureContent::DsseEnvelope(envelope));
    // Plain data with text keys always has a form in JSON.
    Ok(bundle.to_json().unwrap_or_default().into_bytes())
}

/// What cosign calls a key: the digest of its DER in Base64. It is not signed, and says nothing but where to look.
fn hint(fingerprint: &Digest) -> String {
    let bytes: Vec<u8> =
        (0..32).filter_map(|at| u8::from_str_radix(hex(fingerprint).get(2 * at..2 * at + 2)?, 16).ok()).collect();
    STANDARD.encode(bytes)
}

/// The key that a hint names, if it is one of cosign's.
pub(super) fn hinted(hint: &str) -> Option<Digest> {
    Some(Digest::from_sha256(STANDARD.decode(hint).ok()?.try_into().ok()?))
}

/// The digits of a digest.
pub(super) fn hex(digest: &Digest) -> &str {
    digest.as_str().trim_start_matches("sha256:")
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    #[serde(default)]
    subject: Vec<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// Whether a statement whose signature is verified approves of this digest.
pub(super) fn approves(envelope: &DsseEnvelope, digest: &Digest) -> Result<(), VerifyError> {
    if envelope.payload_type != PAYLOAD {
        return Err(VerifyError::Malformed(format!(
            "its envelope holds `{}`, and an in-toto statement is needed",
            envelope.payload_type
        )));
    }
    let statement: Statement = serde_json::from_slice(envelope.payload.as_bytes())
        .map_err(|e| VerifyError::Malformed(format!("its statement cannot be read: {e}")))?;
    if !STATEMENTS.contains(&statement.kind.as_str()) {
        return Err(VerifyError::Malformed(format!("its statement is of the type `{}`", statement.kind)));
    }
    if statement.predicate_type != SIGN_PREDICATE {
        return Err(VerifyError::OtherPredicate { found: statement.predicate_type });
    }
    let signed: Vec<&String> = statement.subject.iter().filter_map(|subject| subject.digest.get("sha256")).collect();
    if signed.iter().any(|signed| signed.as_str() == hex(digest)) {
        return Ok(());
    }
    Err(VerifyError::OtherDigest {
        signed: signed.first().map_or_else(|| "nothing with a SHA-256".to_owned(), |hex| format!("sha256:{hex}")),
        wanted: digest.clone(),
    })
}
