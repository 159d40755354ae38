//! Writing.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use windlass_registry::{Content, Error, Registries, Repository, Version};

use crate::server::Reply;
use crate::store::{MANIFEST, Store, digest};
use crate::support::{Secured, blob, bytes, password, repository};

async fn send(registries: &Registries, repository: &Repository, content: &[u8]) -> Result<(), Error> {
    registries.push_blob(repository, &blob(content), &Content::Bytes(content.to_vec().into()), Arc::new(|_| {})).await
}

#[tokio::test]
async fn a_blob_is_sent_once_and_a_manifest_names_it() {
    let store = Store::default();
    let answering = store.clone();
    let registry = Secured::start(move |seen| answering.answer(seen)).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let content = bytes(300_000);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("blob");
    std::fs::write(&file, &content).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let mut counts = Vec::new();
    for _ in 0..2 {
        let each = Arc::clone(&told);
        let progress = Arc::new(move |done| each.lock().unwrap().push(done));
        registries.push_blob(&repository, &blob(&content), &Content::File(file.clone()), progress).await.unwrap();
        counts.push(told.lock().unwrap().len());
    }
    assert_eq!(counts[0], counts[1], "nobody is told that bytes go out which the registry has");
    assert!(store.get(&format!("a/blobs/{}", digest(&content))) == Some(content));
    assert_eq!(registry.server.count("PUT", "/blobs/"), 1);
    let told = told.lock().unwrap().clone();
    assert!(told.is_sorted() && told.len() > 3 && told.first() == Some(&0) && told.last() == Some(&300_000), "{told:?}");

    send(&registries, &repository, b"").await.unwrap();
    let bytes = Bytes::from_static(b"{}");
    for version in [Version::Tag("1.0".into()), Version::Digest(digest(b"{}"))] {
        let found = registries.push_manifest(&repository, &version, MANIFEST, &bytes).await.unwrap();
        assert_eq!(found, digest(b"{}"));
    }
    assert_eq!(registries.resolve(&repository, "1.0").await.unwrap(), digest(b"{}"));
}

#[tokio::test]
async fn a_blob_of_another_repository_is_linked() {
    let store = Store::default();
    let due = store.blob("library/base", b"layer");
    let answering = store.clone();
    let registry = Secured::start(move |seen| answering.answer(seen)).await;
    let registries = registry.world().registries();
    let base = repository(&registry.server.host, "library/base");
    assert!(registries.mount(&registry.repository(), &base, &due).await.unwrap());
    assert_eq!(store.get(&format!("a/blobs/{due}")).as_deref(), Some(b"layer".as_slice()));
    assert!(!registries.mount(&registry.repository(), &base, &digest(b"none")).await.unwrap());
    assert!(!registries.mount(&registry.repository(), &repository("other.example", "b"), &due).await.unwrap());
}

/// Proves that what fails in the middle begins anew, and that the rights to write are asked for.
#[tokio::test]
async fn an_upload_that_fails_begins_anew() {
    let store = Store::default();
    let answering = store.clone();
    let registry = Secured::start(move |seen| match seen.header("authorization") {
        "" => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        _ if seen.path().ends_with("/uploads/1") => Reply::new(503).act(),
        _ => answering.answer(seen),
    })
    .await;
    let registries = registry.world().with_login("me", password("pw")).patient().registries();
    send(&registries, &registry.repository(), b"content").await.unwrap();
    assert_eq!(store.get(&format!("a/blobs/{}", digest(b"content"))).as_deref(), Some(b"content".as_slice()));
    assert_eq!(registry.server.count("POST", "/uploads/"), 2);
}

#[tokio::test]
async fn a_registry_that_does_not_take_it_is_told_with_its_words() {
    let said = r#"{"errors": [{"code": "MANIFEST_INVALID", "message": "unknown media type: application/wasm"}]}"#;
    let registry = Secured::start(move |seen| match seen.method.as_str() {
        "PUT" => Reply::new(400).body(said).act(),
        _ => Reply::new(404).act(),
    })
    .await;
    let registries = registry.world().registries();
    let version = Version::Tag("1".into());
    let error = registries.push_manifest(&registry.repository(), &version, MANIFEST, &Bytes::new()).await.unwrap_err();
    assert!(error.to_string().contains("refuses to write") && error.to_string().contains("unknown media type"), "{error}");
    let error = send(&registries, &registry.repository(), b"x").await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

/// Proves that a registry which keeps something else than it was sent is found out.
#[tokio::test]
async fn a_registry_that_keeps_other_bytes_is_found_out() {
    let registry = Secured::start(|_| Reply::new(201).with("docker-content-digest", digest(b"other").as_str()).act()).await;
    let version = Version::Tag("1".into());
    let pushed = registry.world().registries().push_manifest(&registry.repository(), &version, MANIFEST, &Bytes::new()).await;
    assert!(matches!(pushed, Err(Error::WrongDigest { .. })), "{pushed:?}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said() {
    let store = Store::default();
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let content = Content::File("/proc/none".into());
    let registries = registry.world().patient().registries();
    let error = registries.push_blob(&registry.repository(), &blob(b"x"), &content, Arc::new(|_| {})).await.unwrap_err();
    assert!(matches!(error, Error::Read { .. }) && error.to_string().contains("/proc/none"), "{error:?}");
}
