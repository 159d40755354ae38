//! A store in a registry.

use std::sync::Arc;

use windlass_cache_store::{Bounds, Caches, Existing, Miss, Recorded, Selection, Store, StoreError};
use windlass_model::cache::StoreLocation;
use windlass_mover_client::protocol::{Answer, Ask};
use windlass_registry::credentials::Secret;

use crate::http;
use crate::mover::{get, keep, put, restore};
use crate::server::{Act, Reply, Seen, Server};
use crate::store::{Store as Content, parameter};
use crate::support::{self, Secured, insecure, password};
use crate::world::{World, access, blob, entry, open, owner, scope};

/// A machine that reaches registries so.
fn machine(registries: support::World) -> World {
    World { registries: Arc::new(registries.registries()), ..World::new() }
}

fn at(host: &str) -> StoreLocation {
    StoreLocation::Registry(format!("{host}/ci/cache"))
}

/// A registry that does what it should, and its content.
async fn plain() -> (Server, World, Content) {
    let content = Content::default();
    let shared = content.clone();
    let server = Server::plain(move |seen| shared.answer(seen)).await;
    let world = machine(support::World::new(vec![insecure(&server.host)]));
    (server, world, content)
}

#[tokio::test]
async fn what_one_run_stores_the_next_restores_and_the_container_moves_the_bytes() {
    let (server, world, _) = plain().await;
    let pack = support::bytes(3 << 20);
    {
        let caches = open(&world.stores(), at(&server.host), &["main"]).await;
        assert_eq!(caches.find("k").await, Err(Miss::Absent), "there is not even a repository");
        assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "go");
        keep(&caches, "k", b"tree", &pack).await.unwrap();
    }
    let caches = open(&world.stores(), at(&server.host), &["pr/1", "main"]).await;
    let found = caches.find("k").await.unwrap();
    assert_eq!(found.scope, scope("main"));
    caches.allow(&found);
    assert!(matches!(caches.depot().answer(Ask::Fetch(blob(&pack))).await, Answer::Go(_)));
    assert_eq!(restore(&caches, &found).await.unwrap(), [b"tree".to_vec(), pack.clone()]);
    assert_eq!(caches.newest("deps").await.unwrap(), found);
    assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "present");
    let sent: usize = server.requests().iter().filter(|seen| seen.is("PUT", "/blobs/")).map(|seen| seen.body.len()).sum();
    assert!(sent < pack.len() + (64 << 10), "once: {sent}");
}

