//! What was found, and how.

use bytes::Bytes;
use windlass_artifact::signature;
use windlass_model::digest::Digest;
use windlass_model::settings::Vouching;

/// A component, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub component: Bytes,
    /// How it was found; nothing for what is on disk, which a project keeps itself.
    pub origin: Option<Origin>,
    /// What the signers of the settings have to do with it.
    pub signers: Vec<Vouching>,
}

/// How a plugin of a registry was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The tag that led to it; for a plugin of a bundle that of the bundle.
    pub tag: Option<String>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The bundle that it is in.
    pub bundle: Option<BundleOrigin>,
    /// Who has signed it, or the bundle that it is in.
    pub signer: Option<signature::Signer>,
}

/// The bundle that a plugin was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleOrigin {
    /// Its reference as it is written.
    pub reference: String,
    /// The digest of its index.
    pub index: Digest,
    /// Who has signed it.
    pub signer: Option<signature::Signer>,
}
