use serde_json::Value;

use super::*;
use crate::blob::{BlobError, Descriptor};
use crate::document::Document;

/// The smallest component there is.
pub(crate) const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn about(name: &str) -> About<'_> {
    About { name, version: "1.2.0", description: "Scans an image.", kind: PluginKind::Step }
}

fn packed(bytes: &[u8], form: Form) -> Component {
    let options = Options { form, ..Options::default() };
    Component::pack(bytes.to_vec(), &about("scan"), &options).unwrap_or_else(|e| panic!("{e}"))
}

fn json(blob: &Blob) -> Value {
    serde_json::from_slice(&blob.bytes).unwrap_or_else(|e| panic!("{e}"))
}

/// Byte for byte: a signature over the digest has to hold for whoever packs the same component again, with this version or a later one.
#[test]
fn a_component_has_one_manifest_and_it_never_changes() {
    let packed = packed(COMPONENT, Form::Standard);
    let manifest = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.wasm.config.v0+json","digest":"sha256:CONFIG","size":201},"layers":[{"mediaType":"application/wasm","digest":"LAYER","size":8,"annotations":{"org.opencontainers.image.title":"scan.wasm"}}],"annotations":{"org.opencontainers.image.description":"Scans an image.","org.opencontainers.image.title":"scan","org.opencontainers.image.version":"1.2.0","vnd.windlass.plugin.kind":"step"}}"#;
    let layer = Digest::of(COMPONENT);
    let config = format!(
        r#"{{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasip2","layerDigests":["{layer}"],"component":{{"exports":[],"imports":[]}}}}"#
    );
    let manifest = manifest.replace("sha256:CONFIG", Digest::of(config.as_bytes()).as_str()).replace("LAYER", layer.as_str());
    let [config_blob, layer_blob] = packed.artifact.blobs.as_slice() else { panic!("two blobs") };
    assert_eq!(String::from_utf8_lossy(&config_blob.bytes), config);
    assert_eq!(String::from_utf8_lossy(&packed.artifact.root.bytes), manifest);
    assert_eq!(layer_blob.bytes.as_ref(), COMPONENT);
    assert_eq!(packed.artifact.parts().last(), Some(&packed.artifact.root), "what refers to others comes after them");
}

#[test]
fn what_is_packed_is_read() {
    for form in [Form::Standard, Form::Compat] {
        let packed = packed(COMPONENT, form);
        let read = ComponentManifest::read(&packed.artifact.root.bytes).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((&read.digest, &read.layer.digest), (packed.artifact.digest(), &Digest::of(COMPONENT)));
        assert_eq!(read.check(COMPONENT), Ok(()));
        assert_eq!(read.annotations.get(media::VERSION).map(String::as_str), Some("1.2.0"));
    }
}

/// Registries with a list of allowed types know those of container images, and look into the configuration of one.
#[test]
fn the_compatible_form_is_a_container_image_by_its_types() {
    let packed = packed(COMPONENT, Form::Compat);
    let manifest = json(&packed.artifact.root);
    assert_eq!(manifest["config"]["mediaType"], media::IMAGE_CONFIG);
    assert_eq!(manifest["layers"][0]["mediaType"], media::IMAGE_LAYER);
    let config = json(&packed.artifact.blobs[0]);
    assert_eq!(config["rootfs"]["diff_ids"][0], Digest::of(COMPONENT).as_str());
    assert_eq!((&config["architecture"], &config["os"]), (&"wasm".into(), &"wasip2".into()));
}

#[test]
fn the_time_of_making_is_the_callers() {
    let pack = |created| Component::pack(COMPONENT, &about("scan"), &Options { created, ..Options::default() });
    let packed = pack(1_700_000_000).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(json(&packed.artifact.blobs[0])["created"], "2023-11-14T22:13:20Z");
    assert_eq!(pack(i64::MAX), Err(PackError::Created(i64::MAX)));
}

#[test]
fn only_components_with_a_name_are_packed() {
    let pack = |bytes: &[u8], name| Component::pack(bytes.to_vec(), &about(name), &Options::default()).map(|_| ());
    assert!(matches!(pack(COMPONENT, "../scan"), Err(PackError::Name(_))));
    assert!(matches!(pack(b"\0asm\x01\0\0\0", "scan"), Err(PackError::Content(ManifestError::CoreModule))));
    assert!(matches!(pack(b"\0asm\x0d\0\x01\0\xff", "scan"), Err(PackError::World(WorldError::Damaged(_)))));
    let large = [COMPONENT, &vec![0; usize::try_from(MAX_COMPONENT).unwrap_or_default()]].concat();
    assert_eq!(pack(&large, "scan"), Err(PackError::TooLarge(MAX_COMPONENT + 8)));
}