#[tokio::test]
async fn a_manifest_names_all_that_an_entry_is_made_of() {
    let (server, world, content) = plain().await;
    let caches = open(&world.stores(), at(&server.host), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    let pushed = server.requests().into_iter().find(|seen| seen.is("PUT", "/manifests/c-")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&pushed.body).unwrap();
    assert_eq!(manifest["artifactType"], "application/vnd.windlass.cache.v1");
    let layers: Vec<&str> = manifest["layers"].as_array().unwrap().iter().map(|l| l["digest"].as_str().unwrap()).collect();
    assert_eq!(layers, [format!("sha256:{}", blob(b"tree").digest), format!("sha256:{}", blob(b"pack").digest)]);
    let config = content.get(&format!("ci/cache/blobs/{}", manifest["config"]["digest"].as_str().unwrap())).unwrap();
    assert!(config.starts_with(b"windlass-cache 1 "), "the entry, sealed");
}

/// A registry behind a token service, and the service, each with TLS.
async fn with_tokens() -> (Secured, Secured) {
    let service = Secured::start(|seen| match seen.header("authorization") {
        "Basic bWU6aHVudGVyMg==" => Reply::new(200).body(r#"{"access_token": "short-lived", "expires_in": 300}"#).act(),
        _ => Reply::new(401).body("{}").act(),
    })
    .await;
    let (content, realm) = (Content::default(), format!("https://{}/token", service.server.host));
    let registry = Secured::start(move |seen| match seen.header("authorization") {
        "Bearer short-lived" => content.answer(seen),
        _ => {
            let header = format!(r#"Bearer realm="{realm}",service="the registry""#);
            Reply::new(401).with("www-authenticate", header).act()
        }
    })
    .await;
    (registry, service)
}

#[tokio::test]
async fn a_container_gets_a_token_that_ends_soon_and_the_authority_and_no_password() {
    let (registry, service) = with_tokens().await;
    let settings = || support::World::new(vec![registry.setting(), service.setting()]);
    let world = machine(settings().with_login("me", password("hunter2")));
    let caches = open(&world.stores(), at(&registry.server.host), &["main"]).await;
    let depot = caches.depot();
    let Answer::Go(request) = depot.answer(Ask::Store(blob(b"pack"))).await else { panic!("the container sends it") };
    assert_eq!(request.certificates.as_deref(), Some(registry.authority.pem.as_str()));
    let authorization = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    assert_eq!(authorization.1, "Bearer short-lived");
    let all = format!("{}{:?}", request.url, request.headers);
    assert!(!all.contains("hunter2") && !all.contains("bWU6aHVudGVyMg"), "{all}");
    assert_eq!(http::send(&request, b"pack").await.status, 201);
    assert_eq!(depot.answer(Ask::Stored(blob(b"pack"))).await, Answer::Done);
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    let next = open(&world.stores(), at(&registry.server.host), &["main"]).await;
    assert_eq!(restore(&next, &next.find("k").await.unwrap()).await.unwrap().len(), 2);
    let scopes: Vec<_> = service.server.requests().iter().filter_map(|seen| parameter(seen, "scope")).collect();
    assert!(scopes.contains(&"repository:ci/cache:pull".to_owned()), "what is read with may not write: {scopes:?}");

    let refused = machine(settings().with_login("me", password("wrong")));
    let caches = open(&refused.stores(), at(&registry.server.host), &["main"]).await;
    assert!(matches!(caches.find("k").await, Err(Miss::Store { refused: true, .. })));
    put(&*caches.depot(), b"pack").await.unwrap_err();
    let store = Store::open(&at(&registry.server.host), &refused.stores()).await.unwrap();
    assert!(matches!(store.list().await, Err(StoreError::Refused { .. })));
}

/// Who wants a password, and who is believed only because this host's settings say so: their bytes pass through this host.
#[tokio::test]
async fn what_no_container_may_have_stays_here() {
    let content = Content::default();
    let shared = content.clone();
    let wants_password = move |seen: &Seen| match seen.header("authorization") {
        "Basic bWU6aHVudGVyMg==" => shared.answer(seen),
        _ => Reply::new(401).with("www-authenticate", "Basic realm=\"x\"").act(),
    };
    let basic = Secured::start(wants_password).await;
    let shared = content.clone();
    let any_certificate = Secured::start(move |seen| shared.answer(seen)).await;
    let shared = content.clone();
    let own_token = Secured::start(move |seen| match seen.header("authorization") {
        "Bearer of-the-user" => shared.answer(seen),
        _ => Reply::new(401).with("www-authenticate", "Bearer realm=\"https://auth.invalid/\"").act(),
    })
    .await;
    let shared = content.clone();
    let own = Server::plain(move |seen| shared.answer(seen)).await;
    let bearer = Secret::Bearer("of-the-user".to_owned().into());
    let relayed = World { relay_loopback: true, ..machine(support::World::new(vec![insecure(&own.host)])) };
    for (host, world, what) in [
        (&basic.server.host, machine(basic.world().with_login("me", password("hunter2"))), "a password"),
        (
            &any_certificate.server.host,
            machine(support::World::new(vec![insecure(&any_certificate.server.host)])),
            "any certificate",
        ),
        (&own_token.server.host, machine(own_token.world().with_login("me", bearer)), "a token that does not end"),
        (&own.host, relayed, "a registry of this machine's"),
    ] {
        let pack = support::bytes(1_500_000 + what.len());
        let caches = open(&world.stores(), at(host), &["main"]).await;
        assert_eq!(put(&*caches.depot(), &pack).await.as_deref(), Ok("here"), "{what}");
        keep(&caches, what, b"tree", &pack).await.unwrap();
        let next = open(&world.stores(), at(host), &["main"]).await;
        let found = next.find(what).await.unwrap();
        next.allow(&found);
        assert_eq!(next.depot().answer(Ask::Fetch(blob(&pack))).await, Answer::Here, "{what}");
        assert_eq!(get(&*next.depot(), blob(&pack)).await.unwrap(), pack, "{what}");
        assert_eq!(crate::world::files(&world.base.path().join("cache")).len(), 0, "nothing of it is left here");
    }
}

#[tokio::test]
async fn other_bytes_are_taken_by_no_registry() {
    let (server, world, _) = plain().await;
    let caches = open(&world.stores(), at(&server.host), &["main"]).await;
    let depot = caches.depot();
    let due = blob(b"the right bytes");
    let Answer::Go(request) = depot.answer(Ask::Store(due)).await else { panic!("the container sends it") };
    assert_eq!(http::send(&request, b"the wrong bytes").await.status, 400);
    assert!(matches!(depot.answer(Ask::Stored(due)).await, Answer::No(_)), "it says that it did");
    assert!(matches!(depot.answer(Ask::Fetch(due)).await, Answer::No(_)));
    put(&*depot, b"the right bytes").await.unwrap();
}

#[tokio::test]
async fn a_registry_that_is_gone_is_a_miss_and_an_error_that_says_so() {
    let (server, world, _) = plain().await;
    let stores = world.stores();
    let caches = open(&stores, at(&server.host), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    let host = server.host.clone();
    let gone = machine(support::World::new(vec![insecure("127.0.0.1:1")]));
    drop(server);
    // Connections that stand are none of a server that is gone.
    let afresh = machine(support::World::new(vec![insecure(&host)]));
    for (stores, host) in [(afresh.stores(), host.as_str()), (gone.stores(), "127.0.0.1:1")] {
        let caches = open(&stores, at(host), &["main"]).await;
        let miss = caches.find("k").await.unwrap_err();
        assert!(matches!(&miss, Miss::Store { refused: false, .. }), "{miss:?}");
        assert!(miss.to_string().contains("cannot be reached") && miss.to_string().contains(host), "{miss}");
        let refused = put(&*caches.depot(), b"pack 2").await.unwrap_err();
        assert!(refused.contains("cannot be reached"), "{refused}");
        let store = Store::open(&at(host), &stores).await.unwrap();
        assert!(matches!(store.list().await, Err(StoreError::Unreachable { .. })));
    }
}

/// Connections that end at each kind of request: none hangs, and what was stored before is there still.
#[tokio::test]
async fn a_connection_that_is_cut_anywhere_loses_nothing() {
    for cut in
        ["HEAD /v2/ci/cache/blobs", "POST", "PUT /v2/ci/cache/blobs", "PUT /v2/ci/cache/manifests", "GET /v2/ci/cache/manifests"]
    {
        let content = Content::default();
        let healthy = content.clone();
        let good = Server::plain(move |seen| healthy.answer(seen)).await;
        let world = machine(support::World::new(vec![insecure(&good.host)]));
        let caches = open(&world.stores(), at(&good.host), &["main"]).await;
        keep(&caches, "before", b"tree", b"pack").await.unwrap();
        let faulty = content.clone();
        let server = Server::plain(move |seen| match format!("{} {}", seen.method, seen.target).starts_with(cut) {
            true => Act::Close,
            false => faulty.answer(seen),
        })
        .await;
        let other = machine(support::World::new(vec![insecure(&server.host)]));
        let caches = open(&other.stores(), at(&server.host), &["main"]).await;
        // The container's own requests are its own to repeat.
        let depot = caches.depot();
        let outcome = async {
            let Answer::Go(request) = depot.answer(Ask::Store(blob(b"new"))).await else { return false };
            if cut.starts_with("PUT /v2/ci/cache/blobs") || http::send(&request, b"new").await.status != 201 {
                return false;
            }
            depot.answer(Ask::Stored(blob(b"new"))).await == Answer::Done
                && caches.record(&entry("k", blob(b"new"), &[]), Existing::Keep).await.is_ok()
        };
        assert!(!outcome.await, "{cut}");
        let again = open(&world.stores(), at(&good.host), &["main"]).await;
        assert_eq!(restore(&again, &again.find("before").await.unwrap()).await.unwrap().len(), 2, "{cut}");
        assert_eq!(again.find("k").await, Err(Miss::Absent), "{cut}");
    }
}

#[tokio::test]
async fn entries_of_two_tasks_and_of_the_http_cache_and_what_is_removed() {
    let (server, world, content) = plain().await;
    let stores = world.stores();
    let main = open(&stores, at(&server.host), &["main"]).await;
    let branch = open(&stores, at(&server.host), &["pr/1", "main"]).await;
    keep(&main, "k", b"one", b"pack").await.unwrap();
    let (_, second) = keep(&main, "k", b"two", b"pack").await.unwrap();
    assert!(matches!(second, Recorded::Kept(first) if first.tree == blob(b"one")));
    keep(&branch, "k", b"of the branch", b"pack").await.unwrap();
    assert_eq!(main.find("k").await.unwrap().entry.tree, blob(b"one"));

    put(&*branch.depot(), b"value").await.unwrap();
    for key in ["gha-1", "gha-2"] {
        branch.depot().answer(Ask::Publish { key: key.into(), blob: blob(b"value") }).await;
    }
    let newest = branch.depot().answer(Ask::Lookup { key: "gha-".into(), prefix: true }).await;
    assert!(matches!(newest, Answer::Found { .. }), "{newest:?}");
    assert!(matches!(main.depot().answer(Ask::Lookup { key: "gha-1".into(), prefix: false }).await, Answer::No(_)));
    branch.depot().answer(Ask::Forget { key: "gha-1".into() }).await;
    assert!(matches!(branch.depot().answer(Ask::Lookup { key: "gha-1".into(), prefix: false }).await, Answer::No(_)));

    let store = Store::open(&at(&server.host), &stores).await.unwrap();
    assert_eq!(store.list().await.unwrap().items.len(), 3);
    store.remove(&Selection::Scope(scope("main")), false).await.unwrap();
    assert_eq!(main.find("k").await, Err(Miss::Absent));
    assert_eq!(main.newest("deps").await, Err(Miss::Absent));
    assert_eq!(branch.find("k").await.unwrap().scope, scope("pr/1"));
    let pruned = store.prune(&Bounds { max_size: 0, expire_days: 0 }, false).await.unwrap();
    assert_eq!((pruned.expired.len(), pruned.evicted.len()), (0, 0), "used within a day");
    let foreign = open(&world.stores_with(Some("another secret key")), at(&server.host), &["pr/1"]).await;
    assert!(matches!(foreign.find("k").await, Err(Miss::Foreign { .. })));
    content.manifest("ci/cache", "latest", b"{}");
    assert_eq!(store.list().await.unwrap().items.len(), 2, "other tags are nobody's business");
}

#[tokio::test]
async fn a_location_that_is_no_repository_is_refused() {
    let world = World::new();
    for text in ["reg.corp/ci/cache:latest", "reg.corp/UPPER"] {
        let location = StoreLocation::Registry(text.into());
        let refused = Caches::open(&access(location, &["main"]), owner("run"), &world.stores()).await;
        assert!(matches!(refused, Err(StoreError::Location { .. })), "{text}: {refused:?}");
    }
}
