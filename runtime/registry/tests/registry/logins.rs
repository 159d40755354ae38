//! Passwords and tokens: to whom they go, and what is said when they are not enough.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use windlass_registry::Error;
use windlass_registry::credentials::{Configured, CredentialsError, Secret};

use crate::server::{Act, Reply, Seen, Server};
use crate::store::{Store, parameter};
use crate::support::{Secured, World, insecure, password, repository};

/// A registry that wants a token of a service.
fn wants_token(realm: String, store: Store) -> impl Fn(&Seen) -> Act + Send + Sync + 'static {
    move |seen| match seen.header("authorization") {
        "Bearer good" => store.answer(seen),
        _ => {
            let header = format!(r#"Bearer realm="{realm}",service="the registry",scope="repository:a:pull""#);
            Reply::new(401).with("www-authenticate", header).act()
        }
    }
}

fn store() -> Store {
    let store = Store::default();
    store.manifest("a", "1", b"{}");
    store
}

#[tokio::test]
async fn a_password_is_shown_when_it_is_asked_for() {
    let store = store();
    let registry = Secured::start(move |seen| match seen.header("authorization") {
        "Basic bWU6cHc=" => store.answer(seen),
        _ => Reply::new(401).with("www-authenticate", "Basic realm=\"x\"").act(),
    })
    .await;
    let registries = registry.world().with_login("me", password("pw")).registries();
    registries.resolve(&registry.repository(), "1").await.unwrap();
    registries.tags(&registry.repository()).await.unwrap();
    assert_eq!(registry.server.requests().len(), 3, "it is kept");

    let wrong = registry.world().with_login("me", password("wrong")).patient().registries();
    let error = wrong.resolve(&registry.repository(), "1").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    assert!(error.to_string().contains("refuses user `me` (from the tests)") && error.to_string().contains("log in"), "{error}");
    let error = registry.world().registries().resolve(&registry.repository(), "1").await.unwrap_err();
    assert!(matches!(error, Error::NoCredentials { .. }) && error.to_string().contains("docker login"), "{error:?}");
}

