//! Where a registry leads, and what goes along.

use windlass_registry::Error;

use crate::server::{Act, Reply, Server};
use crate::store::{Store, part};
use crate::support::{Secured, World, blob, bytes, password, read, repository};

/// Asks for a password, and leads on where it got one.
fn leads_to(target: String) -> impl Fn(&crate::server::Seen) -> Act + Send + Sync + 'static {
    move |seen| match seen.header("authorization") {
        "" => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        _ if seen.target.starts_with("/v2/a/") => Reply::new(307).with("location", target.clone()).act(),
        _ => Reply::new(404).act(),
    }
}

/// Proves that a blob may lie on another host, and that this host sees neither password nor, when it asks for one, gets one.
#[tokio::test]
async fn another_host_gets_no_credentials() {
    let content = bytes(1000);
    let due = blob(&content);
    let storage = Secured::start(move |seen| part(&content, seen.header("range")).act()).await;
    let registry = Secured::start(leads_to(format!("https://{}/bucket/1?signature=x", storage.server.host))).await;
    let world = registry.world().with_login("me", password("pw"));
    let error = read(&world.registries(), &registry.repository(), &due).await.unwrap_err();
    assert!(matches!(&error, Error::Tls { host, .. } if *host == storage.server.host), "{error:?}");

    let world = World::new(vec![registry.setting(), storage.setting()]).with_login("me", password("pw"));
    assert_eq!(read(&world.registries(), &registry.repository(), &due).await.unwrap().len(), 1000);
    let seen = storage.server.requests();
    assert!(seen.len() == 1 && seen[0].header("authorization").is_empty(), "{seen:?}");
    assert!(registry.server.requests().iter().any(|seen| !seen.header("authorization").is_empty()));
}

#[tokio::test]
async fn another_host_that_asks_for_a_password_gets_none() {
    let thief = Server::start(None, |_| Reply::new(401).with("www-authenticate", "Basic realm=x").act()).await;
    // Both speak plain HTTP, so only the host differs.
    let registry = Server::plain(leads_to(format!("http://{}/x", thief.host))).await;
    let world = World::new(vec![crate::support::insecure(&registry.host)]).with_login("me", password("pw"));
    let error = world.registries().tags(&repository(&registry.host, "a")).await.unwrap_err();
    assert!(matches!(&error, Error::Forbidden { host, .. } if *host == thief.host), "{error:?}");
    assert!(thief.requests().iter().all(|seen| seen.header("authorization").is_empty()));
}

/// Proves that a host which is led to cannot lead the credentials back to where they came from: they are gone.
#[tokio::test]
async fn credentials_do_not_come_back_by_a_detour() {
    let detour = Server::plain(|seen| {
        let back = seen.target.trim_start_matches("/back/").to_owned();
        Reply::new(302).with("location", format!("http://{back}")).act()
    })
    .await;
    let through = detour.host.clone();
    let registry = Server::plain(move |seen| match (seen.path(), seen.header("authorization")) {
        ("/elsewhere", _) => Reply::new(200).body(r#"{"tags": []}"#).act(),
        (_, "") => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        _ => Reply::new(302).with("location", format!("http://{through}/back/{}/elsewhere", seen.header("host"))).act(),
    })
    .await;
    let world = World::new(vec![crate::support::insecure(&registry.host)]).with_login("me", password("pw"));
    world.registries().tags(&repository(&registry.host, "a")).await.unwrap();
    let last = registry.requests().pop().unwrap();
    assert!(last.path() == "/elsewhere" && last.header("authorization").is_empty(), "{last:?}");
}

#[tokio::test]
async fn tls_is_not_left_by_a_redirect() {
    let plain = Server::plain(|_| Reply::new(200).body(r#"{"tags": []}"#).act()).await;
    for target in [format!("http://{}/x", plain.host), "file:///etc/passwd".into(), "//".into()] {
        let registry = Secured::start(leads_to(target.clone())).await;
        let world = registry.world().patient().with_login("me", password("pw"));
        let error = world.registries().tags(&registry.repository()).await.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{target}: {error:?}");
    }
    assert_eq!(plain.requests().len(), 0);
}

/// Proves the same for the place at which a registry wants a blob to be put.
#[tokio::test]
async fn an_upload_does_not_leave_tls() {
    let plain = Server::plain(|_| Reply::new(201).act()).await;
    let place = format!("http://{}/upload", plain.host);
    let registry = Secured::start(move |seen| match seen.method.as_str() {
        "HEAD" => Reply::new(404).act(),
        _ => Reply::new(202).with("location", place.clone()).act(),
    })
    .await;
    let content = windlass_registry::Content::Bytes(b"x".as_slice().into());
    let none = std::sync::Arc::new(|_| {});
    let error = registry.world().registries().push_blob(&registry.repository(), &blob(b"x"), &content, none).await.unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error:?}");
    assert_eq!(plain.requests().len(), 0);
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let registry = Secured::start(|seen| Reply::new(302).with("location", seen.target.clone()).act()).await;
    let error = registry.world().patient().registries().tags(&registry.repository()).await.unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error:?}");
    assert_eq!(registry.server.requests().len(), 6);
}

/// Proves that on one host, a redirect keeps the password: some registries move what they have.
#[tokio::test]
async fn a_redirect_on_one_host_keeps_the_credentials() {
    let store = Store::default();
    store.manifest("b", "1", b"{}");
    let registry = Secured::start(move |seen| match (seen.header("authorization"), seen.target.strip_prefix("/v2/a/")) {
        ("", _) => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        (_, Some(rest)) => Reply::new(301).with("location", format!("/v2/b/{rest}")).act(),
        _ => store.answer(seen),
    })
    .await;
    let world = registry.world().with_login("me", password("pw"));
    assert_eq!(world.registries().tags(&registry.repository()).await.unwrap(), ["1"]);
}
