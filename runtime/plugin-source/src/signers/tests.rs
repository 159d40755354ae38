use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::SigningKey as _;
use serde_json::{Value, json};
use windlass_artifact::blob::Artifact;
use windlass_artifact::bundle;
use windlass_artifact::component::{About, Component, Form, Options};
use windlass_artifact::layout::Contents;
use windlass_artifact::signature::{SIGN_PREDICATE, SigningKey, attach, sign};
use windlass_model::pattern::Pattern;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::SignedBy;
use windlass_plugin_store::lock::Lock;
use windlass_registry::credentials::Configured;
use windlass_registry::{Observer, Proxies, Registries};

use super::*;
use crate::{Bundled, Locking, PluginSource, Settings};

/// The smallest component there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

struct Silent;

impl Observer for Silent {
    fn asks_again(&self, _: &windlass_registry::Error, _: std::time::Duration) {}
    fn passes_over(&self, _: &str, _: &windlass_registry::Error) {}
}

/// A registry of this machine without TLS.
fn reached(host: &str) -> Arc<Registries> {
    let host = host.to_owned();
    let registries = vec![windlass_model::pod::Registry { host, insecure: true, certificate: None, mirrors: Vec::new() }];
    Arc::new(Registries::new(windlass_registry::Settings {
        registries,
        proxies: Proxies::of(|_| None).unwrap_or_else(|error| panic!("{error}")),
        credentials: Arc::new(Configured::of(|_: &str| None)),
        patience: std::time::Duration::ZERO,
        largest_blob: 1 << 20,
        observer: Arc::new(Silent),
        redactor: windlass_redact::Redactor::default(),
    }))
}

fn plugin(name: &str) -> Component {
    let about = About { name, version: "1.0.0", description: "", kind: PluginKind::Step };
    Component::pack(COMPONENT, &about, &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn packed(names: &[&str], settings: Option<&str>) -> Artifact {
    let plugins = names.iter().map(|name| plugin(name));
    bundle::pack(plugins, settings, &bundle::About::default(), Form::Standard).unwrap_or_else(|e| panic!("{e}"))
}

fn written(artifact: &Artifact, signatures: &[Artifact], path: &Path) {
    let mut contents = Contents::default();
    contents.add(artifact, None);
    signatures.iter().for_each(|signature| contents.add(signature, None));
    contents.write(path).unwrap_or_else(|e| panic!("{e}"));
}

fn key() -> (SigningKey, rcgen::KeyPair) {
    let pair = rcgen::KeyPair::generate().unwrap_or_else(|e| panic!("{e}"));
    (SigningKey::from_pem(&pair.serialize_pem()).unwrap_or_else(|e| panic!("{e}")), pair)
}

fn by(key: &SigningKey, artifact: &Artifact) -> Artifact {
    let bundle = sign(artifact.digest(), key).unwrap_or_else(|e| panic!("{e}"));
    attach(&artifact.root.descriptor, bundle)
}

/// A statement of another kind about an artifact, truly signed.
fn says(predicate: &str, pair: &rcgen::KeyPair, artifact: &Artifact) -> Artifact {
    const PAYLOAD: &str = "application/vnd.in-toto+json";
    let payload = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": artifact.digest().as_str().trim_start_matches("sha256:")}}],
        "predicateType": predicate,
        "predicate": {},
    });
    let payload = payload.to_string();
    let signed = format!("DSSEv1 {} {PAYLOAD} {} {payload}", PAYLOAD.len(), payload.len());
    let signature = pair.sign(signed.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
    let bundle: Value = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(&payload),
            "payloadType": PAYLOAD,
            "signatures": [{"sig": STANDARD.encode(signature)}],
        },
    });
    attach(&artifact.root.descriptor, bundle.to_string().into_bytes())
}

fn signer(key: &SigningKey, reach: &str) -> Signer {
    let said = TrustedSigner {
        name: "ci".into(),
        by: SignedBy::Key { file: "ci.pub".into() },
        reach: vec![Pattern(reach.to_owned())],
        settings: true,
        plugins: Vec::new(),
    };
    let public = PublicKey::from_pem(&key.public().to_pem()).unwrap_or_else(|e| panic!("{e}"));
    Signer { file: "windlass.yaml".into(), said, known: Known::Key(public) }
}

fn source(layout: &Path, signers: Vec<Signer>) -> PluginSource {
    let bundled = Bundled { reference: PluginReference::file(&layout.to_string_lossy()), base: PathBuf::new() };
    PluginSource::new(Settings {
        registries: reached("nowhere.invalid"),
        store: None,
        vendored: None,
        bundles: [("corp".to_owned(), bundled)].into(),
        lock: Lock::default(),
        locking: Locking::Open,
        signers,
        anew: false,
        offline: true,
        progress: Arc::new(|_, _, _| {}),
    })
}

async fn verdict(artifact: &Artifact, signatures: &[Artifact], signer: Signer) -> Verdict {
    let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let layout = directory.path().join("bundle");
    written(artifact, signatures, &layout);
    let reference = PluginReference::Member { bundle: "corp".into(), plugin: "scan".into() };
    let found = source(&layout, vec![signer]).component(&reference, Path::new("")).await.unwrap_or_else(|e| panic!("{e}"));
    let [only] = <[Vouching; 1]>::try_from(found.signers).unwrap_or_else(|all| panic!("{all:?}"));
    only.verdict
}

