//! What may pass is asked for again, and what broke off goes on.

use std::io::Cursor;
use std::time::Duration;

use windlass_registry::{Blob, Error};

use crate::server::{Act, NobodyListens, Reply};
use crate::store::{Store, digest, part};
use crate::support::{Secured, World, blob, bytes, read, repository};

/// Proves that a blob that breaks off, again and again, goes on where it was, and is right in the end.
#[tokio::test]
async fn a_blob_that_breaks_off_is_resumed() {
    let content = bytes(500_000);
    let due = blob(&content);
    let serving = content.clone();
    let registry = Secured::start(move |seen| {
        let reply = part(&serving, seen.header("range"));
        if seen.before < 3 { Act::Cut(reply, 100_000) } else { reply.act() }
    })
    .await;
    let world = registry.world().patient();
    let told = std::sync::Arc::clone(&world.seen);
    assert!(read(&world.registries(), &registry.repository(), &due).await.unwrap() == content);
    let starts: Vec<usize> = registry.server.requests().iter().map(|seen| start(seen.header("range"))).collect();
    assert!(starts.len() == 4 && starts.is_sorted() && starts[0] == 0 && starts[1] > 0, "{starts:?}");
    let again = told.again.lock().unwrap();
    assert!(again.len() == 3 && again[0].contains("broke off after") && again[0].contains("of 500000 bytes"), "{again:?}");
}

fn start(range: &str) -> usize {
    range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap_or(0)
}

/// Proves that a registry which knows no parts is read from the beginning, and what is there already is not written twice.
#[tokio::test]
async fn a_registry_that_serves_no_parts_serves_the_whole_again() {
    let content = bytes(300_000);
    let due = blob(&content);
    let serving = content.clone();
    let registry = Secured::start(move |seen| {
        let reply = Reply::new(200).body(serving.clone());
        if seen.before == 0 { Act::Cut(reply, 150_000) } else { reply.act() }
    })
    .await;
    let registries = registry.world().patient().registries();
    assert!(read(&registries, &registry.repository(), &due).await.unwrap() == content);
    assert!(start(registry.server.requests()[1].header("range")) > 0);
}

/// Proves that a part which is not the one that was asked for does not get into the blob.
#[tokio::test]
async fn a_part_that_was_not_asked_for_is_refused() {
    let content = bytes(300_000);
    let due = blob(&content);
    let registry = Secured::start(move |seen| match seen.before {
        0 => Act::Cut(Reply::new(200).body(content.clone()), 150_000),
        _ => part(&content, "bytes=10-").act(),
    })
    .await;
    let error = read(&registry.world().patient().registries(), &registry.repository(), &due).await.unwrap_err();
    assert!(error.to_string().contains("another part"), "{error}");
}

/// Proves that a registry that always breaks off is given up, and says how far it got.
#[tokio::test]
async fn a_registry_that_always_breaks_off_is_given_up() {
    let content = bytes(300_000);
    let due = blob(&content);
    let registry = Secured::start(move |_| Act::Cut(Reply::new(200).body(content.clone()), 1000)).await;
    let mut world = registry.world();
    world.settings.patience = Duration::from_millis(300);
    let mut sink = Cursor::new(Vec::new());
    let error = world.registries().blob(&registry.repository(), &due, &mut sink, &|_| {}).await.unwrap_err();
    assert!(matches!(error, Error::Cut { done: 1000, size: 300_000, .. }), "{error}");
    assert!(registry.server.requests().len() > 1);
}

#[tokio::test]
async fn what_may_pass_is_asked_for_again() {
    for status in [429, 500, 502, 503, 504] {
        let store = Store::default();
        let due = store.manifest("a", "1", b"{}");
        let registry = Secured::start(move |seen| match seen.before {
            0 => Reply::new(status).act(),
            1 => Act::Close,
            _ => store.answer(seen),
        })
        .await;
        assert_eq!(registry.world().patient().registries().resolve(&registry.repository(), "1").await.unwrap(), due, "{status}");
    }
}

/// Proves that a registry's wish is met when there is time, and not waited for when there is none.
#[tokio::test]
async fn retry_after_is_honoured() {
    let store = Store::default();
    store.manifest("a", "1", b"{}");
    let registry = Secured::start(move |seen| match seen.before {
        0 => Reply::new(429).with("retry-after", "1").act(),
        _ => store.answer(seen),
    })
    .await;
    let began = std::time::Instant::now();
    registry.world().patient().registries().resolve(&registry.repository(), "1").await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());

    let said = r#"{"errors": [{"code": "TOOMANYREQUESTS", "message": "pull rate limit"}]}"#;
    let registry = Secured::start(move |_| Reply::new(429).with("retry-after", "3600").body(said).act()).await;
    let error = registry.world().patient().registries().tags(&registry.repository()).await.unwrap_err();
    assert!(matches!(error, Error::TooManyRequests { wait: Some(wait), .. } if wait.as_secs() == 3600), "{error}");
    assert!(error.to_string().contains("(TOOMANYREQUESTS: pull rate limit)") && error.to_string().contains("3600 s"), "{error}");
    assert_eq!(registry.server.requests().len(), 1);
}

/// Proves that what stays as it is is asked for once.
#[tokio::test]
async fn what_does_not_pass_is_asked_for_once() {
    for status in [400, 403, 404, 410, 501] {
        let registry = Secured::start(move |_| Reply::new(status).act()).await;
        let registries = registry.world().patient().registries();
        let error = read(&registries, &registry.repository(), &Blob { digest: digest(b""), size: 1 }).await.unwrap_err();
        let expected = match status {
            403 => matches!(error, Error::Forbidden { .. }),
            404 => matches!(error, Error::NotFound { .. }),
            _ => matches!(error, Error::Refused { .. }),
        };
        assert!(expected, "{status}: {error}");
        assert_eq!(registry.server.requests().len(), 1, "{status}");
    }
}

/// Proves that a port on which nothing listens is not waited for as long as a registry that does not answer, and is not given up
/// at once either.
#[tokio::test]
async fn a_port_that_nobody_listens_on_is_told_soon() {
    let place = NobodyListens::new();
    let began = std::time::Instant::now();
    let error = World::new(Vec::new()).patient().registries().tags(&repository(&place.host, "a")).await.unwrap_err();
    assert!(matches!(error, Error::NotListening { .. }), "{error:?}");
    assert!(error.to_string().contains(&place.host), "{error}");
    let took = began.elapsed();
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(20), "{took:?}");
}
