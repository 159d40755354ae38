//! Plugins of registries, by their digests: from the store, from a vendored layout, and else from the registry into the store.

use std::io::Cursor;

use bytes::Bytes;
use windlass_artifact::blob::{Descriptor, MAX_COMPONENT, MAX_DOCUMENT};
use windlass_artifact::bundle::Bundle;
use windlass_artifact::component::{ComponentManifest, check_content};
use windlass_artifact::layout::LayoutError;
use windlass_model::digest::Digest;
use windlass_model::plugin_reference::RegistryReference;
use windlass_plugin_store::store::Store;
use windlass_registry::{Blob, Repository};

use crate::local::names;
use crate::resolve::{repository, resolve};
use crate::signers::Vouched;
use crate::{BundleOrigin, Found, Origin, PluginSource, SourceError};

/// What a reference leads to.
pub(crate) struct Root {
    pub(crate) written: String,
    pub(crate) repository: Repository,
    pub(crate) digest: Digest,
    pub(crate) tag: Option<String>,
    pub(crate) bytes: Bytes,
}

impl PluginSource {
    /// One plugin by itself.
    pub(crate) async fn of_registry(&self, reference: &RegistryReference) -> Result<Found, SourceError> {
        let written = format!("oci://{reference}");
        let pinned = self.pinned(&written);
        let root = self.root(written, reference, pinned).await?;
        if Bundle::is_index(&root.bytes) {
            let bundle = read(&root)?;
            return Err(SourceError::Several { place: root.written, names: names(&bundle) });
        }
        let component = self.of_manifest(&root, &root.bytes).await?;
        let signed = self.all_signed(&root, &[&root.digest]).await?;
        let Vouched { by, signer } = self.vouched(&root, &signed);
        Ok(Found { component, origin: Some(Origin { tag: root.tag, manifest: root.digest, bundle: None, signer }), signers: by })
    }

    /// One plugin of a bundle.
    pub(crate) async fn of_bundle(&self, reference: &RegistryReference, plugin: &str) -> Result<Found, SourceError> {
        let root = self.bundle(reference).await?;
        let bundle = read(&root)?;
        let member = bundle.member(plugin).ok_or_else(|| SourceError::NoSuchMember {
            bundle: root.written.clone(),
            plugin: plugin.to_owned(),
            names: names(&bundle),
        })?;
        let manifest = self.document(&root, &member.manifest.digest).await?;
        let component = self.of_manifest(&root, &manifest).await?;
        let own = &member.manifest.digest;
        let signed = self.all_signed(&root, &[&root.digest, own]).await?;
        let Vouched { by, signer } = self.vouched(&root, &signed);
        let whole = self.vouched(&root, signed.get(..1).unwrap_or_default());
        if bundle.settings.is_some() {
            self.brings_settings(&root.written);
        }
        let bundle = BundleOrigin { reference: root.written, index: root.digest, signer: whole.signer };
        let origin = Origin { tag: root.tag, manifest: own.clone(), bundle: Some(bundle), signer };
        Ok(Found { component, origin: Some(origin), signers: by })
    }

    pub(crate) async fn members_of(&self, reference: &RegistryReference) -> Result<Vec<String>, SourceError> {
        let root = self.bundle(reference).await?;
        Ok(names(&read(&root)?))
    }

    pub(crate) async fn bundle(&self, reference: &RegistryReference) -> Result<Root, SourceError> {
        let written = format!("oci://{reference}");
        let pinned = self.pinned_bundle(&written);
        let root = self.root(written, reference, pinned).await?;
        if Bundle::is_index(&root.bytes) { Ok(root) } else { Err(SourceError::Single { place: root.written }) }
    }