/// A component with a component inside: what the inner one imports is its own affair.
#[test]
fn the_world_of_a_component_is_its_outermost() {
    let text = r#"(component
        (import "b:outer/x" (instance))
        (import "a:outer/y" (instance))
        (component $inner (import "wasi:inner/z" (instance)))
        (core module (import "env" "f" (func)))
        (instance $e)
        (export "c:outer/run" (instance $e)))"#;
    let bytes = wat::parse_str(text).unwrap_or_else(|e| panic!("{e}"));
    let world = World::of(&bytes).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(world, World { exports: vec!["c:outer/run".into()], imports: vec!["a:outer/y".into(), "b:outer/x".into()] });
}

fn manifest(layers: Vec<Descriptor>) -> Manifest {
    Manifest::new(Descriptor::of(media::EMPTY, b"{}"), layers)
}

fn why(manifest: &Manifest) -> ManifestError {
    ComponentManifest::read(&manifest.blob().bytes).err().unwrap_or_else(|| panic!("it was taken"))
}

#[test]
fn what_is_no_plugin_is_told_in_its_own_words() {
    let layer = || Descriptor::of(media::WASM, COMPONENT);
    assert_eq!(why(&manifest(vec![])), ManifestError::Layers(0));
    assert_eq!(why(&manifest(vec![layer(), layer()])), ManifestError::Layers(2));
    for compressed in [
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/wasm+zstd",
        "application/wasm+ZSTD; charset=binary",
    ] {
        let mut layer = layer();
        layer.media_type = compressed.to_owned();
        assert_eq!(why(&manifest(vec![layer])), ManifestError::CompressedType(compressed.to_owned()));
    }
    let mut huge = layer();
    huge.size = MAX_COMPONENT + 1;
    assert!(matches!(why(&manifest(vec![huge])), ManifestError::Blob(BlobError::TooLarge { .. })));
    let mut config = manifest(vec![layer()]);
    config.config.size = u64::MAX;
    assert!(matches!(why(&config), ManifestError::Blob(BlobError::TooLarge { .. })));
    let mut signature = manifest(vec![layer()]);
    signature.subject = Some(layer());
    assert_eq!(why(&signature), ManifestError::Referrer(Digest::of(COMPONENT)));
    let index = crate::document::Index::new(vec![layer()]).blob();
    assert_eq!(ComponentManifest::read(&index.bytes), Err(ManifestError::Index(1)));
    assert!(matches!(ComponentManifest::read(b"\0asm"), Err(ManifestError::Document(_))));
}

/// The media type says `application/wasm` each time: what counts is the content.
#[test]
fn a_layer_is_taken_by_its_content() {
    let archive = [&[0; 257][..], b"ustar\0", &[0; 300]].concat();
    for (content, expected) in [
        (&b"\x1f\x8b\x08\0zip bomb"[..], ManifestError::Compressed("gzip")),
        (b"\x28\xb5\x2f\xfd bomb", ManifestError::Compressed("zstd")),
        (b"BZh9", ManifestError::Compressed("bzip2")),
        (b"\xfd7zXZ\0", ManifestError::Compressed("xz")),
        (b"PK\x03\x04", ManifestError::Compressed("zip")),
        (b"\0asm\x01\0\0\0", ManifestError::CoreModule),
        (&archive, ManifestError::Archive),
        (b"#!/bin/sh", ManifestError::NotWasm),
        (b"", ManifestError::NotWasm),
    ] {
        let read = ComponentManifest::read(&manifest(vec![Descriptor::of(media::WASM, content)]).blob().bytes);
        let read = read.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read.check(content), Err(expected));
        assert!(matches!(read.check(COMPONENT), Err(ManifestError::Blob(_))), "another content than the manifest's");
    }
    // And the other way round: a component is one, whatever it is called.
    let read = ComponentManifest::read(&manifest(vec![Descriptor::of("text/plain", COMPONENT)]).blob().bytes);
    assert_eq!(read.map(|read| read.check(COMPONENT)), Ok(Ok(())));
    assert!(matches!(Document::read(COMPONENT), Err(crate::document::DocumentError::Syntax(_))));
}