/// Each in its own words, and none of them grants anything.
#[tokio::test]
async fn every_signature_that_does_not_count_says_why() {
    let ((ours, pair), (theirs, _)) = (key(), key());
    let (bundle, other) = (packed(&["scan", "login"], None), packed(&["scan"], None));
    let broken = attach(&bundle.root.descriptor, b"{}".to_vec());
    let moved = attach(&bundle.root.descriptor, sign(other.digest(), &ours).unwrap_or_else(|e| panic!("{e}")));
    for (signatures, words) in [
        (vec![], "it is not signed"),
        (vec![by(&theirs, &bundle)], "it is signed with another key"),
        (vec![moved], "it was made for another artifact"),
        (vec![by(&ours, &other)], "it is not signed"),
        (vec![says("https://spdx.dev/Document", &pair, &bundle)], "what is signed of it is `https://spdx.dev/Document`"),
        (vec![broken], "its signature cannot be read"),
    ] {
        match verdict(&bundle, &signatures, signer(&ours, "*")).await {
            Verdict::Unsigned(why) => assert!(why.contains(words), "{words}: {why}"),
            other => panic!("{words}: {other:?}"),
        }
    }
    for signatures in [vec![by(&ours, &bundle)], vec![by(&theirs, &bundle), says(SIGN_PREDICATE, &pair, &bundle)]] {
        let counts = verdict(&bundle, &signatures, signer(&ours, "*")).await;
        assert_eq!(counts, Verdict::Signed(format!("key {}", ours.public().fingerprint())));
    }
    let beyond = verdict(&bundle, &[by(&ours, &bundle)], signer(&ours, "r.corp/*")).await;
    assert!(matches!(&beyond, Verdict::OutOfReach(place) if place.ends_with("/bundle")), "{beyond:?}");
}

/// Who has signed one plugin vouches for it in any bundle, and for nothing else of that bundle.
#[tokio::test]
async fn a_plugin_that_is_signed_by_itself_is_signed_in_a_bundle_of_others() {
    let (ours, _) = key();
    let (bundle, scan) = (packed(&["scan", "login"], Some("pull_policy: never\n")), plugin("scan").artifact);
    let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let layout = directory.path().join("bundle");
    written(&bundle, &[by(&ours, &scan)], &layout);
    let source = source(&layout, vec![signer(&ours, "*")]);
    let of = |plugin: &str| PluginReference::Member { bundle: "corp".into(), plugin: plugin.into() };
    for (name, expected) in [("scan", true), ("login", false)] {
        let found = source.component(&of(name), Path::new("")).await.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.signers.iter().any(Vouching::counts), expected, "{name}");
    }
    let settings = source.settings_of("corp").await.unwrap_or_else(|e| panic!("{e}")).unwrap_or_else(|| panic!("settings"));
    assert_eq!((settings.text.as_str(), settings.vouched.signer), ("pull_policy: never\n", None), "they are not scan's");
    assert_eq!(source.with_settings().len(), 1);
}

/// Where nobody may be asked, that is not taken for "not signed".
#[test]
fn what_nobody_was_asked_for_is_told_as_that() {
    let (ours, _) = key();
    let documents = [Signed { digest: Digest::of(b"x"), heard: Heard::Nothing }];
    let vouched = judge(&[signer(&ours, "*")], "r.corp/ci", &documents);
    assert!(matches!(&vouched.by[0].verdict, Verdict::Unsigned(why) if why.contains("--offline")), "{vouched:?}");
    assert!(matches!(&of_bare(&[signer(&ours, "*")])[0].verdict, Verdict::Bare(why) if why.contains("bare component")));
}

/// A registry that answers everything alike, from a thread that ends with the test.
fn registry(status: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap_or_else(|e| panic!("{e}"));
    let address = listener.local_addr().unwrap_or_else(|e| panic!("{e}"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes());
        }
    });
    address.to_string()
}

/// Never "not signed": only a registry that says that there are none has none, and that is remembered.
#[tokio::test]
async fn a_registry_that_does_not_say_who_has_signed_is_an_error() {
    let (ours, _) = key();
    let scan = plugin("scan").artifact;
    for (status, is_known) in [("500 Internal Server Error", false), ("403 Forbidden", false), ("404 Not Found", true)] {
        let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let store = windlass_plugin_store::store::Store::open(directory.path()).unwrap_or_else(|e| panic!("{e}"));
        store.put_all(&scan).unwrap_or_else(|e| panic!("{e}"));
        let host = registry(status);
        let reference =
            PluginReference::parse(&format!("oci://{host}/ci/scan@{}", scan.digest())).unwrap_or_else(|e| panic!("{e}"));
        let of = |offline| {
            let mut source = source(Path::new(""), vec![signer(&ours, &format!("{host}/ci/*"))]);
            source.settings.registries = reached(&host);
            source.settings.store = Some(directory.path().to_owned());
            source.settings.offline = offline;
            source
        };
        let found = of(false).component(&reference, Path::new("")).await;
        match found {
            Ok(found) => {
                assert!(is_known, "{status}: {found:?}");
                assert!(matches!(&found.signers[0].verdict, Verdict::Unsigned(why) if why.contains("it is not signed")));
            }
            Err(error) => assert!(!is_known, "{status}: {error}"),
        }
        assert_eq!(store.knows_signatures(scan.digest()), is_known, "{status}");
        let offline = of(true).component(&reference, Path::new("")).await.unwrap_or_else(|e| panic!("{e}"));
        let words = if is_known { "it is not signed" } else { "none was asked before" };
        assert!(matches!(&offline.signers[0].verdict, Verdict::Unsigned(why) if why.contains(words)), "{offline:?}");
        // What is kept is enough for any later run.
        store.attach_all(scan.digest(), [&by(&ours, &scan)]).unwrap_or_else(|e| panic!("{e}"));
        let signed = of(true).component(&reference, Path::new("")).await.unwrap_or_else(|e| panic!("{e}"));
        assert!(signed.signers[0].counts() && signed.origin.is_some_and(|origin| origin.signer.is_some()), "{status}");
    }
}
