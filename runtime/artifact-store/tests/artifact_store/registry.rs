//! A store in a registry.

use std::sync::Arc;

use windlass_artifact_store::{RemoteError, StoreError};
use windlass_model::cache::StoreLocation;

use crate::server::{Act, Reply, Server};
use crate::store::Store as Content;
use crate::support::{self, insecure};
use crate::world::{TIME, World, there_and_back};

fn at(host: &str) -> StoreLocation {
    StoreLocation::Registry(format!("{host}/ci/artifacts"))
}

fn machine(host: &str) -> World {
    let registries = support::World::new(vec![insecure(host)]);
    World { registries: Arc::new(registries.registries()), ..World::new() }
}

/// A registry that does what it should, and its content.
async fn plain() -> (Server, Content) {
    let content = Content::default();
    let shared = content.clone();
    (Server::plain(move |seen| shared.answer(seen)).await, content)
}

#[tokio::test]
async fn what_a_run_has_sent_another_machine_lists_and_fetches() {
    let (server, _) = plain().await;
    there_and_back(&machine(&server.host), &machine(&server.host), &at(&server.host)).await;
    let pushed = server.requests().into_iter().find(|seen| seen.is("PUT", "/manifests/a-")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&pushed.body).unwrap();
    assert_eq!(manifest["artifactType"], "application/vnd.windlass.artifacts.v1");
    assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(2), "the list and the archive: {manifest}");
}

/// The manifest is what makes it an artifact: it comes last.
#[tokio::test]
async fn what_is_cut_in_the_middle_is_not_listed() {
    let content = Content::default();
    let shared = content.clone();
    let server = Server::plain(move |seen| match seen.method.as_str() {
        "PUT" | "PATCH" if seen.body.len() > 4096 => Act::Close,
        "PUT" if seen.path().contains("/manifests/") => panic!("a manifest of what did not come"),
        _ => shared.answer(seen),
    })
    .await;
    let world = machine(&server.host);
    let (store, artifact) = world.collected("run", "t", &[("x", &support::bytes(1 << 20))]);
    let remote = world.open(&at(&server.host)).await;
    let error = remote.send(&store, &artifact, TIME).await.unwrap_err();
    assert!(matches!(error, StoreError::Remote(_)), "{error:?}");
    assert!(remote.list(None).await.unwrap().runs.is_empty());
    assert!(store.path("t/logs/x").exists(), "what was collected stays");
}

#[tokio::test]
async fn a_registry_that_does_not_let_us_in_or_does_not_answer_is_told_as_that() {
    let server = Server::plain(|_| Reply::new(403).body(r#"{"errors":[{"code":"DENIED","message":"no"}]}"#).act()).await;
    let world = machine(&server.host);
    let (store, artifact) = world.collected("run", "t", &[("x", b"x")]);
    let error = world.open(&at(&server.host)).await.send(&store, &artifact, TIME).await.unwrap_err();
    assert!(matches!(error, StoreError::Remote(RemoteError::Refused { .. })), "{error:?}");
    assert!(error.to_string().contains("refuses the credentials"), "{error}");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let world = machine(&nobody);
    let (store, artifact) = world.collected("run", "t", &[("x", b"x")]);
    let remote = world.open(&at(&nobody)).await;
    let error = remote.send(&store, &artifact, TIME).await.unwrap_err();
    assert!(matches!(error, StoreError::Remote(RemoteError::Unreachable { .. })), "{error:?}");
    assert!(matches!(remote.list(None).await, Err(StoreError::Remote(RemoteError::Unreachable { .. }))));
}
