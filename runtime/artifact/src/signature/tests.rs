use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sigstore_verify::types::pae;

use super::*;
use crate::blob::{Artifact, Descriptor};
use crate::layout::{Contents, Layout};
use crate::media;

mod keyless;

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn p256() -> SigningKey {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new());
    let der = der.unwrap_or_else(|e| panic!("{e}"));
    SigningKey::from_pem(&pem("PRIVATE KEY", der.as_ref())).unwrap_or_else(|e| panic!("{e}"))
}

/// Both forms of PKCS#8 that programs write: with and without the public half.
fn ed25519(version: u8) -> SigningKey {
    let random = SystemRandom::new();
    let der = if version == 1 { Ed25519KeyPair::generate_pkcs8v1(&random) } else { Ed25519KeyPair::generate_pkcs8(&random) };
    SigningKey::from_pem(&pem("PRIVATE KEY", der.unwrap_or_else(|e| panic!("{e}")).as_ref())).unwrap_or_else(|e| panic!("{e}"))
}

fn keys() -> [SigningKey; 3] {
    [p256(), ed25519(1), ed25519(2)]
}

fn signed(digest: &Digest, key: &SigningKey) -> Signature {
    Signature::Bundle(sign(digest, key).unwrap_or_else(|e| panic!("{e}")).into())
}

fn check(signature: Signature, digest: &Digest, key: &PublicKey) -> Result<Signer, VerifyError> {
    verify(&[signature], digest, &[Trust::Key(key)])
}

#[test]
fn what_a_key_signs_its_other_half_verifies() {
    let digest = Digest::of(b"a manifest");
    for key in keys() {
        let public = PublicKey::from_pem(&key.public().to_pem()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(public.fingerprint(), key.public().fingerprint());
        let signer = check(signed(&digest, &key), &digest, &public);
        assert_eq!(signer, Ok(Signer::Key(public.fingerprint())));
    }
}

/// As `cosign sign` writes it: <https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md>.
#[test]
fn what_is_written_is_what_cosign_writes() {
    let digest = Digest::of(b"a manifest");
    let key = p256();
    let Signature::Bundle(bytes) = signed(&digest, &key) else { panic!("a bundle") };
    let bundle: Value = serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(bundle["mediaType"], media::SIGSTORE_BUNDLE);
    let hint = STANDARD.decode(bundle["verificationMaterial"]["publicKey"]["hint"].as_str().unwrap_or_default());
    assert_eq!(hint.map(|hint| Digest::from_sha256(hint.try_into().unwrap_or_default())), Ok(key.public().fingerprint()));
    let envelope = &bundle["dsseEnvelope"];
    assert_eq!(envelope["payloadType"], "application/vnd.in-toto+json");
    assert_eq!(envelope["signatures"].as_array().map(Vec::len), Some(1));
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap_or_default()).unwrap_or_default();
    let expected = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": &digest.as_str()[7..]}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    });
    assert_eq!(serde_json::from_slice::<Value>(&payload).ok(), Some(expected));

    let subject = Descriptor::of(media::INDEX, b"a manifest");
    let manifest: Value = serde_json::from_slice(&attach(&subject, bytes.to_vec()).root.bytes).unwrap_or_default();
    assert_eq!(manifest["artifactType"], media::SIGSTORE_BUNDLE);
    assert_eq!(manifest["config"]["digest"], "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    assert_eq!(manifest["layers"][0]["mediaType"], media::SIGSTORE_BUNDLE);
    assert_eq!(manifest["subject"]["digest"], digest.as_str());
    assert_eq!(manifest["annotations"]["dev.sigstore.bundle.predicateType"], SIGN_PREDICATE);
    assert_eq!(manifest["annotations"]["dev.sigstore.bundle.content"], "dsse-envelope");
}

/// A bundle whose envelope holds this statement, truly signed.
fn envelope(key: &SigningKey, payload_type: &str, statement: &Value) -> Value {
    let payload = statement.to_string();
    let signature = key.sign(&pae(payload_type, payload.as_bytes())).unwrap_or_else(|e| panic!("{e}"));
    json!({
        "mediaType": media::SIGSTORE_BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": ""}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(payload),
            "payloadType": payload_type,
            "signatures": [{"sig": STANDARD.encode(signature)}],
        },
    })
}

