//! Whether somebody who is trusted has approved of a digest.

use sigstore_verify::types::bundle::VerificationMaterialContent;
use sigstore_verify::types::{Bundle, SignatureContent};
use windlass_model::digest::Digest;
use windlass_model::text::shortened;

use super::key::PublicKey;
use super::keyless::TrustedRoot;
use super::{Identity, MAX_SIGNATURE, Signature, Signer, simple, statement};

/// The most signatures of one artifact that are looked at.
const MOST: usize = 100;

/// Whose approval counts.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// That of whoever holds this key's other half.
    Key(&'a PublicKey),
    /// That of somebody whom a certificate names, of an authority that the root knows.
    Identity(&'a TrustedRoot, &'a Identity),
}

/// Why a signature does not count. They are in order: of several signatures, the one that came furthest is told of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum VerifyError {
    /// None there.
    #[error("it is not signed, or its signatures were not copied with it")]
    Missing,
    /// A form that cannot be read.
    #[error("its signature cannot be read: {}", shortened(.0, 300))]
    Malformed(String),
    /// By a certificate, and a key is asked for.
    #[error("it is signed with a certificate (keyless), and only a key is trusted")]
    ByCertificate,
    /// By a key, and a certificate is asked for.
    #[error("it is signed with a key, and only a certificate (keyless) is trusted")]
    ByKey,
    /// By another key.
    #[error("it is signed with another key{}; trusted is {wanted}", .hinted.as_ref().map(|key| format!(" ({key})")).unwrap_or_default())]
    WrongKey {
        /// The key that the signature says it is by. It may lie.
        hinted: Option<Digest>,
        /// The key that is trusted.
        wanted: Digest,
    },
    /// Nobody vouches for the certificate.
    #[error("the certificate of its signature is not to be trusted: {}", shortened(.0, 300))]
    Untrusted(String),
    /// The certificate names somebody else.
    #[error("it is signed by {}, and trusted is {wanted}", shortened(.found, 200))]
    OtherIdentity {
        /// Whom the certificate names.
        found: String,
        /// Who is trusted.
        wanted: String,
    },
    /// Somebody else says who it was.
    #[error("its signer is vouched for by {}, and trusted is {wanted}", shortened(.found, 200))]
    OtherIssuer {
        /// Who vouches.
        found: String,
        /// Who is trusted to.
        wanted: String,
    },
    /// Signed when the certificate had expired.
    #[error("it was signed at {signed}, when the certificate of its signer had expired (at {until}); sign it again")]
    Expired {
        /// When it was signed.
        signed: String,
        /// Until when the certificate was good.
        until: String,
    },
    /// What is signed was changed after that.
    #[error("its signature names the trusted key, but what is signed was changed afterwards")]
    Changed,
    /// The signature is about something else than approval.
    #[error("what is signed of it is `{}`, which says something about it and does not approve of it (`{}`)", shortened(.found, 200), super::SIGN_PREDICATE)]
    OtherPredicate {
        /// What it says.
        found: String,
    },
    /// The signature was moved from another artifact.
    #[error("its signature is over {}, and not over {wanted}: it was made for another artifact", shortened(.signed, 100))]
    OtherDigest {
        /// What was signed.
        signed: String,
        /// What was to be signed.
        wanted: Digest,
    },
}

/// Who of those who are trusted has approved of this digest.
///
/// # Errors
/// When nobody has: why not, of the signature that came furthest.
pub fn verify(signatures: &[Signature], digest: &Digest, trusted: &[Trust<'_>]) -> Result<Signer, VerifyError> {
    let mut furthest = VerifyError::Missing;
    for signature in signatures.iter().take(MOST) {
        for trust in trusted {
            match one(signature, digest, trust) {
                Ok(signer) => return Ok(signer),
                Err(error) => furthest = furthest.max(error),
            }
        }
    }
    Err(furthest)
}

fn one(signature: &Signature, digest: &Digest, trust: &Trust<'_>) -> Result<Signer, VerifyError> {
    match (signature, trust) {
        (Signature::Bundle(json), trust) => {
            let bundle = parse(json)?;
            match trust {
                Trust::Key(key) => by_key(&bundle, digest, key),
                Trust::Identity(root, signer) => by_certificate(&bundle, digest, root, signer),
            }
        }
        (Signature::Simple { keyless: true, .. }, Trust::Key(_)) => Err(VerifyError::ByCertificate),
        (Signature::Simple { keyless: true, .. }, Trust::Identity(..)) => Err(VerifyError::Malformed(
            "it is of the form that cosign wrote before version 3, which is read only for keys; sign again with cosign 3"
                .to_owned(),
        )),
        (Signature::Simple { .. }, Trust::Identity(..)) => Err(VerifyError::ByKey),
        (Signature::Simple { payload, signature, .. }, Trust::Key(key)) => {
            simple::verify(payload, signature, key, digest)?;
            Ok(Signer::Key(key.fingerprint()))
        }
    }
}

fn parse(json: &[u8]) -> Result<Bundle, VerifyError> {
    let malformed = |why: String| VerifyError::Malformed(why);
    if u64::try_from(json.len()).is_ok_and(|length| length > MAX_SIGNATURE) {
        return Err(malformed("it is larger than any".to_owned()));
    }
    let text = std::str::from_utf8(json).map_err(|e| malformed(e.to_string()))?;
    Bundle::from_json(text).map_err(|e| malformed(e.to_string()))
}

/// First that the key has signed it, then what it says: nothing that is not signed is looked into.
fn by_key(bundle: &Bundle, digest: &Digest, key: &PublicKey) -> Result<Signer, VerifyError> {
    let VerificationMaterialContent::PublicKey(named) = &bundle.verification_material.content else {
        return Err(VerifyError::ByCertificate);
    };
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
        return Err(VerifyError::Malformed(
            "it has no DSSE envelope, as signatures of files have none; sign the artifact".to_owned(),
        ));
    };
    let fingerprint = key.fingerprint();
    if !key.has_signed(&envelope.pae(), envelope.signature.sig.as_bytes()) {
        let hinted = statement::hinted(&named.hint);
        return Err(match hinted {
            Some(hinted) if hinted == fingerprint => VerifyError::Changed,
            hinted => VerifyError::WrongKey { hinted, wanted: fingerprint },
        });
    }
    statement::approves(envelope, digest)?;
    Ok(Signer::Key(fingerprint))
}

fn by_certificate(bundle: &Bundle, digest: &Digest, root: &TrustedRoot, signer: &Identity) -> Result<Signer, VerifyError> {
    if matches!(bundle.verification_material.content, VerificationMaterialContent::PublicKey(_)) {
        return Err(VerifyError::ByKey);
    }
    let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
        return Err(VerifyError::Malformed(
            "it has no DSSE envelope, as signatures of files have none; sign the artifact".to_owned(),
        ));
    };
    root.verify(bundle, digest, signer)?;
    statement::approves(envelope, digest)?;
    Ok(Signer::Identity(signer.clone()))
}
