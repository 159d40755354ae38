//! Signatures and other referrers: found by either way, and never taken for none when nobody said so.

use bytes::Bytes;
use serde_json::json;
use windlass_model::digest::Digest;
use windlass_registry::{Descriptor, Error};

use crate::server::{Act, Reply, Seen};
use crate::store::{Store, digest};
use crate::support::{Secured, repository};

const KIND: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn entry(content: &[u8], kind: &str) -> serde_json::Value {
    json!({"mediaType": crate::store::MANIFEST, "digest": digest(content), "size": content.len(), "artifactType": kind, "annotations": null})
}

fn index(entries: &[serde_json::Value]) -> Reply {
    Reply::new(200)
        .with("content-type", INDEX)
        .body(json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).to_string())
}

fn by_tag(seen: &Seen) -> bool {
    seen.path().ends_with(&format!("/manifests/{}", digest(b"subject").as_str().replace(':', "-")))
}

async fn found(answers: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Result<Vec<Digest>, Error> {
    let registry = Secured::start(answers).await;
    let found = registry.world().registries().referrers(&registry.repository(), &digest(b"subject"), KIND).await?;
    Ok(found.into_iter().map(|one| one.digest).collect())
}

#[tokio::test]
async fn the_api_is_asked_page_by_page_and_other_kinds_are_left_out() {
    let answers = |seen: &Seen| match seen.before {
        0 => index(&[entry(b"1", KIND), entry(b"sbom", "x/sbom")]).with("link", "<?page=2>; rel=next").act(),
        _ => index(&[entry(b"2", KIND)]).act(),
    };
    assert_eq!(found(answers).await.unwrap(), [digest(b"1"), digest(b"2")]);
}

#[tokio::test]
async fn without_an_api_the_tag_is_read() {
    for status in [404, 405, 501] {
        let answers = move |seen: &Seen| {
            if by_tag(seen) { index(&[entry(b"x", "x/y"), entry(b"1", KIND)]).act() } else { Reply::new(status).act() }
        };
        assert_eq!(found(answers).await.unwrap(), [digest(b"1")], "{status}");
    }
    assert_eq!(found(|_| Reply::new(404).act()).await.unwrap(), [], "neither: there are none");
    assert_eq!(found(|_| index(&[]).act()).await.unwrap(), [], "the API says so");
}

/// Proves that nothing but a word of the registry makes a manifest one without signatures.
#[tokio::test]
async fn a_failure_is_not_an_empty_list() {
    for reply in [
        Reply::new(400),
        Reply::new(401),
        Reply::new(403),
        Reply::new(500),
        Reply::new(429),
        Reply::new(200).body("<html>"),
        Reply::new(200).body(r#"{"manifests": 1}"#),
        Reply::new(200).body(r#"{"manifests": [{"digest": "sha256:1"}]}"#),
        Reply::new(204),
    ] {
        let (api, tag) = (reply.clone(), reply.clone());
        assert!(found(move |_| api.clone().act()).await.is_err(), "{reply:?}");
        let answers = move |seen: &Seen| if by_tag(seen) { tag.clone().act() } else { Reply::new(404).act() };
        assert!(found(answers).await.is_err(), "under the tag: {reply:?}");
    }
    assert!(found(|_| Act::Close).await.is_err());
}

#[tokio::test]
async fn a_list_without_an_end_is_left() {
    let answers = |seen: &Seen| {
        let entries: Vec<_> = (0..3000).map(|n| entry(format!("{}-{n}", seen.before).as_bytes(), KIND)).collect();
        index(&entries).with("link", format!("<?page={}>; rel=next", seen.before)).act()
    };
    assert!(matches!(found(answers).await, Err(Error::TooLarge { .. })));
}

fn descriptor(content: &[u8]) -> Descriptor {
    let (media_type, size) = (crate::store::MANIFEST.into(), content.len() as u64);
    Descriptor { media_type, digest: digest(content), size, artifact_type: Some(KIND.into()), annotations: Default::default() }
}

/// Proves that a signature that is pushed is found again where the registry has no API, beside those that are there, once.
#[tokio::test]
async fn what_is_pushed_without_an_api_is_found_by_the_tag() {
    let store = Store::default();
    let answering = store.clone();
    let registry = Secured::start(move |seen| answering.answer(seen)).await;
    let (registries, repository) = (registry.world().registries(), repository(&registry.server.host, "a"));
    let subject = digest(b"subject");
    for content in [b"{\"one\":1}", b"{\"two\":2}", b"{\"one\":1}"] {
        let bytes = Bytes::from_static(content);
        registries.push_referrer(&repository, &subject, &descriptor(content), &bytes).await.unwrap();
    }
    let found = registries.referrers(&repository, &subject, KIND).await.unwrap();
    let expected = [digest(b"{\"two\":2}"), digest(b"{\"one\":1}")];
    assert_eq!(found.iter().map(|one| &one.digest).collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    let manifest = registries.manifest(&repository, &expected[0]).await.unwrap();
    assert_eq!(&manifest.bytes[..], b"{\"two\":2}");
}

/// Proves that the tag is left alone where the registry enters referrers itself.
#[tokio::test]
async fn what_is_pushed_with_an_api_has_no_tag() {
    let registry = Secured::start(|seen| {
        Reply::new(201).with("oci-subject", digest(b"subject").as_str()).with("location", seen.target.clone()).act()
    })
    .await;
    let bytes = Bytes::from_static(b"{}");
    registry
        .world()
        .registries()
        .push_referrer(&registry.repository(), &digest(b"subject"), &descriptor(b"{}"), &bytes)
        .await
        .unwrap();
    let requests = registry.server.requests();
    let path = format!("/v2/a/manifests/{}", digest(b"{}"));
    assert!(requests.len() == 1 && requests[0].is("PUT", &path), "{requests:?}");
}

/// A registry that tells the type of the configuration in place of the referrer's own, or nothing, hides no signature.
#[tokio::test]
async fn what_is_told_without_its_kind_is_not_left_out() {
    let answers = |_: &Seen| {
        let mut untold = entry(b"2", KIND);
        untold.as_object_mut().unwrap().remove("artifactType");
        index(&[entry(b"1", "application/vnd.oci.empty.v1+json"), untold, entry(b"sbom", "x/sbom")]).act()
    };
    assert_eq!(found(answers).await.unwrap(), [digest(b"1"), digest(b"2")]);
}