fn statement(digest: &Digest) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "", "digest": {"sha256": &digest.as_str()[7..]}, "annotations": {}}],
        "predicateType": SIGN_PREDICATE,
        "predicate": {},
    })
}

fn bundle(json: &Value) -> Signature {
    Signature::Bundle(json.to_string().into_bytes().into())
}

const IN_TOTO: &str = "application/vnd.in-toto+json";

#[test]
fn each_reason_to_refuse_has_its_own_words() {
    let (digest, other) = (Digest::of(b"a manifest"), Digest::of(b"another"));
    let (key, stranger) = (p256(), ed25519(2));
    let wanted = key.public().fingerprint();
    let of = |statement: &Value| check(bundle(&envelope(&key, IN_TOTO, statement)), &digest, key.public());
    assert!(of(&statement(&digest)).is_ok());

    assert_eq!(verify(&[], &digest, &[Trust::Key(key.public())]), Err(VerifyError::Missing));
    assert_eq!(
        check(signed(&digest, &stranger), &digest, key.public()),
        Err(VerifyError::WrongKey { hinted: Some(stranger.public().fingerprint()), wanted: wanted.clone() })
    );
    // Moved from another artifact.
    let moved = check(signed(&other, &key), &digest, key.public());
    assert_eq!(moved, Err(VerifyError::OtherDigest { signed: other.to_string(), wanted: digest.clone() }));
    // Signed by the right key, and says something else.
    let mut provenance = statement(&digest);
    provenance["predicateType"] = "https://slsa.dev/provenance/v1".into();
    assert!(matches!(of(&provenance), Err(VerifyError::OtherPredicate { found }) if found.contains("slsa.dev")));
    let mut nothing = statement(&digest);
    nothing["subject"] = json!([]);
    assert!(matches!(of(&nothing), Err(VerifyError::OtherDigest { .. })));
    let mut sha512 = statement(&digest);
    sha512["subject"][0]["digest"] = json!({"sha512": &digest.as_str()[7..]});
    assert!(matches!(of(&sha512), Err(VerifyError::OtherDigest { .. })), "of another algorithm");
    let mut kind = statement(&digest);
    kind["_type"] = "https://example.com".into();
    assert!(matches!(of(&kind), Err(VerifyError::Malformed(_))));
    let typed = check(bundle(&envelope(&key, "text/plain", &statement(&digest))), &digest, key.public());
    assert!(matches!(typed, Err(VerifyError::Malformed(_))));
}

/// Every single byte of what is signed counts.
#[test]
fn what_was_changed_afterwards_is_refused() {
    let digest = Digest::of(b"a manifest");
    for key in keys() {
        let Signature::Bundle(bytes) = signed(&digest, &key) else { panic!("a bundle") };
        let good: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let mut changed = good.clone();
        changed["dsseEnvelope"]["payload"] = STANDARD.encode(statement(&Digest::of(b"evil")).to_string()).into();
        assert_eq!(check(bundle(&changed), &Digest::of(b"evil"), key.public()), Err(VerifyError::Changed));
        let mut typed = good.clone();
        typed["dsseEnvelope"]["payloadType"] = "text/plain".into();
        assert_eq!(check(bundle(&typed), &digest, key.public()), Err(VerifyError::Changed));
        let mut signature = good.clone();
        signature["dsseEnvelope"]["signatures"][0]["sig"] = STANDARD.encode([0; 64]).into();
        assert_eq!(check(bundle(&signature), &digest, key.public()), Err(VerifyError::Changed));
    }
}

