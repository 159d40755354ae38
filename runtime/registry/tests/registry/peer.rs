//! `oci-client`, which `wkg` reads and writes with, takes what this crate pushed, and this crate what it pushed.

use std::sync::Arc;

use bytes::Bytes;
use oci_client::client::{Certificate, CertificateEncoding, ClientConfig, Config, ImageLayer};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde_json::json;
use windlass_registry::{Blob, Content, Version};

use crate::store::{MANIFEST, Store, digest};
use crate::support::{Secured, blob, bytes, read};

const WASM: &str = "application/wasm";
const CONFIG: &str = "application/vnd.wasm.config.v0+json";

#[tokio::test]
async fn each_reads_what_the_other_wrote() {
    let store = Store::default();
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let (ours, repository) = (registry.world().registries(), registry.repository());
    let authority = Certificate { encoding: CertificateEncoding::Pem, data: registry.authority.pem.clone().into_bytes() };
    let theirs = Client::new(ClientConfig { extra_root_certificates: vec![authority], ..ClientConfig::default() });
    let reference: Reference = format!("{}/a:ours", registry.server.host).parse().unwrap();

    let (component, config) = (bytes(100_000), b"{}".to_vec());
    for content in [&component, &config] {
        let sent = Content::Bytes(content.clone().into());
        ours.push_blob(&repository, &blob(content), &sent, Arc::new(|_| {})).await.unwrap();
    }
    let entry = |kind: &str, content: &[u8]| json!({"mediaType": kind, "digest": digest(content), "size": content.len()});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": entry(CONFIG, &config), "layers": [entry(WASM, &component)],
    });
    let manifest = Bytes::from(manifest.to_string());
    let pushed = ours.push_manifest(&repository, &Version::Tag("ours".into()), MANIFEST, &manifest).await.unwrap();
    let image = theirs.pull(&reference, &RegistryAuth::Anonymous, vec![WASM]).await.unwrap();
    assert_eq!(image.digest.as_deref(), Some(pushed.as_str()));
    assert!(image.layers[0].data == component);

    let reference: Reference = format!("{}/a:theirs", registry.server.host).parse().unwrap();
    let layer = ImageLayer::new(b"their component".to_vec(), WASM.into(), None);
    let config = Config::new(b"{}".to_vec(), CONFIG.into(), None);
    theirs.push(&reference, &[layer], config, &RegistryAuth::Anonymous, None).await.unwrap();
    let found = ours.resolve(&repository, "theirs").await.unwrap();
    let manifest = ours.manifest(&repository, &found).await.unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest.bytes).unwrap();
    let layer = &manifest["layers"][0];
    let due = Blob { digest: digest(b"their component"), size: layer["size"].as_u64().unwrap() };
    assert_eq!(layer["digest"].as_str(), Some(due.digest.as_str()));
    assert_eq!(read(&ours, &repository, &due).await.unwrap(), b"their component");
}
