//! Mirrors: asked first, believed no more than the registry, and passed over when they fail.

use windlass_model::pod::Registry;
use windlass_registry::Error;

use crate::server::{Act, NobodyListens, Reply, Server};
use crate::store::{Store, digest, part};
use crate::support::{Secured, World, blob, bytes, insecure, password, read, repository};

/// The registry's settings with a mirror.
fn mirrored(registry: &Secured, mirror: &str) -> Registry {
    Registry { mirrors: vec![mirror.to_owned()], ..registry.setting() }
}

#[tokio::test]
async fn a_mirror_is_asked_first() {
    let (own, copy) = (Store::default(), Store::default());
    let content = bytes(5000);
    let manifest = copy.manifest("hub/a", "1", b"{}");
    copy.blob("hub/a", &content);
    let registry = Secured::start(move |seen| own.answer(seen)).await;
    let mirror = Server::plain(move |seen| copy.answer(seen)).await;
    let registries = World::new(vec![mirrored(&registry, &format!("{}/hub", mirror.host)), insecure(&mirror.host)]).registries();
    assert_eq!(registries.resolve(&registry.repository(), "1").await.unwrap(), manifest);
    assert_eq!(&registries.manifest(&registry.repository(), &manifest).await.unwrap().bytes[..], b"{}");
    assert!(read(&registries, &registry.repository(), &blob(&content)).await.unwrap() == content);
    assert_eq!(registries.tags(&registry.repository()).await.unwrap(), ["1"]);
    assert_eq!(registry.server.requests().len(), 0);
}

/// Proves that whatever a mirror does, what is right comes from the registry.
#[tokio::test]
async fn a_mirror_that_fails_is_passed_over() {
    let content = bytes(200_000);
    let due = blob(&content);
    let wrong = bytes(200_001)[1..].to_vec();
    type Answers = fn(&[u8], &[u8]) -> Act;
    let faults: [(&str, Answers); 6] = [
        ("fails with status 503", |_, _| Reply::new(503).act()),
        ("does not permit", |_, _| Reply::new(403).act()),
        ("serves other bytes", |_, wrong| Reply::new(200).body(wrong).act()),
        ("serves 100 bytes", |right, _| Reply::new(200).body(&right[..100]).act()),
        ("broke off after", |right, _| Act::Cut(Reply::new(200).body(right), 90_000)),
        ("broke off after", |_, wrong| Act::Cut(Reply::new(200).body(wrong), 90_000)),
    ];
    for (words, fault) in faults {
        let store = Store::default();
        let manifest = store.manifest("a", "1", b"{}");
        let serving = content.clone();
        let registry = Secured::start(move |seen| match seen.target.contains("/blobs/") {
            true => part(&serving, seen.header("range")).act(),
            false => store.answer(seen),
        })
        .await;
        let (right, other) = (content.clone(), wrong.clone());
        let mirror = Server::plain(move |_| fault(&right, &other)).await;
        let world = World::new(vec![mirrored(&registry, &format!("http://{}", mirror.host))]);
        let told = std::sync::Arc::clone(&world.seen);
        let registries = world.registries();
        assert!(read(&registries, &registry.repository(), &due).await.unwrap() == content, "{words}");
        let over = told.over.lock().unwrap().join("\n");
        assert!(over.contains(words) && over.contains(&mirror.host), "{words}: {over}");
        assert_eq!(&registries.manifest(&registry.repository(), &manifest).await.unwrap().bytes[..], b"{}");
    }
}

/// Proves that a mirror which is not there costs one attempt, and that one which lacks something is no news.
#[tokio::test]
async fn a_mirror_that_is_not_there_or_lacks_something_is_passed_over() {
    let store = Store::default();
    let due = store.manifest("a", "1", b"{}");
    let registry = Secured::start(move |seen| store.answer(seen)).await;
    let empty = Server::plain(|_| Reply::new(404).act()).await;
    let gone = NobodyListens::new();
    let mut setting = mirrored(&registry, &format!("http://{}", gone.host));
    setting.mirrors.push(format!("http://{}", empty.host));
    let world = World::new(vec![setting]).patient();
    let told = std::sync::Arc::clone(&world.seen);
    assert_eq!(world.registries().resolve(&registry.repository(), "1").await.unwrap(), due);
    let over = told.over.lock().unwrap().clone();
    assert!(over.len() == 1 && over[0].starts_with(&gone.host), "{over:?}");
    assert_eq!(empty.requests().len(), 1);
}

/// Proves that a mirror without signatures does not make anything unsigned: the registry is asked.
#[tokio::test]
async fn a_mirror_does_not_say_that_there_are_no_signatures() {
    let index = |entries: serde_json::Value| {
        Reply::new(200).body(serde_json::json!({"schemaVersion": 2, "manifests": entries}).to_string()).act()
    };
    let entry = serde_json::json!([{"mediaType": "x/y", "digest": digest(b"1"), "size": 1, "artifactType": "kind"}]);
    let registry = Secured::start(move |_| index(entry.clone())).await;
    let mirror = Server::plain(move |_| index(serde_json::json!([]))).await;
    let registries = World::new(vec![mirrored(&registry, &format!("http://{}", mirror.host))]).registries();
    let found = registries.referrers(&registry.repository(), &digest(b"subject"), "kind").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(mirror.requests().len(), 1);
}

/// Proves that a mirror without TLS gets a password only when the settings call it insecure.
#[tokio::test]
async fn a_mirror_without_tls_gets_no_password() {
    let registry = Secured::start(|_| Reply::new(200).body(r#"{"tags": ["own"]}"#).act()).await;
    let mirror = Server::plain(|seen| match seen.header("authorization") {
        "" => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        _ => Reply::new(200).body(r#"{"tags": ["copy"]}"#).act(),
    })
    .await;
    let setting = || mirrored(&registry, &format!("http://{}", mirror.host));
    for (settings, tag) in [(vec![setting()], "own"), (vec![setting(), insecure(&mirror.host)], "copy")] {
        let registries = World::new(settings).with_login("me", password("pw")).registries();
        assert_eq!(registries.tags(&registry.repository()).await.unwrap(), [tag]);
    }
}

#[tokio::test]
async fn what_is_no_mirror_is_refused_by_its_setting() {
    let registry = Secured::start(|_| Reply::new(200).act()).await;
    let registries = World::new(vec![mirrored(&registry, "ftp://x")]).registries();
    let error = registries.tags(&repository(&registry.server.host, "a")).await.unwrap_err();
    assert!(matches!(error, Error::Mirror { .. }) && error.to_string().contains("`ftp://x`"), "{error:?}");
}
