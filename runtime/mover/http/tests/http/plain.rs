//! A value under each path.

use crate::directory::Directory;
use crate::support::{Here, bytes, files};

#[test]
fn what_is_put_is_got() {
    let here = Here::new();
    assert_eq!(here.get("/ac/01").status, 404);
    for (method, value) in [("PUT", b"one".to_vec()), ("POST", bytes(300_000)), ("PUT", Vec::new())] {
        assert_eq!(here.ask(method, "/ac/01", "", &value).status, 201);
        let got = here.get("/ac/01");
        assert_eq!((got.status, got.body == value), (200, true), "{method}");
        let head = here.ask("HEAD", "/ac/01", "", b"");
        assert_eq!((head.status, head.header("content-length")), (200, Some(&*value.len().to_string())));
    }
    assert_eq!(here.blobs.keys(), ["http/ac/01"]);
    assert_eq!(here.ask("DELETE", "/ac/01", "", b"").status, 204);
    assert_eq!(here.ask("DELETE", "/ac/01", "", b"").status, 204);
    assert_eq!(here.get("/ac/01").status, 404);
    assert_eq!(here.ask("HEAD", "/ac/01", "", b"").status, 404);
    assert_eq!(here.ask("PATCH", "/ac/01", "", b"").status, 405);
}

#[test]
fn a_connection_serves_many_requests() {
    let here = Here::new();
    let mut client = here.connect();
    let value = bytes(200_000);
    for number in 0..20 {
        assert_eq!(client.ask("PUT", &format!("/{number}"), "", &value).status, 201);
        assert_eq!(client.ask("HEAD", &format!("/{number}"), "", b"").status, 200);
        assert_eq!(client.ask("GET", "/nothing", "", b"").status, 404);
        assert!(client.ask("GET", &format!("/{number}"), "", b"").body == value);
    }
    // Sent before the first is answered.
    client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\naGET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_eq!(client.reply().status, 201);
    assert_eq!(client.reply().body, b"a");
    assert_eq!(client.reply().status, 404);
    assert!(client.is_over());
}

#[test]
fn a_body_may_come_in_chunks() {
    let here = Here::new();
    let mut client = here.connect();
    client.send("PUT /k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    let value = bytes(150_000);
    for chunk in value.chunks(9_999) {
        client.send(format!("{:X};name=\"value\"\r\n", chunk.len()));
        client.send(chunk);
        client.send("\r\n");
    }
    client.send("000\r\nTrailer: ignored\r\n\r\n");
    assert_eq!(client.reply().status, 201);
    assert!(client.ask("GET", "/k", "", b"").body == value, "and the connection goes on");
}

#[test]
fn a_client_that_waits_is_asked_for_the_body() {
    let here = Here::new();
    let mut client = here.connect();
    client.send("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.reply_without_body().status, 100);
    client.send("abc");
    assert_eq!(client.reply().status, 201);
    // What is refused is not asked for.
    client.send("PUT /.. HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.reply().status, 400);
    assert!(client.is_over(), "nobody knows whether the body comes");
}

#[test]
fn parts_of_a_value_are_given() {
    let here = Here::new();
    let value = bytes(250_000);
    here.put("/k", &value);
    let part = |range: &str| here.ask("GET", "/k", &format!("{range}\r\n"), b"");
    for (range, first, last) in
        [("0-0", 0, 0), ("100000-199999", 100_000, 199_999), ("249999-", 249_999, 249_999), ("-5", 249_995, 249_999)]
    {
        let reply = part(&format!("Range: bytes={range}"));
        assert_eq!((reply.status, reply.header("content-range")), (206, Some(&*format!("bytes {first}-{last}/250000"))));
        assert!(reply.body == value[first..=last], "{range}");
    }
    assert_eq!(here.blobs.fetched(), 1, "the other parts come from what the first one brought");
    let nothing = part("Range: bytes=250000-");
    assert_eq!((nothing.status, nothing.header("content-range")), (416, Some("bytes */250000")));
    for range in ["Range: bytes=0-1,3-4", "Range: bytes=0-1\r\nIf-Range: \"tag\"", "Range: pages=1"] {
        assert!(part(range).body == value, "{range}");
    }
}

/// Both ways decode alike, so what was written is found whatever the client escapes.
#[test]
fn a_key_is_one_key_however_it_is_escaped() {
    let here = Here::new();
    for (written, read, key) in [
        ("/a%2Fb", "/a/b", "http/a/b"),
        ("/with space?".trim_end_matches('?'), "/with%20space", "http/with space"),
        ("/%C3%A4", "/%c3%a4", "http/ä"),
        ("/a%3Fb?ignored", "/a%3fb", "http/a?b"),
        ("/50%25", "/50%25?x=y", "http/50%"),
        ("http://other/abs", "/abs", "http/abs"),
    ] {
        let written = written.replace(' ', "%20");
        assert_eq!(here.put(&written, written.as_bytes()), 201, "{written}");
        assert_eq!(here.get(read).text(), written);
        assert!(here.blobs.keys().contains(&key.to_owned()), "{key}");
    }
}

#[test]
fn a_body_on_its_way_has_no_name() {
    let here = Here::new();
    let mut client = here.connect();
    client.send("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.reply_without_body().status, 100);
    client.send("a");
    assert_eq!(files(&here.spool()), 0);
    client.send("b");
    assert_eq!(client.reply().status, 201);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(here.spool()).expect("it is there").permissions());
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn many_write_and_read_at_once() {
    let here = Here::new();
    std::thread::scope(|scope| {
        for number in 0..32 {
            let here = &here;
            scope.spawn(move || {
                let value = bytes(10_000 + number);
                let mut client = here.connect();
                for round in 0..10 {
                    let path = format!("/{number}/{round}");
                    assert_eq!(client.ask("PUT", &path, "", &value).status, 201);
                    assert_eq!(client.ask("PUT", "/same", "", &value).status, 201);
                    assert!(client.ask("GET", &path, "", b"").body == value);
                    assert_eq!(client.ask("GET", "/same", "", b"").status, 200);
                }
            });
        }
    });
    assert_eq!(here.blobs.keys().len(), 321);
}

/// Its own clients end when the server does.
#[test]
fn when_it_ends_its_connections_end() {
    let here = Here::new();
    let (mut idle, mut busy) = (here.connect(), here.connect());
    assert_eq!(idle.ask("PUT", "/k", "", b"v").status, 201);
    busy.send("PUT /cut HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(busy.reply_without_body().status, 100);
    let blobs: std::sync::Arc<Directory> = std::sync::Arc::clone(&here.blobs);
    drop(here);
    assert!(idle.is_over() && busy.is_over());
    assert_eq!(blobs.keys(), ["http/k"]);
}
