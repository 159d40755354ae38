//! Whom a registry must be to be believed.

use windlass_registry::{Error, TlsProblem};

use crate::certificates::{Authority, Certificate, GOOD};
use crate::server::{NobodyListens, Reply, Server};
use crate::store::Store;
use crate::support::{Secured, World, insecure, password, repository, trusting};

/// Proves that each thing that is wrong with a certificate is said, with what to do, and nothing is asked.
#[tokio::test]
async fn a_certificate_that_will_not_do_is_refused_with_the_reason() {
    for (certificate, words) in [
        (Certificate { name: "127.0.0.1", years: (2001, 2002) }, ["expired on Tue, 01 Jan 2002", "clock"]),
        (Certificate { name: "127.0.0.1", years: (2098, 2099) }, ["not valid before Wed, 01 Jan 2098", "set the clock"]),
        (Certificate { name: "gcr.io", years: GOOD.years }, ["for another name", "use the name"]),
    ] {
        let authority = Authority::new();
        let server = Server::start(Some(authority.tls(&certificate)), |_| Reply::new(200).act()).await;
        let world = World::new(vec![trusting(&server.host, &authority)]).patient().with_login("me", password("pw"));
        let error = world.registries().resolve(&repository(&server.host, "a"), "1").await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        assert!(text.contains(&server.host) && words.iter().all(|word| text.contains(word)), "{text}");
        assert_eq!(server.requests().len(), 0);
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_another_one_does_not_help() {
    let registry = Secured::start(|_| Reply::new(200).act()).await;
    let host = &registry.server.host;
    for settings in [vec![], vec![trusting(host, &Authority::new())], vec![trusting("127.0.0.1:1", &registry.authority)]] {
        let error = World::new(settings).registries().resolve(&registry.repository(), "1").await.unwrap_err();
        assert!(matches!(error, Error::Tls { problem: TlsProblem::UnknownAuthority, .. }), "{error:?}");
        assert!(error.to_string().contains("`ca_file`"), "{error}");
    }
}

/// Proves that a registry which speaks plain HTTP is not spoken to, on the loopback either, unless the settings say so.
#[tokio::test]
async fn plain_http_where_tls_is_due_is_refused() {
    let store = Store::default();
    let due = store.manifest("a", "1", b"{}");
    let server = Server::plain(move |seen| store.answer(seen)).await;
    let place = repository(&server.host, "a");
    let world = World::new(vec![trusting(&server.host, &Authority::new())]).with_login("me", password("pw"));
    let error = world.registries().resolve(&place, "1").await.unwrap_err();
    assert!(matches!(error, Error::PlainHttp { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("registries: {{{}: {{insecure: true}}}}", server.host)), "{error}");
    let error = World::new(vec![]).registries().resolve(&place, "1").await.unwrap_err();
    assert!(matches!(error, Error::PlainHttp { .. }), "{error:?}");
    let found = World::new(vec![insecure(&server.host)]).registries().resolve(&place, "1").await.unwrap();
    assert_eq!(found, due);
}

/// Proves that a registry that is called insecure is spoken to over TLS where it can, whatever its certificate.
#[tokio::test]
async fn an_insecure_registry_may_have_any_certificate() {
    let store = Store::default();
    let due = store.manifest("a", "1", b"{}");
    let authority = Authority::new();
    let over = Certificate { name: "gcr.io", years: (2001, 2002) };
    let server = Server::start(Some(authority.tls(&over)), move |seen| store.answer(seen)).await;
    let world = World::new(vec![insecure(&server.host)]);
    assert_eq!(world.registries().resolve(&repository(&server.host, "a"), "1").await.unwrap(), due);
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_unreachable() {
    let gone = NobodyListens::new();
    for settings in [vec![], vec![insecure(&gone.host)]] {
        let error = World::new(settings).registries().tags(&repository(&gone.host, "a")).await.unwrap_err();
        assert!(matches!(error, Error::NotListening { .. }) && error.to_string().contains(&gone.host), "{error:?}");
    }
    let error = World::new(vec![]).registries().tags(&repository("registry.invalid", "a")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}