#[test]
fn what_is_no_signature_is_malformed() {
    let digest = Digest::of(b"a manifest");
    let key = p256();
    let good = envelope(&key, IN_TOTO, &statement(&digest));
    let mut two = good.clone();
    two["dsseEnvelope"]["signatures"] = json!([good["dsseEnvelope"]["signatures"][0], good["dsseEnvelope"]["signatures"][0]]);
    let mut version = good.clone();
    version["mediaType"] = "application/vnd.dev.sigstore.bundle.v9+json".into();
    let mut file = good.clone();
    file["messageSignature"] = json!({"signature": ""});
    file.as_object_mut().map(|file| file.remove("dsseEnvelope"));
    for json in [two.to_string(), version.to_string(), file.to_string(), "{}".into(), String::new(), " ".repeat(2 << 20)] {
        let found = check(Signature::Bundle(json.clone().into_bytes().into()), &digest, key.public());
        assert!(matches!(found, Err(VerifyError::Malformed(_))), "{found:?}");
    }
    let binary = check(Signature::Bundle(vec![0xff; 8].into()), &digest, key.public());
    assert!(matches!(binary, Err(VerifyError::Malformed(_))));
}

/// Of many signatures one good one is enough, and of many bad ones the most telling is told.
#[test]
fn of_several_signatures_the_one_that_came_furthest_counts() {
    let digest = Digest::of(b"a manifest");
    let (key, stranger) = (p256(), p256());
    let mut bad = vec![Signature::Bundle("{}".into()), signed(&digest, &stranger)];
    let trust = [Trust::Key(key.public())];
    assert!(matches!(verify(&bad, &digest, &trust), Err(VerifyError::WrongKey { .. })));
    bad.push(signed(&Digest::of(b"x"), &key));
    assert!(matches!(verify(&bad, &digest, &trust), Err(VerifyError::OtherDigest { .. })));
    bad.push(signed(&digest, &key));
    assert_eq!(verify(&bad, &digest, &trust), Ok(Signer::Key(key.public().fingerprint())));
    let both = [Trust::Key(stranger.public()), Trust::Key(key.public())];
    assert_eq!(verify(&bad[3..], &digest, &both), Ok(Signer::Key(key.public().fingerprint())));
}

fn simple(key: &SigningKey, digest: &Digest, kind: &str) -> (Vec<u8>, String) {
    let critical = json!({
        "identity": {"docker-reference": "registry.corp/ci/scan"},
        "image": {"docker-manifest-digest": digest.as_str()},
        "type": kind,
    });
    let payload = json!({"critical": critical, "optional": null}).to_string().into_bytes();
    let signature = STANDARD.encode(key.sign(&payload).unwrap_or_else(|e| panic!("{e}")));
    (payload, signature)
}

#[test]
fn the_older_form_is_read_and_refused_in_the_same_words() {
    let digest = Digest::of(b"a manifest");
    let cosign = "cosign container image signature";
    for key in keys() {
        let of = |signer: &SigningKey, digest: &Digest, kind: &str| {
            let (payload, signature) = simple(signer, digest, kind);
            Signature::Simple { payload: payload.into(), signature, keyless: false }
        };
        let check = |signature| check(signature, &digest, key.public());
        assert!(check(of(&key, &digest, cosign)).is_ok());
        assert!(matches!(check(of(&p256(), &digest, cosign)), Err(VerifyError::WrongKey { hinted: None, .. })));
        assert!(matches!(check(of(&key, &Digest::of(b"x"), cosign)), Err(VerifyError::OtherDigest { .. })));
        assert!(matches!(check(of(&key, &digest, "atomic container signature")), Err(VerifyError::OtherPredicate { .. })));
        let keyless = Signature::Simple { payload: Bytes::new(), signature: String::new(), keyless: true };
        assert_eq!(check(keyless), Err(VerifyError::ByCertificate));
        let garbage = Signature::Simple { payload: Bytes::new(), signature: "%".into(), keyless: false };
        assert!(matches!(check(garbage), Err(VerifyError::Malformed(_))));
    }
}

