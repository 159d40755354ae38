//! Reading what is right, and refusing what is not.

use std::io::Cursor;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use tokio::io::{AsyncSeek, AsyncWrite};
use windlass_registry::{Blob, Error};

use crate::server::{Act, Reply};
use crate::store::{MANIFEST, Store, digest};
use crate::support::{Secured, blob, bytes, read};

const DOCUMENT: &[u8] = br#"{"schemaVersion": 2, "layers": []}"#;

#[tokio::test]
async fn a_tag_leads_to_a_manifest_and_its_blob() {
    let store = Store::default();
    let content = bytes(300_000);
    let (by_tag, layer) = (store.manifest("a", "1.0", DOCUMENT), store.blob("a", &content));
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());

    let found = registries.resolve(&repository, "1.0").await.unwrap();
    assert_eq!(found, by_tag);
    let manifest = registries.manifest(&repository, &found).await.unwrap();
    assert_eq!((&manifest.bytes[..], manifest.media_type.as_str(), &manifest.digest), (DOCUMENT, MANIFEST, &by_tag));
    assert_eq!(registries.tags(&repository).await.unwrap(), ["1.0"]);

    let progress = Mutex::new(Vec::new());
    let mut sink = Cursor::new(Vec::new());
    let told = |done| progress.lock().unwrap().push(done);
    registries.blob(&repository, &Blob { digest: layer, size: 300_000 }, &mut sink, &told).await.unwrap();
    assert!(sink.into_inner() == content);
    let progress = progress.into_inner().unwrap();
    assert!(progress.is_sorted() && progress.last() == Some(&300_000), "{progress:?}");
    assert!(registry.server.requests()[0].header("user-agent").starts_with("windlass/"));
}

/// Proves that a tag which moves between question and answer changes nothing: what was resolved is what is read.
#[tokio::test]
async fn a_tag_that_moves_does_not_change_what_is_read() {
    let store = Store::default();
    let first = store.manifest("a", "1", DOCUMENT);
    let (other, answering) = (br#"{"schemaVersion": 2, "layers": [1]}"#, store.clone());
    let registry = Secured::start(move |seen| answering.answer(seen)).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let found = registries.resolve(&repository, "1").await.unwrap();
    let moved = store.manifest("a", "1", other);
    assert_eq!(registries.manifest(&repository, &found).await.unwrap().bytes, DOCUMENT);
    assert_eq!(found, first);
    assert_eq!(registries.resolve(&repository, "1").await.unwrap(), moved);
}

/// Proves that a registry need not name the digest, nor know HEAD.
#[tokio::test]
async fn a_digest_that_is_not_told_is_computed() {
    for head in [200, 405] {
        let registry = Secured::start(move |seen| match seen.method.as_str() {
            "HEAD" => Reply::new(head).act(),
            _ => Reply::new(200).with("content-type", "application/json").body(br#"{"mediaType": "x/y"}"#).act(),
        })
        .await;
        let (registries, repository) = (registry.world().registries(), registry.repository());
        let found = registries.resolve(&repository, "1").await.unwrap();
        assert_eq!(registries.manifest(&repository, &found).await.unwrap().media_type, "x/y", "{head}");
    }
}

#[tokio::test]
async fn other_bytes_than_those_of_the_digest_are_refused() {
    let registry = Secured::start(|_| Reply::new(200).body("other!").act()).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let due = blob(b"these!");
    let error = registries.manifest(&repository, &due.digest).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::WrongDigest { .. }), "{text}");
    for part in [due.digest.as_str(), digest(b"other!").as_str(), &registry.server.host, "do not use them"] {
        assert!(text.contains(part), "{text}");
    }
    let error = read(&registries, &repository, &due).await.unwrap_err();
    assert!(matches!(&error, Error::WrongDigest { found, .. } if *found == digest(b"other!")), "{error}");
}

/// Proves that a registry which says one digest and serves another is found out.
#[tokio::test]
async fn a_digest_that_a_registry_claims_is_not_believed() {
    let due = digest(DOCUMENT);
    let claimed = due.clone();
    let registry =
        Secured::start(move |_| Reply::new(200).with("docker-content-digest", claimed.as_str()).body("other").act()).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let found = registries.resolve(&repository, "1").await.unwrap();
    assert_eq!(found, due);
    let error = registries.manifest(&repository, &found).await.unwrap_err();
    assert!(matches!(error, Error::WrongDigest { .. }), "{error}");
}

