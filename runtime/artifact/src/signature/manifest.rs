//! How a signature lies beside what it is about: in a manifest that names that as its `subject`, or, in the older form, under a tag made
//! of its digest.

use windlass_model::digest::Digest;

use super::{MAX_SIGNATURE, Signature};
use crate::blob::{Artifact, Blob, BlobError, Descriptor};
use crate::document::{Document, DocumentError, Manifest};
use crate::layout::referrers_tag;
use crate::media;

/// The most signatures of one manifest.
const MOST: usize = 64;
/// What cosign says in the manifest of what the bundle holds.
const CONTENT: (&str, &str) = ("dev.sigstore.bundle.content", "dsse-envelope");
/// And of what the statement says.
const PREDICATE: &str = "dev.sigstore.bundle.predicateType";
/// Where the older form has the signature.
const SIMPLE_SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// And the certificate.
const SIMPLE_CERTIFICATE: &str = "dev.sigstore.cosign/certificate";

/// The manifest that carries a signature ([`super::sign`]) over `subject`.
pub fn attach(subject: &Descriptor, bundle: Vec<u8>) -> Artifact {
    let config = Blob::new(media::EMPTY, "{}");
    let mut layer = Blob::new(media::SIGSTORE_BUNDLE, bundle);
    let title = format!("{}.sigstore.json", referrers_tag(&layer.descriptor.digest));
    layer.descriptor.annotations = [(media::TITLE.to_owned(), title)].into();
    let mut manifest = Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]);
    manifest.artifact_type = Some(media::SIGSTORE_BUNDLE.to_owned());
    let (media_type, digest, size) = (subject.media_type.clone(), subject.digest.clone(), subject.size);
    manifest.subject =
        Some(Descriptor { media_type, digest, size, artifact_type: None, platform: None, annotations: Default::default() });
    manifest.annotations =
        [CONTENT, (PREDICATE, super::SIGN_PREDICATE)].map(|(name, text)| (name.to_owned(), text.to_owned())).into();
    Artifact { root: manifest.blob(), manifests: Vec::new(), blobs: vec![config, layer] }
}

/// The tag under which cosign kept the signatures of an artifact before its version 3.
pub fn older_tag(digest: &Digest) -> String {
    format!("{}.sig", referrers_tag(digest))
}

/// A signature of a manifest, still to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLayer {
    /// What to fetch.
    pub descriptor: Descriptor,
}

/// The signatures of a manifest, in either form. What is none is passed over.
///
/// # Errors
/// When the bytes are no manifest.
pub fn layers(manifest: &[u8]) -> Result<Vec<SignatureLayer>, DocumentError> {
    let Document::Manifest(manifest) = Document::read(manifest)? else { return Ok(Vec::new()) };
    let is_signature = |layer: &Descriptor| {
        layer.media_type == media::SIGSTORE_BUNDLE
            || layer.media_type == media::SIMPLE_SIGNING && layer.annotations.contains_key(SIMPLE_SIGNATURE)
    };
    let found = manifest.layers.into_iter().filter(is_signature).filter(|layer| layer.size <= MAX_SIGNATURE);
    Ok(found.take(MOST).map(|descriptor| SignatureLayer { descriptor }).collect())
}

impl SignatureLayer {
    /// The signature, of what came for it.
    ///
    /// # Errors
    /// When something else came.
    pub fn signature(&self, bytes: impl Into<bytes::Bytes>) -> Result<Signature, BlobError> {
        let bytes = bytes.into();
        self.descriptor.check(&bytes)?;
        Ok(match self.descriptor.annotation(SIMPLE_SIGNATURE) {
            Some(signature) if self.descriptor.media_type == media::SIMPLE_SIGNING => Signature::Simple {
                payload: bytes,
                signature: signature.to_owned(),
                keyless: self.descriptor.annotations.contains_key(SIMPLE_CERTIFICATE),
            },
            _ => Signature::Bundle(bytes),
        })
    }
}
