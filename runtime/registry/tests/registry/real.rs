//! The real registries: Debian's docker-registry with TLS and a password, behind a token service, without either, and with a
//! certificate that has expired. `tests/cluster/env.sh` says where they are.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::json;
use windlass_model::pod::Registry;
use windlass_registry::{Content, Descriptor, Error, Registries, Repository, TlsProblem, Version};

use crate::proxy::Proxy;
use crate::store::{MANIFEST, digest};
use crate::support::{World, blob, bytes, insecure, password, read, repository};

const KIND: &str = "application/vnd.example.note+json";

fn required(name: &str) -> String {
    let value = std::env::var(format!("WINDLASS_TEST_{name}")).unwrap_or_default();
    assert!(!value.is_empty(), "WINDLASS_TEST_{name} is not set; tests/run.sh starts what it names");
    value
}

/// The registries that stand for others: a proxy leads to them, for on this machine, their name is of the real one.
struct Real {
    proxy: Proxy,
    hosts: Vec<String>,
    authority: String,
}

impl Real {
    async fn new() -> Self {
        let (name, address) = (required("REGISTRY_NAME"), required("REGISTRY_ADDRESS"));
        let own = name.clone();
        let place = move |target: &str| {
            let port = target.strip_prefix(&own)?.strip_prefix(':')?;
            Some(format!("{address}:{port}"))
        };
        let hosts = vec![name, required("REGISTRY_TOKEN"), required("REGISTRY_EXPIRED")];
        let authority = std::fs::read_to_string(required("REGISTRY_CA")).unwrap();
        Self { proxy: Proxy::start(place).await, hosts, authority }
    }

    fn world(&self) -> World {
        let trusting = |host: &String| Registry {
            host: host.clone(),
            insecure: false,
            certificate: Some(self.authority.clone()),
            mirrors: Vec::new(),
        };
        let mut world = World::new(self.hosts.iter().map(trusting).collect());
        world.settings.proxies = self.proxy.named(&[]);
        world.patient()
    }
}

fn secret() -> String {
    std::fs::read_to_string(required("REGISTRY_PASSWORD_FILE")).unwrap()
}

/// A name that no other run of the tests has.
fn unique() -> String {
    format!("t{}-{}", std::process::id(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos())
}

/// Writes what a plugin is made of, reads it, signs it, and finds the signature.
async fn goes_there_and_back(registries: &Registries, to: &Repository) {
    let content = [bytes(3_000_000), to.to_string().into_bytes()].concat();
    for part in [&content[..], b"{}"] {
        let sent = Content::Bytes(part.to_vec().into());
        registries.push_blob(to, &blob(part), &sent, Arc::new(|_| {})).await.unwrap();
    }
    let entry = |kind: &str, content: &[u8]| json!({"mediaType": kind, "digest": digest(content), "size": content.len()});
    let manifest = |subject: Option<serde_json::Value>| {
        let layers = [entry("application/wasm", &content)];
        let config = entry("application/vnd.wasm.config.v0+json", b"{}");
        let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
        if let Some(subject) = subject {
            manifest["subject"] = subject;
        }
        Bytes::from(manifest.to_string())
    };
    let bytes = manifest(None);
    let pushed = registries.push_manifest(to, &Version::Tag("1.0.0".into()), MANIFEST, &bytes).await.unwrap();
    assert_eq!(registries.resolve(to, "1.0.0").await.unwrap(), pushed);
    assert_eq!(registries.tags(to).await.unwrap(), ["1.0.0"]);
    let found = registries.manifest(to, &pushed).await.unwrap();
    assert_eq!((found.bytes, found.media_type.as_str()), (bytes.clone(), MANIFEST));
    assert!(read(registries, to, &blob(&content)).await.unwrap() == content);

    assert!(registries.referrers(to, &pushed, KIND).await.unwrap().is_empty());
    let note = manifest(Some(entry(MANIFEST, &bytes)));
    let descriptor = Descriptor {
        media_type: MANIFEST.into(),
        digest: digest(&note),
        size: note.len() as u64,
        artifact_type: Some(KIND.into()),
        annotations: Default::default(),
    };
    registries.push_referrer(to, &pushed, &descriptor, &note).await.unwrap();
    assert_eq!(registries.referrers(to, &pushed, KIND).await.unwrap(), [descriptor]);

    let error = registries.resolve(to, "none").await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    let error = read(registries, to, &blob(b"none")).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the container engine that tests/run.sh starts"]
async fn a_registry_with_a_password_is_written_and_read() {
    let real = Real::new().await;
    let (user, host) = (required("REGISTRY_USER"), required("REGISTRY_NAME"));
    let to = repository(&host, &format!("registry/{}", unique()));
    let registries = real.world().with_login(&user, password(&secret())).registries();
    goes_there_and_back(&registries, &to).await;
    let other = repository(&host, &format!("registry/{}", unique()));
    assert!(registries.mount(&other, &to, &digest(b"{}")).await.unwrap());
    assert_eq!(read(&registries, &other, &blob(b"{}")).await.unwrap(), b"{}");

    let error = real.world().with_login(&user, password("wrong")).registries().tags(&to).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }) && error.to_string().contains(&user), "{error:?}");
    let error = real.world().registries().tags(&to).await.unwrap_err();
    assert!(matches!(error, Error::NoCredentials { .. }), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the container engine that tests/run.sh starts"]
async fn a_registry_behind_a_token_service_is_written_and_read() {
    let real = Real::new().await;
    let (user, host) = (required("REGISTRY_TOKEN_USER"), required("REGISTRY_TOKEN"));
    let to = repository(&host, &format!("{user}/{}", unique()));
    let registries = real.world().with_login(&user, password(&secret())).registries();
    goes_there_and_back(&registries, &to).await;

    let error = real.world().with_login(&user, password("wrong")).registries().tags(&to).await.unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error:?}");
    let foreign = repository(&host, &format!("foreign/{}", unique()));
    let sent = Content::Bytes(b"x".as_slice().into());
    let error = registries.push_blob(&foreign, &blob(b"x"), &sent, Arc::new(|_| {})).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden { .. }) && error.to_string().contains("to write"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the container engine that tests/run.sh starts"]
async fn a_registry_of_which_the_certificate_expired_is_refused() {
    let real = Real::new().await;
    let error = real.world().registries().tags(&repository(&required("REGISTRY_EXPIRED"), "a")).await.unwrap_err();
    assert!(matches!(error, Error::Tls { problem: TlsProblem::Expired { .. }, .. }), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the container engine that tests/run.sh starts"]
async fn a_registry_without_tls_is_used_only_when_it_is_called_insecure() {
    let host = required("REGISTRY_PLAIN");
    let to = repository(&host, &format!("registry/{}", unique()));
    goes_there_and_back(&World::new(vec![insecure(&host)]).patient().registries(), &to).await;
    let error = World::new(vec![]).patient().registries().tags(&to).await.unwrap_err();
    assert!(matches!(error, Error::PlainHttp { .. }), "{error:?}");
}
