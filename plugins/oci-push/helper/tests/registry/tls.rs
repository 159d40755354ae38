//! Certificates and passwords, with the real registry.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use serde_json::json;
use tempfile::TempDir;

use crate::image::{Layout, OCI};
use crate::program::{Program, push};
use crate::registry::Registry;
use crate::server::{Act, Server};

const PASSWORD: &str = r#"{"type": "service_account", "id": "a:b"}"#;

/// A registry with a certificate by an authority that nobody knows, and perhaps a password.
struct Secured {
    registry: Registry,
    directory: TempDir,
}

/// When the certificate is valid, and for which name.
struct Certificate {
    name: &'static str,
    years: (i32, i32),
}

const GOOD: Certificate = Certificate { name: "127.0.0.1", years: (2020, 2100) };

impl Secured {
    fn start(certificate: &Certificate, with_password: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate().unwrap();
        let authority_certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new([certificate.name.to_owned()]).unwrap();
        server.not_before = date_time_ymd(certificate.years.0, 1, 1);
        server.not_after = date_time_ymd(certificate.years.1, 1, 1);
        let server_key = KeyPair::generate().unwrap();
        let server_certificate = server.signed_by(&server_key, &issuer).unwrap();

        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        write("ca.crt", &authority_certificate.pem());
        let tls = json!({"tls": {
            "certificate": write("server.crt", &server_certificate.pem()), "key": write("server.key", &server_key.serialize_pem()),
        }});
        let auth = if with_password {
            let entry = Command::new("htpasswd").args(["-Bbn", "_json_key", PASSWORD]).output().expect("htpasswd runs");
            let file = write("htpasswd", &String::from_utf8(entry.stdout).unwrap());
            json!({"htpasswd": {"realm": "test", "path": file}})
        } else {
            json!({})
        };
        Self { registry: Registry::start(tls, auth), directory }
    }

    fn trusted(&self) -> String {
        let path: PathBuf = self.directory.path().join("ca.crt");
        format!("--certificate={}={}", self.registry.host, path.display())
    }

    fn reference(&self) -> String {
        format!("{}/app:1", self.registry.host)
    }
}

/// Proves the way that a private registry is used: its authority, and a key as a password.
#[test]
fn a_password_and_a_certificate_open_a_private_registry() {
    let secured = Secured::start(&GOOD, true);
    let layout = Layout::of(OCI, &[b"layer"]);
    let program = Program::with_password(&secured.registry.host, "_json_key", PASSWORD);
    let out = program.run(push(&layout, &[&secured.trusted(), &secured.reference()])).passed();
    assert!(!out.contains("service_account"), "{out}");
    assert_eq!(program.run(["resolve", &secured.trusted(), &secured.reference()]).passed().trim(), layout.digest);
}

#[test]
fn a_wrong_password_and_none_are_told_apart() {
    let secured = Secured::start(&GOOD, true);
    let layout = Layout::of(OCI, &[b"layer"]);
    let arguments = push(&layout, &[&secured.trusted(), &secured.reference()]);
    let wrong = Program::with_password(&secured.registry.host, "_json_key", "hunter2-wrong");
    let error = wrong.run(&arguments).failed(4);
    assert!(error.contains("refuses the credentials") && !error.contains("hunter2"), "{error}");
    let error = Program::new().run(&arguments).failed(4);
    assert!(error.contains("config.json has none"), "{error}");
}

/// Proves that each thing that is wrong with a certificate is said, with what to do.
#[test]
fn a_certificate_that_will_not_do_is_refused_with_the_reason() {
    let layout = Layout::of(OCI, &[b"layer"]);
    for (certificate, words) in [
        (Certificate { name: "127.0.0.1", years: (2001, 2002) }, ["expired on Tue, 01 Jan 2002", "clock"]),
        (Certificate { name: "127.0.0.1", years: (2098, 2099) }, ["not valid before Wed, 01 Jan 2098", "set the clock"]),
        (Certificate { name: "gcr.io", years: GOOD.years }, ["another name", "127.0.0.1"]),
    ] {
        let secured = Secured::start(&certificate, false);
        let error = Program::new().run(push(&layout, &[&secured.trusted(), &secured.reference()])).failed(7);
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn an_unknown_authority_is_refused_unless_the_host_is_named_insecure() {
    let secured = Secured::start(&GOOD, false);
    let layout = Layout::of(OCI, &[b"layer"]);
    // Any certificate makes a loopback host one of TLS; this one is of another authority.
    let other = Secured::start(&GOOD, false);
    let wrong = format!("--certificate={}={}", secured.registry.host, other.directory.path().join("ca.crt").display());
    let error = Program::new().run(push(&layout, &[&wrong, &secured.reference()])).failed(7);
    assert!(error.contains("--certificate"), "{error}");
    Program::new().run(push(&layout, &["--insecure", &secured.registry.host, &secured.reference()])).passed();
}

/// Proves that a host with a certificate is never spoken to without TLS, and one that is called insecure either way.
#[test]
fn plain_http_where_tls_is_expected_is_refused_unless_the_host_is_named_insecure() {
    let secured = Secured::start(&GOOD, false);
    let plain = Registry::plain();
    let layout = Layout::of(OCI, &[b"layer"]);
    let certificate = format!("--certificate={}={}", plain.host, secured.directory.path().join("ca.crt").display());
    let reference = format!("{}/a", plain.host);
    let error = Program::new().run(push(&layout, &[&certificate, &reference])).failed(7);
    assert!(error.contains("--plain-http"), "{error}");
    Program::new().run(push(&layout, &["--insecure", &plain.host, &reference])).passed();
}

/// Proves that what is trusted for a registry is trusted for the token service that it names.
#[test]
fn a_registry_s_certificate_counts_for_its_token_service() {
    let service = Secured::start(&GOOD, false);
    let realm = format!("Bearer realm=\"https://{}/token\"", service.registry.host);
    let server = Server::start(move |_| Act::Reply(401, vec![("www-authenticate", realm.clone())], String::new()));
    let certificate = format!("--certificate={}={}", server.host, service.directory.path().join("ca.crt").display());
    let reference = format!("{}/app", server.host);
    let trusted = Program::new().run(["resolve", "--plain-http", &server.host, &certificate, &reference]).failed(6);
    assert!(trusted.contains("token service") && trusted.contains("status 404"), "it was asked: {trusted}");
    let error = Program::new().run(["resolve", &reference]).failed(7);
    assert!(error.contains(&service.registry.host), "{error}");
}

/// Proves that the list of the system's authorities can be named as everywhere else.
#[test]
fn ssl_cert_file_is_heeded() {
    let secured = Secured::start(&GOOD, false);
    let layout = Layout::of(OCI, &[b"layer"]);
    let any = format!("--certificate={}={}", secured.registry.host, secured.directory.path().join("server.crt").display());
    let mut command = Program::new().command(push(&layout, &[&any, &secured.reference()]));
    let output = command.env("SSL_CERT_FILE", secured.directory.path().join("ca.crt")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
