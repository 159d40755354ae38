//! Requests that two readers could understand in two ways, and those that are none.

use crate::support::Here;

/// What is refused, with the status. Each ends the connection, so that nothing behind it is taken for a request.
const REFUSED: &[(u16, &str)] = &[
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 5, 5\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 0x5\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: \r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    (413, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n"),
    (501, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n"),
    (501, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    (501, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    (501, "PUT /k HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1 1\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
    (400, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"),
    (413, "PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n"),
    (400, "GET /k HTTP/1.1\r\n\r\n"),
    (400, "GET /k HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    (400, "GET /k HTTP/1.1\r\nHost: h\r\nfolded: a\r\n b\r\n\r\n"),
    (400, "GET /k HTTP/1.1\r\nHost: h\r\nnul: \0\r\n\r\n"),
    (400, "GET /k\0 HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET k HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET /k#fragment HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "CONNECT other:443 HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "GET  /k  HTTP/1.1\r\nHost: h\r\n\r\n"),
    (400, "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{3}\u{3}\r\n\r\n"),
    (417, "PUT /k HTTP/1.1\r\nHost: h\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\n"),
    (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
];

#[test]
fn what_is_ambiguous_is_refused_and_nothing_after_it_is_heard() {
    let here = Here::new();
    here.put("/kept", b"kept");
    for (status, request) in REFUSED {
        let mut client = here.connect();
        client.send(request);
        client.send("DELETE /kept HTTP/1.1\r\nHost: h\r\n\r\nPUT /smuggled HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
        let reply = client.reply();
        assert_eq!(reply.status, *status, "{request:?}: {}", reply.text());
        assert_eq!(reply.header("connection"), Some("close"), "{request:?}");
        assert!(client.is_over(), "{request:?}");
        assert_eq!(here.blobs.keys(), ["http/kept"], "{request:?}");
    }
}

/// A body that is not read is not taken for requests either.
#[test]
fn an_unread_body_is_no_request() {
    let here = Here::new();
    here.put("/kept", b"kept");
    let smuggled = "DELETE /kept HTTP/1.1\r\nHost: h\r\n\r\n";
    for (method, path) in [
        ("GET", "/kept"),
        ("DELETE", "/other"),
        ("MKCOL", "/d/"),
        ("PUT", "/.."),
        ("GET", "/_windlass/upload/x"),
        ("BREW", "/kept"),
    ] {
        for framing in [
            format!("Content-Length: {}\r\n\r\n{smuggled}", smuggled.len()),
            format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len()),
        ] {
            let mut client = here.connect();
            client.send(format!("{method} {path} HTTP/1.1\r\nHost: h\r\n{framing}"));
            client.reply();
            assert_eq!(here.get("/kept").status, 200, "{method} {path}");
        }
    }
}

#[test]
fn a_key_goes_nowhere_else() {
    let here = Here::new();
    let long = format!("/{}", "k".repeat(1025));
    for path in [
        "/..",
        "/../../etc/passwd",
        "/a/%2e%2e/b",
        "/a/..%2fb",
        "/%2E",
        "/a%00",
        "/a%0d%0aSet-Cookie:x",
        "/%ff%fe",
        "/%",
        "/%zz",
        "/",
        &long,
    ] {
        for method in ["PUT", "POST", "GET", "HEAD", "DELETE"] {
            assert_eq!(here.ask(method, path, "", b"").status, 400, "{method} {path}");
        }
    }
    assert!(here.blobs.keys().is_empty());
    assert_eq!(here.blobs.stored(), 0);
}

#[test]
fn long_heads_are_refused() {
    let here = Here::new();
    let many: String = (0..100).map(|number| format!("h{number}: v\r\n")).collect();
    for head in [
        format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "k".repeat(40_000)),
        format!("GET /k HTTP/1.1\r\nHost: h\r\n{many}\r\n"),
        format!("GET /k HTTP/1.1\r\nHost: h\r\nx: {}", "v".repeat(70_000)),
    ] {
        let mut client = here.connect();
        client.send(&head);
        assert_eq!(client.reply().status, 431);
        assert!(client.is_over());
    }
}

/// Whatever comes, the server lives and keeps what it has.
#[test]
fn noise_harms_nothing() {
    let here = Here::new();
    here.put("/kept", b"kept");
    let noise = crate::support::bytes(4096);
    for length in (1..4096).step_by(97) {
        let mut client = here.connect();
        client.send(&noise[..length]);
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
        let _ = client.try_reply();
    }
    assert_eq!(here.get("/kept").body, b"kept");
    assert_eq!(here.blobs.keys(), ["http/kept"]);
}
