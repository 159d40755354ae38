//! Media types and annotations, by the names that the OCI image specification, the CNCF's guide and cosign give them.

/// An image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// An image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// The configuration of a WebAssembly artifact.
pub const WASM_CONFIG: &str = "application/vnd.wasm.config.v0+json";
/// A WebAssembly component or module.
pub const WASM: &str = "application/wasm";
/// The configuration of a container image: what registries with a list of allowed types take.
pub const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A layer of a container image, not compressed: what such registries take for any content.
pub const IMAGE_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// Nothing: `{}`.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A bundle of plugins, as the type of an index. It is read and not written: see [`BUNDLE_FORM`].
pub const BUNDLE: &str = "application/vnd.windlass.bundle.v1";
/// What every version of a bundle's type begins with.
pub const BUNDLE_FAMILY: &str = "application/vnd.windlass.bundle.";
/// The settings document of a bundle.
pub const SETTINGS: &str = "application/vnd.windlass.settings.v1+yaml";

/// A signature as cosign has written them since its version 3, and the manifest that carries it.
pub const SIGSTORE_BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// A signature as cosign wrote them before.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// A file's name, or the title of an artifact.
pub const TITLE: &str = "org.opencontainers.image.title";
/// The version of what is packed.
pub const VERSION: &str = "org.opencontainers.image.version";
/// One sentence for people.
pub const DESCRIPTION: &str = "org.opencontainers.image.description";
/// In the index of a layout: the tag, or the whole reference, by which an entry is known.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// In an index: that it is a bundle, and in which form. An annotation, for older tools of registries (skopeo 1.9, for one) drop `artifactType`
/// from an index that they copy, and with it its digest and every signature.
pub const BUNDLE_FORM: &str = "vnd.windlass.bundle";
/// The name of a plugin in a bundle.
pub const PLUGIN_NAME: &str = "vnd.windlass.plugin.name";
/// Which kind of plugin it is: `login`, `build`, `push`, `step`.
pub const PLUGIN_KIND: &str = "vnd.windlass.plugin.kind";
/// What an entry of a bundle is that is no plugin: `settings`.
pub const ROLE: &str = "vnd.windlass.bundle.role";

/// Whether a layer of this type is compressed, as its name says it.
pub(crate) fn is_compressed(media_type: &str) -> bool {
    let name = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    ["gzip", "zstd", "bzip2", "xz", "zip"]
        .iter()
        .any(|way| name.ends_with(&format!("+{way}")) || name.ends_with(&format!(".{way}")))
}
