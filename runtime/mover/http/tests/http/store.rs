//! A store that fails, or gives something else.

use std::io::{ErrorKind, Write as _};

use windlass_mover_http::Limits;

use crate::directory::Fault;
use crate::support::{Here, bytes};

#[test]
fn a_failing_store_is_told_and_changes_nothing() {
    let here = Here::new();
    here.put("/kept", b"kept");
    for (kind, status) in [
        (ErrorKind::Other, 502),
        (ErrorKind::PermissionDenied, 403),
        (ErrorKind::FileTooLarge, 413),
        (ErrorKind::StorageFull, 507),
        (ErrorKind::TimedOut, 502),
    ] {
        here.blobs.breaks(Fault::All(kind));
        for (method, path) in [("PUT", "/new"), ("GET", "/kept"), ("HEAD", "/kept"), ("DELETE", "/kept"), ("PROPFIND", "/kept")] {
            let reply = here.ask(method, path, "", b"");
            assert_eq!(reply.status, status, "{method} {kind}");
            assert!(!reply.text().contains("secret"), "the store's words may give access: {}", reply.text());
        }
    }
    here.blobs.breaks(None);
    assert_eq!(here.blobs.keys(), ["http/kept"]);
    here.blobs.breaks(Fault::Publish);
    assert_eq!(here.put("/kept", b"other"), 502);
    here.blobs.breaks(None);
    assert_eq!(here.get("/kept").body, b"kept");
}

#[test]
fn a_value_that_is_gone_is_a_miss() {
    let here = Here::new();
    here.put("/k", b"value");
    here.blobs.breaks(Fault::Fetch(ErrorKind::NotFound));
    let mut client = here.connect();
    assert_eq!(client.ask("GET", "/k", "", b"").status, 404);
    assert_eq!(client.ask("GET", "/k", "Range: bytes=1-2\r\n", b"").status, 404);
    here.blobs.breaks(None);
    assert_eq!(client.ask("GET", "/k", "", b"").body, b"value", "and the connection goes on");
}

/// A short value is held back whole, so the client is told; of a long one the end is missing.
#[test]
fn wrong_bytes_are_never_given_whole() {
    let here = Here::new();
    for fault in [Fault::WrongByte, Fault::Short, Fault::Long] {
        for length in [1, 1000, 64 << 10, 100_000, 1_000_000] {
            here.put("/k", &bytes(length));
            here.blobs.breaks(fault);
            let mut client = here.connect();
            client.send("GET /k HTTP/1.1\r\nHost: h\r\n\r\n");
            let reply = client.try_reply();
            match reply.map(|reply| reply.status) {
                Ok(status) => assert_eq!(status, 502, "{fault:?} {length}"),
                Err(_) => assert!(length > 64 << 10, "{fault:?} {length}: the client could have been told"),
            }
            let part = here.ask("GET", "/k", "Range: bytes=0-0\r\n", b"");
            assert_eq!(part.status, 502, "{fault:?} {length}: a part is of a whole that was looked at");
            here.blobs.breaks(None);
        }
    }
}

#[test]
fn nothing_of_a_cut_body_remains() {
    let here = Here::within(Limits { spool: 1 << 20, ..Limits::default() });
    for framing in ["Content-Length: 900000", "Transfer-Encoding: chunked"] {
        for _ in 0..5 {
            let mut client = here.connect();
            client.send(format!("PUT /cut HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n"));
            if framing.starts_with('T') {
                client.send("C3500\r\n");
            }
            client.send(bytes(800_000));
            client.stream.shutdown(std::net::Shutdown::Write).expect("it ends");
            assert!(client.try_reply().is_err(), "there is nothing to say to who has left");
        }
    }
    assert!(here.blobs.keys().is_empty());
    assert_eq!(here.blobs.stored(), 0);
    assert_eq!(here.put("/whole", &bytes(1 << 20)), 201, "the cut ones take no space");
}

#[test]
fn what_has_no_room_is_refused() {
    let here = Here::within(Limits { spool: 1 << 20, body: 2 << 20, ..Limits::default() });
    assert_eq!(here.put("/k", &bytes((1 << 20) + 1)), 507);
    let mut client = here.connect();
    client.send(format!("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", (2 << 20) + 1));
    assert_eq!(client.reply().status, 413, "before the body comes");
    let mut client = here.connect();
    client.send("PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n200001\r\n");
    assert_eq!(client.reply().status, 413);
    assert!(here.blobs.keys().is_empty());
    assert_eq!(here.put("/k", &bytes(1 << 20)), 201);
}

/// The client has left while it is sent something; the next one is served.
#[test]
fn a_reader_that_leaves_harms_nothing() {
    let here = Here::within(Limits { connections: 1, ..Limits::default() });
    here.put("/k", &bytes(20 << 20));
    for _ in 0..3 {
        let mut client = here.connect();
        client.stream.write_all(b"GET /k HTTP/1.1\r\nHost: h\r\n\r\n").expect("it is sent");
        assert_eq!(client.reply_without_body().status, 200);
    }
    assert_eq!(here.get("/k").body.len(), 20 << 20);
}
