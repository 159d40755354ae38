//! The form that cosign wrote before its version 3: a payload of "simple signing", whose signature stands beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use windlass_model::digest::Digest;

use super::key::PublicKey;
use super::verify::VerifyError;

/// What the payload calls itself; the second word came with later versions of the form.
const TYPES: [&str; 2] = ["cosign container image signature", super::SIGN_PREDICATE];

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    r#type: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// Whether a payload is signed by the key, and approves of this digest.
pub(super) fn verify(payload: &[u8], signature: &str, key: &PublicKey, digest: &Digest) -> Result<(), VerifyError> {
    let bytes = STANDARD.decode(signature).map_err(|e| VerifyError::Malformed(format!("its signature is no Base64: {e}")))?;
    if !key.has_signed(payload, &bytes) {
        return Err(VerifyError::WrongKey { hinted: None, wanted: key.fingerprint() });
    }
    let payload: Payload =
        serde_json::from_slice(payload).map_err(|e| VerifyError::Malformed(format!("its payload cannot be read: {e}")))?;
    if !TYPES.contains(&payload.critical.r#type.as_str()) {
        return Err(VerifyError::OtherPredicate { found: payload.critical.r#type });
    }
    if payload.critical.image.digest != digest.as_str() {
        return Err(VerifyError::OtherDigest { signed: payload.critical.image.digest, wanted: digest.clone() });
    }
    Ok(())
}
