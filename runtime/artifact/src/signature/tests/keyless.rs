//! A small Sigstore of an organisation: an authority, a transparency log of one entry, and the file that says to trust both.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use sha2::{Digest as _, Sha256};

use super::*;

const IDENTITY: &str = "https://git.corp.example/ci/windlass/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "https://token.corp.example";

struct Sigstore {
    authority: Issuer<'static, KeyPair>,
    authority_der: Vec<u8>,
    log: KeyPair,
}

fn key() -> KeyPair {
    KeyPair::generate().unwrap_or_else(|e| panic!("{e}"))
}

fn signing(key: &KeyPair) -> SigningKey {
    SigningKey::from_pem(&key.serialize_pem()).unwrap_or_else(|e| panic!("{e}"))
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    Sha256::digest(parts.concat()).into()
}

impl Sigstore {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        (params.not_before, params.not_after) = (date_time_ymd(2024, 1, 1), date_time_ymd(2034, 1, 1));
        let key = key();
        let authority_der = params.self_signed(&key).unwrap_or_else(|e| panic!("{e}")).der().to_vec();
        Self { authority: Issuer::new(params, key), authority_der, log: self::key() }
    }

    fn log_id(&self) -> [u8; 32] {
        sha256(&[&self.log_public()])
    }

    fn log_public(&self) -> Vec<u8> {
        rcgen::PublicKeyData::subject_public_key_info(&self.log)
    }

    fn trusted_root(&self) -> Value {
        let since = json!({"start": "2024-01-01T00:00:00Z"});
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [{
                "baseUrl": "https://rekor.corp.example",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": b64(self.log_public()), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": since},
                "logId": {"keyId": b64(self.log_id())},
            }],
            "certificateAuthorities": [{
                "subject": {"organization": "corp", "commonName": "corp"},
                "uri": "https://fulcio.corp.example",
                "certChain": {"certificates": [{"rawBytes": b64(&self.authority_der)}]},
                "validFor": since,
            }],
            "ctlogs": [],
            "timestampAuthorities": [],
        })
    }

    fn root(&self) -> TrustedRoot {
        TrustedRoot::read(&self.trusted_root().to_string()).unwrap_or_else(|e| panic!("{e}"))
    }

    /// A certificate for the first of February 2024.
    fn certificate(&self, key: &KeyPair, issuer: &str) -> rcgen::Certificate {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(IDENTITY.try_into().unwrap_or_else(|e| panic!("{e}")))];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        let length = u8::try_from(issuer.len()).unwrap_or_else(|e| panic!("{e}"));
        // In DER, a text in UTF-8.
        let issuer = [&[0x0c, length][..], issuer.as_bytes()].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 57264, 1, 8], issuer)];
        (params.not_before, params.not_after) = (date_time_ymd(2024, 2, 1), date_time_ymd(2024, 2, 2));
        params.signed_by(key, &self.authority).unwrap_or_else(|e| panic!("{e}"))
    }

    /// What `cosign sign` leaves without a key: signed at a time, and entered into the log.
    fn sign(&self, statement: &Value, issuer: &str, time: i64) -> Value {
        let key = key();
        let certificate = self.certificate(&key, issuer);
        let mut bundle = envelope(&signing(&key), IN_TOTO, statement);
        let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap_or_default()).unwrap_or_default();
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": "0".repeat(64)},
                "payloadHash": {"algorithm": "sha256", "value": &Digest::of(&payload).as_str()[7..]},
                "signatures": [{
                    "signature": bundle["dsseEnvelope"]["signatures"][0]["sig"],
                    "verifier": b64(certificate.pem()),
                }],
            },
        });
        let body = body.to_string();
        bundle["verificationMaterial"] =
            json!({"certificate": {"rawBytes": b64(certificate.der())}, "tlogEntries": [self.entry(&body, time)]});
        bundle
    }

    /// The first entry of a log that has one.
    fn entry(&self, body: &str, time: i64) -> Value {
        let log = signing(&self.log);
        let signed = |text: &str| log.sign(text.as_bytes()).unwrap_or_else(|e| panic!("{e}"));
        let id = self.log_id();
        let id_hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let promise = format!(r#"{{"body":"{}","integratedTime":{time},"logID":"{id_hex}","logIndex":0}}"#, b64(body));
        let root = b64(sha256(&[&[0], body.as_bytes()]));
        let head = format!("rekor.corp.example - 1\n1\n{root}\n");
        let checkpoint = format!("{head}\n— rekor.corp.example {}\n", b64([&id[..4], &signed(&head)].concat()));
        json!({
            "logIndex": "0",
            "logId": {"keyId": b64(id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": time.to_string(),
            "inclusionPromise": {"signedEntryTimestamp": b64(signed(&promise))},
            "inclusionProof": {
                "logIndex": "0", "rootHash": root, "treeSize": "1", "hashes": [], "checkpoint": {"envelope": checkpoint},
            },
            "canonicalizedBody": b64(body),
        })
    }
}

/// Noon of the first of February 2024, and of the third, when the certificate has expired.
const NOON: i64 = 1_706_788_800;
const TOO_LATE: i64 = NOON + 2 * 86_400;

fn trusted() -> Identity {
    Identity { identity: IDENTITY.into(), issuer: ISSUER.into() }
}

fn check(signature: &Value, digest: &Digest, root: &TrustedRoot, signer: &Identity) -> Result<Signer, VerifyError> {
    verify(&[bundle(signature)], digest, &[Trust::Identity(root, signer)])
}

#[test]
fn a_certificate_says_who_has_signed() {
    let (sigstore, digest) = (Sigstore::new(), Digest::of(b"a manifest"));
    let root = sigstore.root();
    let good = sigstore.sign(&statement(&digest), ISSUER, NOON);
    assert_eq!(check(&good, &digest, &root, &trusted()), Ok(Signer::Identity(trusted())));

    let other = Identity { identity: IDENTITY.replace("main", "evil"), ..trusted() };
    assert!(matches!(check(&good, &digest, &root, &other), Err(VerifyError::OtherIdentity { found, .. }) if found == IDENTITY));
    let prefix = Identity { identity: IDENTITY[..IDENTITY.len() - 1].to_owned(), ..trusted() };
    assert!(matches!(check(&good, &digest, &root, &prefix), Err(VerifyError::OtherIdentity { .. })), "exactly");
    let issuer = Identity { issuer: "https://accounts.google.com".into(), ..trusted() };
    assert!(matches!(check(&good, &digest, &root, &issuer), Err(VerifyError::OtherIssuer { found, .. }) if found == ISSUER));
}

#[test]
fn each_reason_to_refuse_a_certificate_has_its_own_words() {
    let (sigstore, digest) = (Sigstore::new(), Digest::of(b"a manifest"));
    let root = sigstore.root();
    let good = sigstore.sign(&statement(&digest), ISSUER, NOON);
    let check = |signature: &Value| check(signature, &digest, &root, &trusted());

    let late = check(&sigstore.sign(&statement(&digest), ISSUER, TOO_LATE));
    let words = late.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert!(matches!(late, Err(VerifyError::Expired { .. })), "{words}");
    assert!(words.contains("2024-02-03") && words.contains("2024-02-02"), "{words}");
    let moved = check(&sigstore.sign(&statement(&Digest::of(b"x")), ISSUER, NOON));
    assert!(matches!(moved, Err(VerifyError::OtherDigest { .. })), "{moved:?}");
    let mut provenance = statement(&digest);
    provenance["predicateType"] = "https://slsa.dev/provenance/v1".into();
    assert!(matches!(check(&sigstore.sign(&provenance, ISSUER, NOON)), Err(VerifyError::OtherPredicate { .. })));
    // By an authority, or entered into a log, that is not trusted.
    assert!(matches!(check(&Sigstore::new().sign(&statement(&digest), ISSUER, NOON)), Err(VerifyError::Untrusted(_))));
    let stranger = Sigstore { log: key(), authority: Sigstore::new().authority, authority_der: Vec::new() };
    assert!(matches!(check(&stranger.sign(&statement(&digest), ISSUER, NOON)), Err(VerifyError::Untrusted(_))));
    // Without an entry nobody says when it was signed; with one of another signature neither.
    let mut unlogged = good.clone();
    unlogged["verificationMaterial"]["tlogEntries"] = json!([]);
    assert!(check(&unlogged).is_err());
    let mut borrowed = good.clone();
    borrowed["verificationMaterial"]["tlogEntries"] =
        sigstore.sign(&statement(&digest), ISSUER, NOON)["verificationMaterial"]["tlogEntries"].clone();
    assert!(check(&borrowed).is_err());
    let mut changed = good.clone();
    changed["dsseEnvelope"]["payload"] = b64(statement(&Digest::of(b"x")).to_string()).into();
    assert!(check(&changed).is_err());

    let public = p256();
    let by_key = signed(&digest, &public);
    assert_eq!(verify(&[by_key], &digest, &[Trust::Identity(&root, &trusted())]), Err(VerifyError::ByKey));
    assert_eq!(verify(&[bundle(&good)], &digest, &[Trust::Key(public.public())]), Err(VerifyError::ByCertificate));
}

#[test]
fn what_is_no_trusted_root_is_refused() {
    let mut root = Sigstore::new().trusted_root();
    root["certificateAuthorities"] = json!([]);
    for text in ["", "{}", "[]", &root.to_string()] {
        let error = TrustedRoot::read(text).err().map(|e| e.to_string()).unwrap_or_else(|| panic!("{text} was taken"));
        assert!(error.starts_with("it is no trusted root of Sigstore"), "{error}");
    }
}
