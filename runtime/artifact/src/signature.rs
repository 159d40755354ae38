//! Signatures as cosign writes and reads them: who has approved an artifact.
//!
//! What is signed is the digest of a manifest or an index, so that one signature serves a registry, a vendored directory and, as the
//! manifest of a bare `.wasm` can be made again, that file too. [`sign()`] writes the form of cosign 3: an in-toto statement in a DSSE
//! envelope, in a Sigstore bundle, in a manifest whose `subject` is what it is about
//! (<https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md>). [`verify()`] reads that form and, for keys, the older one.
//!
//! A key needs no log and no clock, and works offline. `sigstore-verify` refuses bundles of a key that have neither a log entry nor a
//! time-stamp, which is what `cosign sign --key … --tlog-upload=false` writes; so keys are verified here, step by step, and certificates
//! by that crate.

mod key;
mod keyless;
mod manifest;
mod simple;
mod statement;
mod verify;

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_model::digest::Digest;

pub use key::{KeyError, PublicKey, SigningKey};
pub use keyless::{TrustedRoot, TrustedRootError};
pub use manifest::{SignatureLayer, attach, layers, older_tag};
pub use statement::{SIGN_PREDICATE, sign};
pub use verify::{Trust, VerifyError, verify};

/// The most bytes of one signature.
pub const MAX_SIGNATURE: u64 = 1 << 20;

/// A signature that was found, and is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// A Sigstore bundle.
    Bundle(Bytes),
    /// The older form: a payload, and what the annotations of its layer say of it.
    Simple {
        /// What is signed.
        payload: Bytes,
        /// The signature in Base64.
        signature: String,
        /// Whether it is by a certificate rather than a key.
        keyless: bool,
    },
}

/// Who is known by a certificate: a person's or a workflow's name, and who vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// A mail address, or the address of a workflow.
    pub identity: String,
    /// The address of the OpenID Connect provider.
    pub issuer: String,
}

/// Who has signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signer {
    /// Whoever holds a key, by the SHA-256 of its public half in DER.
    Key(Digest),
    /// Somebody whom a certificate names.
    Identity(Identity),
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.identity, self.issuer)
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(fingerprint) => write!(f, "key {fingerprint}"),
            Self::Identity(identity) => identity.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