#[tokio::test]
async fn a_blob_of_another_size_is_refused_before_it_is_read() {
    let content = bytes(1000);
    let registry = Secured::start(move |_| Reply::new(200).body(content.clone()).act()).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    for size in [999, 1001] {
        let error = read(&registries, &repository, &Blob { digest: digest(b""), size }).await.unwrap_err();
        let expected = format!("serves 1000 bytes for {repository}@{}, and {size} are due", digest(b""));
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

/// Proves that what has no end is left at the bound, wherever it stands: in a blob, a manifest, a list, or a refusal.
#[tokio::test]
async fn what_has_no_end_is_left_at_its_bound() {
    let registry = Secured::start(|seen| {
        let status = if seen.target.contains("refused") { 400 } else { 200 };
        Act::Endless(Reply::new(status).with("content-type", "text/plain").body(vec![b'x'; 64 << 10]))
    })
    .await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let mut sink = Cursor::new(Vec::new());
    let due = Blob { digest: digest(b""), size: 100_000 };
    let error = registries.blob(&repository, &due, &mut sink, &|_| {}).await.unwrap_err();
    assert!(error.to_string().contains("serves more than 100000 bytes"), "{error}");
    assert!(sink.into_inner().len() <= 100_000);
    let error = registries.manifest(&repository, &digest(b"")).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }) && error.to_string().contains("more than 4.0 MiB"), "{error}");
    let error = registries.tags(&repository).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = registries.referrers(&repository, &digest(b""), "x").await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = registries.resolve(&crate::support::repository(&registry.server.host, "refused"), "1").await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.to_string().len() < 600, "{error}");
}

/// Proves that a size that is only claimed is not believed: nothing is read.
#[tokio::test]
async fn what_claims_to_be_huge_is_not_read() {
    let registry = Secured::start(|_| Reply::new(200).with("content-length", (1_u64 << 40).to_string()).act()).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let error = read(&registries, &repository, &Blob { digest: digest(b""), size: 10 }).await.unwrap_err();
    assert!(matches!(error, Error::WrongSize { .. }), "{error}");
    let error = registries.manifest(&repository, &digest(b"")).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let error = read(&registries, &repository, &Blob { digest: digest(b""), size: 65 << 20 }).await.unwrap_err();
    assert!(error.to_string().contains("has more than 64.0 MiB"), "{error}");
    assert_eq!(registry.server.count("GET", "/blobs/"), 1, "one that is larger than the settings allow is not asked for");
}

/// Proves that a full disk is said to be that, and is not the registry's fault.
#[tokio::test]
async fn a_sink_that_is_full_ends_the_transfer() {
    let store = Store::default();
    let content = bytes(100_000);
    store.blob("a", &content);
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let registries = registry.world().patient().registries();
    let error = registries.blob(&registry.repository(), &blob(&content), &mut Full, &|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Write { .. }) && error.to_string().contains("No space left"), "{error}");
    assert_eq!(registry.server.count("GET", "/blobs/"), 1, "it is not tried again");
}

/// Takes nothing.
struct Full;

impl AsyncWrite for Full {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Err(std::io::Error::from_raw_os_error(28)))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Full {
    fn start_seek(self: Pin<&mut Self>, _: std::io::SeekFrom) -> std::io::Result<()> {
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}

/// Compiles only if what the crate does can be done on any thread.
#[tokio::test]
async fn work_may_move_between_threads() {
    let store = Store::default();
    let content = bytes(10);
    store.blob("a", &content);
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let (registries, repository) = (registry.world().registries(), registry.repository());
    let work = async move {
        assert!(registries.resolve(&repository, "1").await.is_err());
        assert!(registries.manifest(&repository, &digest(b"")).await.is_err());
        assert!(registries.tags(&repository).await.is_ok());
        assert!(registries.referrers(&repository, &digest(b""), "x").await.is_ok());
        assert!(read(&registries, &repository, &blob(&content)).await.is_ok());
    };
    tokio::spawn(work).await.unwrap();
}