    pub(crate) async fn root(
        &self,
        written: String,
        reference: &RegistryReference,
        pinned: Option<(Digest, Option<String>)>,
    ) -> Result<Root, SourceError> {
        let repository = repository(reference)?;
        let (digest, tag) = match pinned {
            Some((digest, tag)) => (digest, tag),
            None if !self.settings.locking.allows(reference.digest().is_some()) => {
                return Err(self.settings.locking.refuses(written));
            }
            None if self.settings.offline && reference.digest().is_none() => return Err(SourceError::Offline(written)),
            None => resolve(&self.settings.registries, reference).await?,
        };
        if reference.digest().is_some_and(|named| *named != digest) {
            return Err(SourceError::OtherDigest { reference: written, locked: digest });
        }
        let mut root = Root { written, repository, digest: digest.clone(), tag, bytes: Bytes::new() };
        root.bytes = self.document(&root, &digest).await?;
        Ok(root)
    }

    async fn of_manifest(&self, root: &Root, manifest: &Bytes) -> Result<Bytes, SourceError> {
        let wrong = |source| SourceError::Manifest { place: root.written.clone(), source };
        let manifest = ComponentManifest::read(manifest).map_err(wrong)?;
        let component = self.blob(root, &manifest.layer).await?;
        // Wherever it came from, it was held against its digest there.
        check_content(&component).map_err(wrong)?;
        Ok(component)
    }

    /// A manifest or an index.
    pub(crate) async fn document(&self, root: &Root, digest: &Digest) -> Result<Bytes, SourceError> {
        let store = self.store()?;
        let kept = store.as_ref().map(|store| store.find(digest, MAX_DOCUMENT)).transpose()?.flatten();
        if let Some(bytes) = kept {
            return Ok(bytes);
        }
        if let Some(bytes) = self.vendored_document(digest)? {
            return Ok(bytes);
        }
        if self.settings.offline {
            return Err(SourceError::Offline(root.written.clone()));
        }
        let manifest = self.settings.registries.manifest(&root.repository, digest).await?;
        keep(store.as_ref(), &manifest.bytes)?;
        Ok(manifest.bytes)
    }

    pub(crate) async fn blob(&self, root: &Root, descriptor: &Descriptor) -> Result<Bytes, SourceError> {
        self.part(root, descriptor, MAX_COMPONENT).await
    }

    /// Some content of at most so many bytes.
    pub(crate) async fn part(&self, root: &Root, descriptor: &Descriptor, most: u64) -> Result<Bytes, SourceError> {
        let store = self.store()?;
        let kept = store.as_ref().map(|store| store.get(descriptor, most)).transpose()?.flatten();
        if let Some(bytes) = kept {
            return Ok(bytes);
        }
        match self.vendored()?.map(|layout| layout.blob(descriptor, most)) {
            None | Some(Err(LayoutError::Missing { .. })) => {}
            Some(found) => return Ok(found?),
        }
        if self.settings.offline {
            return Err(SourceError::Offline(root.written.clone()));
        }
        let mut sink = Cursor::new(Vec::new());
        let blob = Blob { digest: descriptor.digest.clone(), size: descriptor.size };
        let progress = |there| (self.settings.progress)(&root.written, there, blob.size);
        self.settings.registries.blob(&root.repository, &blob, &mut sink, &progress).await?;
        let bytes = Bytes::from(sink.into_inner());
        keep(store.as_ref(), &bytes)?;
        Ok(bytes)
    }

    /// A document of the vendored layout. What it has not is asked for elsewhere; what it has and was changed is an error.
    fn vendored_document(&self, digest: &Digest) -> Result<Option<Bytes>, SourceError> {
        let Some(layout) = self.vendored()? else { return Ok(None) };
        Ok(layout.find_document(digest)?)
    }
}

fn keep(store: Option<&Store>, bytes: &[u8]) -> Result<(), SourceError> {
    store.map_or(Ok(()), |store| store.put(bytes).map(drop).map_err(SourceError::from))
}

pub(crate) fn read(root: &Root) -> Result<Bundle, SourceError> {
    let wrong = |source| SourceError::Bundle { place: root.written.clone(), source };
    Bundle::read(&root.bytes, Some(&root.digest)).map_err(wrong)
}
