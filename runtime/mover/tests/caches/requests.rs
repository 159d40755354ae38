//! Requests that the host has signed, sent by the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::tempdir;
use windlass_mover_client::Mover;
use windlass_mover_client::protocol::{Answer, Ask, Failed, Kept, Request};

use crate::depot::Shelf;
use crate::files::{noise, seen, write};
use crate::program::{keep, restore, start};
use crate::server::{Got, Reply, Server};

/// The usual answer of a store.
fn usual(got: &Got) -> Reply {
    if got.method == "PUT" { Reply::Status(201, Vec::new()) } else { Reply::Blob }
}

/// A program whose blobs are below an address.
async fn sent_to(base: String, certificates: Option<String>) -> Mover {
    let shelf = Arc::new(Shelf::default());
    shelf.before(move |_, ask| {
        let (method, blob) = match ask {
            Ask::Fetch(blob) => ("GET", blob),
            Ask::Store(blob) => ("PUT", blob),
            _ => return Some(Answer::Done),
        };
        let headers = vec![("authorization".to_owned(), "Bearer sesame".to_owned())];
        let url = format!("{base}/{}?signature=sesame", blob.digest);
        Some(Answer::Go(Request { method: method.into(), url, headers, certificates: certificates.clone() }))
    });
    start(shelf).await
}

fn plain(server: &Server) -> String {
    format!("http://127.0.0.1:{}", server.port)
}

/// Keeps some files and restores them.
async fn there_and_back(mover: &Mover) -> Kept {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "d/x", noise(3 << 20, 1));
    write(from.path(), "y", noise(9 << 20, 2));
    let kept = keep(from.path()).kept(mover).await;
    restore(mover, to.path(), &kept).await.unwrap();
    assert!(seen(from.path()) == seen(to.path()));
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_go_there_and_come_back() {
    let server = Server::start(usual);
    let kept = there_and_back(&sent_to(plain(&server), None).await).await;
    let got = server.got();
    assert_eq!(got.len(), 2 * (kept.packs.len() + 1));
    for request in got {
        assert_eq!(request.headers["authorization"], "Bearer sesame");
        assert!(request.path.ends_with("?signature=sesame"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_cut_goes_on_where_it_was() {
    let server = Server::start(|got| if got.method == "PUT" { usual(got) } else { Reply::Cut(1 << 20) });
    let kept = there_and_back(&sent_to(plain(&server), None).await).await;
    assert_eq!(server.given() as u64, kept.sent, "no byte came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_busy_is_asked_again() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |got| match asked.fetch_add(1, Ordering::SeqCst) % 3 {
        0 => Reply::Status(503, Vec::new()),
        1 => Reply::Status(429, vec![("retry-after", "0".into())]),
        _ => usual(got),
    });
    there_and_back(&sent_to(plain(&server), None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_is_named_and_no_signature_is() {
    for status in [404, 500] {
        let server = Server::start(move |_| Reply::Status(status, Vec::new()));
        let from = tempdir().unwrap();
        write(from.path(), "x", "x");
        let failed = keep(from.path()).by(&sent_to(plain(&server), None).await).await.unwrap_err();
        let Failed::Store(why) = &failed else { panic!("{failed:?}") };
        assert!(why.contains(&format!("127.0.0.1:{} answered {status}", server.port)) && !why.contains("sesame"), "{why}");
        assert_eq!(server.got().len(), if status == 500 { 5 } else { 1 });
    }
    // Taken for as long as the test lasts, and nobody listens there.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = taken.local_addr().unwrap();
    let from = tempdir().unwrap();
    write(from.path(), "x", "x");
    let failed = keep(from.path()).by(&sent_to(format!("http://{nobody}"), None).await).await.unwrap_err();
    assert!(matches!(&failed, Failed::Store(why) if why.contains(&nobody.to_string())), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_hears_nothing_of_what_gives_access_to_the_first() {
    let other = Arc::new(Server::start(usual));
    let port = other.port;
    let first = Server::start(move |got| {
        let path = got.path.split('?').next().unwrap();
        Reply::Status(307, vec![("location", format!("http://127.0.0.1:{port}{path}"))])
    });
    there_and_back(&sent_to(plain(&first), None).await).await;
    assert!(first.got().iter().all(|got| got.headers["authorization"] == "Bearer sesame"));
    let got = other.got();
    assert!(!got.is_empty() && got.iter().all(|got| !got.headers.contains_key("authorization")), "{:?}", got.first());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_circle_of_redirects_ends() {
    let server = Server::start(|got| Reply::Status(307, vec![("location", got.path.clone())]));
    let from = tempdir().unwrap();
    write(from.path(), "x", "x");
    let failed = keep(from.path()).by(&sent_to(plain(&server), None).await).await;
    assert!(matches!(failed, Err(Failed::Store(_))), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_believed_that_the_request_names_and_no_other() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = own.cert.pem();
    let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let server = Server::start_with(usual, Some(Arc::new(config)));
    let base = format!("https://localhost:{}", server.port);
    there_and_back(&sent_to(base.clone(), Some(pem)).await).await;
    let stranger = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    for certificates in [None, Some(stranger.cert.pem()), Some("no certificate".to_owned())] {
        let from = tempdir().unwrap();
        write(from.path(), "x", "x");
        let failed = keep(from.path()).by(&sent_to(base.clone(), certificates).await).await;
        assert!(matches!(failed, Err(Failed::Store(_))), "{failed:?}");
    }
}