/// Proves the whole way of a token: asked for with the password, for what is needed, used, kept, and replaced when it is refused.
#[tokio::test]
async fn a_token_is_got_with_the_password() {
    let service = Secured::start(|seen| match seen.header("authorization") {
        "Basic bWU6cHc=" => Reply::new(200).body(r#"{"access_token": "good", "expires_in": 300}"#).act(),
        "" => Reply::new(200).body(r#"{"token": "for anybody"}"#).act(),
        _ => Reply::new(401).body(r#"{"errors": [{"code": "UNAUTHORIZED", "message": "who?"}]}"#).act(),
    })
    .await;
    let registry = Secured::start(wants_token(format!("https://{}/token", service.server.host), store())).await;
    let world = || World::new(vec![registry.setting(), service.setting()]);

    let registries = world().with_login("me", password("pw")).registries();
    registries.resolve(&registry.repository(), "1").await.unwrap();
    registries.resolve(&registry.repository(), "1").await.unwrap();
    assert_eq!((service.server.requests().len(), registry.server.requests().len()), (1, 3));
    let asked = service.server.requests().remove(0);
    assert_eq!(parameter(&asked, "service").as_deref(), Some("the registry"));
    assert_eq!(parameter(&asked, "scope").as_deref(), Some("repository:a:pull"));

    let error = world().with_login("me", password("no")).registries().resolve(&registry.repository(), "1").await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }) && error.to_string().contains("(UNAUTHORIZED: who?)"), "{error:?}");
    let error = world().registries().resolve(&registry.repository(), "1").await.unwrap_err();
    assert!(matches!(error, Error::NoCredentials { .. }), "{error:?}");
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let service = Server::plain(|seen| {
        let body = String::from_utf8_lossy(&seen.body).into_owned();
        let right =
            seen.method == "POST" && body.contains("grant_type=refresh_token") && body.contains("refresh_token=re%2Ffresh");
        if right && body.contains("scope=repository%3Aa%3Apull") {
            Reply::new(200).body(r#"{"access_token": "good"}"#).act()
        } else {
            Reply::new(400).act()
        }
    })
    .await;
    let registry = Server::plain(wants_token(format!("http://{}/token", service.host), store())).await;
    let world = World::new(vec![insecure(&registry.host), insecure(&service.host)]);
    let registries = world.with_login("<token>", Secret::Identity("re/fresh".to_owned().into())).registries();
    registries.resolve(&repository(&registry.host, "a"), "1").await.unwrap();
}

/// Proves that a service that is led to gets no refresh token, which is in the body and not in a header.
#[tokio::test]
async fn an_identity_token_goes_nowhere_else() {
    let thief = Server::plain(|_| Reply::new(200).body(r#"{"token": "good"}"#).act()).await;
    let place = format!("http://{}/", thief.host);
    let service = Server::plain(move |_| Reply::new(307).with("location", place.clone()).act()).await;
    let registry = Server::plain(wants_token(format!("http://{}/token", service.host), store())).await;
    let world = World::new([&registry, &service, &thief].map(|server| insecure(&server.host)).to_vec());
    let registries = world.with_login("<token>", Secret::Identity("refresh".to_owned().into())).registries();
    let error = registries.resolve(&repository(&registry.host, "a"), "1").await.unwrap_err();
    assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
    assert_eq!(thief.requests().len(), 0);
}

/// Proves that a registry with TLS cannot have the password sent in the clear, to itself or anybody.
#[tokio::test]
async fn a_token_service_without_tls_gets_nothing() {
    let service = Server::plain(|_| Reply::new(200).body(r#"{"token": "good"}"#).act()).await;
    let registry = Secured::start(wants_token(format!("http://{}/token", service.host), store())).await;
    // Not even where the service is called insecure: the registry is not.
    for settings in [vec![registry.setting()], vec![registry.setting(), insecure(&service.host)]] {
        let world = World::new(settings).with_login("me", password("pw"));
        let error = world.registries().resolve(&registry.repository(), "1").await.unwrap_err();
        assert!(matches!(error, Error::PlainTokenService { .. }), "{error:?}");
        assert!(error.to_string().contains(&service.host), "{error}");
    }
    assert_eq!(service.requests().len(), 0);
}

/// Proves that a registry without TLS may name itself, and what the settings call insecure, and nobody else.
#[tokio::test]
async fn an_insecure_registry_may_name_what_is_insecure_too() {
    let service = Server::plain(|_| Reply::new(200).body(r#"{"token": "good"}"#).act()).await;
    // By another name, the same machine is another host.
    let by_name = service.host.replace("127.0.0.1", "localhost");
    let registry = Server::plain(wants_token(format!("http://{by_name}/token"), store())).await;
    let place = repository(&registry.host, "a");
    let alone = World::new(vec![insecure(&registry.host)]).with_login("me", password("pw")).registries();
    let error = alone.resolve(&place, "1").await.unwrap_err();
    assert!(matches!(error, Error::PlainTokenService { .. }), "{error:?}");
    let both = World::new(vec![insecure(&registry.host), insecure(&by_name)]).with_login("me", password("pw")).registries();
    both.resolve(&place, "1").await.unwrap();
}

/// Proves that a registry of which any certificate will do cannot name a token service of which any will do, too.
#[tokio::test]
async fn an_insecure_registry_makes_nobody_else_insecure() {
    let service = Secured::start(|_| Reply::new(200).body(r#"{"token": "good"}"#).act()).await;
    // By another name, the same machine is another host, for which the certificate is not.
    let by_name = service.server.host.replace("127.0.0.1", "localhost");
    let registry = Secured::start(wants_token(format!("https://{by_name}/token"), store())).await;
    let own = || insecure(&registry.server.host);
    let alone = World::new(vec![own()]).with_login("me", password("pw")).registries();
    let error = alone.resolve(&registry.repository(), "1").await.unwrap_err();
    assert!(matches!(&error, Error::Tls { host, .. } if *host == by_name), "{error:?}");
    assert_eq!(service.server.requests().len(), 0);
    let both = World::new(vec![own(), insecure(&by_name)]).with_login("me", password("pw")).registries();
    both.resolve(&registry.repository(), "1").await.unwrap();
}

/// Proves that the lack of a right is told from wrong credentials.
#[tokio::test]
async fn a_token_that_is_not_enough_is_a_lack_of_rights() {
    let service = Server::plain(|_| Reply::new(200).body(r#"{"token": "weak"}"#).act()).await;
    let realm = format!("http://{}/token", service.host);
    let registry = Server::plain(move |seen| {
        let error = if seen.header("authorization").is_empty() { "" } else { r#",error="insufficient_scope""# };
        Reply::new(401).with("www-authenticate", format!(r#"Bearer realm="{realm}"{error}"#)).act()
    })
    .await;
    let world = || World::new(vec![insecure(&registry.host), insecure(&service.host)]);
    let error = world().with_login("me", password("pw")).registries().tags(&repository(&registry.host, "a")).await.unwrap_err();
    assert!(matches!(&error, Error::Forbidden { login, .. } if login.contains("`me`")), "{error:?}");
    let error = world().registries().tags(&repository(&registry.host, "a")).await.unwrap_err();
    assert!(matches!(error, Error::NoCredentials { .. }), "{error:?}");
}

#[tokio::test]
async fn nonsense_of_a_token_service_is_refused() {
    for answer in ["", "{}", r#"{"token": ""}"#, r#"{"token": "a\nb: c"}"#, "[]"] {
        let service = Server::plain(move |_| Reply::new(200).body(answer).act()).await;
        let registry = Server::plain(wants_token(format!("http://{}/token", service.host), store())).await;
        let world = World::new(vec![insecure(&registry.host), insecure(&service.host)]);
        let error = world.registries().tags(&repository(&registry.host, "a")).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{answer}: {error:?}");
    }
}

/// Proves that a helper that is broken matters only where a login does: what anybody may read is read.
#[tokio::test]
async fn a_broken_helper_is_the_cause_only_where_a_login_is_needed() {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("docker-credential-broken");
    fs::write(&program, "#!/bin/sh\necho locked; exit 1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(home.path().join("config.json"), r#"{"credsStore": "broken"}"#).unwrap();
    let path = format!("{}:/usr/bin:/bin", home.path().display());
    let configured = Configured::of(|name| match name {
        "DOCKER_CONFIG" => Some(home.path().into()),
        "PATH" => Some(path.clone().into()),
        _ => None,
    });
    for (answer, read) in [(r#"{"token": "good"}"#, true), (r#"{"token": "bad"}"#, false)] {
        let service = Server::plain(move |_| Reply::new(200).body(answer).act()).await;
        let registry = Server::plain(wants_token(format!("http://{}/token", service.host), store())).await;
        let mut world = World::new(vec![insecure(&registry.host), insecure(&service.host)]);
        world.settings.credentials = Arc::new(configured.clone());
        let found = world.registries().resolve(&repository(&registry.host, "a"), "1").await;
        assert_eq!(found.is_ok(), read, "{found:?}");
        if let Err(error) = found {
            assert!(matches!(error, Error::Credentials(CredentialsError::HelperFails { .. })), "{error:?}");
            assert!(error.to_string().contains("failed: locked"), "{error}");
        }
    }
}
