//! The requests of opendal's WebDAV service, which sccache uses, in their order.

use crate::support::{Here, Reply, bytes};

const PROPFIND: &[u8] = br#"<?xml version="1.0" encoding="utf-8" ?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>"#;

fn stat(here: &Here, path: &str) -> Reply {
    here.ask("PROPFIND", path, "Content-Type: application/xml\r\nDepth: 0\r\n", PROPFIND)
}

/// As sccache begins: it reads a value that is not there, writes it and reads it again. Before it writes, the client looks for the directory, and makes
/// none when it is there.
#[test]
fn sccache_reads_and_writes() {
    let here = Here::new();
    assert_eq!(here.get("/prefix/.sccache_check").status, 404);
    let directory = stat(&here, "/prefix/");
    assert_eq!(directory.status, 207);
    assert!(directory.text().contains("<D:href>/prefix/</D:href>") && directory.text().contains("<D:collection/>"));
    assert_eq!(here.put("/prefix/.sccache_check", b"Hello, World!"), 201);
    assert_eq!(here.get("/prefix/.sccache_check").body, b"Hello, World!");
    let value = bytes(100_000);
    assert_eq!(stat(&here, "/prefix/a/b/c/").status, 207);
    assert_eq!(here.put("/prefix/a/b/c/abcd", &value), 201);
    let found = stat(&here, "/prefix/a/b/c/abcd");
    assert!(found.text().contains("<D:getcontentlength>100000</D:getcontentlength>"), "{}", found.text());
    assert!(found.text().contains("<D:status>HTTP/1.1 200 OK</D:status>"));
    assert!(here.get("/prefix/a/b/c/abcd").body == value);
    assert_eq!(here.ask("DELETE", "/prefix/a/b/c/abcd", "", b"").status, 204);
    assert_eq!(stat(&here, "/prefix/a/b/c/abcd").status, 404);
}

#[test]
fn others_that_speak_it_get_answers() {
    let here = Here::new();
    assert_eq!(here.ask("MKCOL", "/prefix/a/", "", b"").status, 201);
    let options = here.ask("OPTIONS", "/", "", b"");
    assert_eq!((options.status, options.header("dav")), (204, Some("1")));
    assert!(options.header("allow").is_some_and(|allow| allow.contains("PROPFIND")));
    here.put("/a&b<c", b"x");
    let odd = stat(&here, "/a&b%3Cc");
    assert!(odd.text().contains("<D:href>/a&amp;b%3Cc</D:href>"), "{}", odd.text());
    assert_eq!(here.ask("PROPFIND", "/a", "", &bytes(100_000)).status, 413);
}