#[test]
fn what_is_no_key_of_use_is_told_with_what_to_do() {
    let key = p256();
    let public = key.public().to_pem();
    let private = |text: &str| SigningKey::from_pem(text).err();
    assert_eq!(private(""), Some(KeyError::NotPem("PRIVATE KEY")));
    assert_eq!(private(&public), Some(KeyError::Public));
    for label in ["ENCRYPTED PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"] {
        assert_eq!(private(&pem(label, b"x")), Some(KeyError::Encrypted(label.into())));
    }
    assert_eq!(private(&pem("EC PRIVATE KEY", b"x")), Some(KeyError::OtherForm("EC PRIVATE KEY".into())));
    assert_eq!(private(&pem("PRIVATE KEY", b"x")), Some(KeyError::PrivateKind));
    assert_eq!(private("-----BEGIN PRIVATE KEY-----\n!"), Some(KeyError::NotPem("PRIVATE KEY")));
    let opened = |text: &str| PublicKey::from_pem(text).err();
    assert_eq!(opened("ssh-ed25519 AAAA"), Some(KeyError::NotPem("PUBLIC KEY")));
    assert_eq!(opened(&pem("PRIVATE KEY", b"x")), Some(KeyError::Private));
    assert_eq!(opened(&pem("PUBLIC KEY", b"x")), Some(KeyError::PublicKind));
    assert_eq!(opened(&pem("CERTIFICATE", b"x")), Some(KeyError::PublicKind));
    assert!(!format!("{key:?}").contains("PRIVATE"));
}

/// One signature beside the artifact, in both forms, found in a layout and in a copy of it.
#[test]
fn a_layout_keeps_signatures_and_finds_them() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let (from, to) = (base.path().join("bundle"), base.path().join("copy.tar"));
    let about =
        crate::component::About { name: "scan", version: "1", description: "", kind: windlass_model::plugin::PluginKind::Step };
    let plugin = crate::component::Component::pack(&b"\0asm\x0d\0\x01\0"[..], &about, &Default::default());
    let plugin = plugin.unwrap_or_else(|e| panic!("{e}")).artifact;
    let digest = plugin.digest();
    let key = p256();
    let signature = attach(&plugin.root.descriptor, sign(digest, &key).unwrap_or_else(|e| panic!("{e}")));
    let (payload, text) = simple(&key, digest, "cosign container image signature");
    let mut layer = crate::blob::Blob::new(media::SIMPLE_SIGNING, payload);
    layer.descriptor.annotations = [("dev.cosignproject.cosign/signature".to_owned(), text)].into();
    let config = crate::blob::Blob::new(media::IMAGE_CONFIG, "{}");
    let manifest = crate::document::Manifest::new(config.descriptor.clone(), vec![layer.descriptor.clone()]).blob();
    let older = Artifact { root: manifest, manifests: Vec::new(), blobs: vec![config, layer] };

    let mut contents = Contents::default();
    contents.add(&plugin, Some("1"));
    contents.add(&signature, None);
    contents.add(&older, Some(&older_tag(digest)));
    contents.write(&from).unwrap_or_else(|e| panic!("{e}"));
    let layout = Layout::open(&from).unwrap_or_else(|e| panic!("{e}"));
    // Neither of the signatures is taken for an artifact of its own.
    let entry = layout.find(None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(&entry.digest, digest);

    let mut copy = Contents::default();
    copy.copy(&layout, &entry, true).unwrap_or_else(|e| panic!("{e}"));
    copy.write(&to).unwrap_or_else(|e| panic!("{e}"));
    for path in [from, to] {
        let layout = Layout::open(&path).unwrap_or_else(|e| panic!("{e}"));
        let found = layout.signatures(digest).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.len(), 2);
        for signature in found {
            assert!(check(signature, digest, key.public()).is_ok());
        }
        let about = layout.referrers(digest, Some("application/vnd.example")).unwrap_or_else(|e| panic!("{e}"));
        assert!(about.is_empty(), "of another type: {about:?}");
        assert_eq!(layout.signatures(&Digest::of(b"x")).ok(), Some(Vec::new()));
    }
}
