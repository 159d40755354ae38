//! The protocol of the Actions cache, with the requests that BuildKit's client makes.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use windlass_mover_http::{Limits, actions_token};

use crate::directory::Fault;
use crate::support::{Here, Reply, bytes};

const VERSION: &str = "693bb7016429d80366022f036f84856888c9f13e00145f5f6f4dce303a38d6f2";

fn call(here: &Here, method: &str, body: &Value) -> Reply {
    let path = format!("/twirp/github.actions.results.api.v1.CacheService/{method}");
    let headers = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", actions_token());
    here.ask("POST", &path, &headers, body.to_string().as_bytes())
}

/// The path of a URL that has to be of this server, by the name that the client uses.
fn path(url: &Value) -> String {
    url.as_str().and_then(|url| url.strip_prefix("http://here")).expect("a URL of this server").to_owned()
}

fn reserve(here: &Here, key: &str) -> String {
    let reply = call(here, "CreateCacheEntry", &json!({"key": key, "version": VERSION}));
    assert_eq!((reply.status, &reply.json()["ok"]), (200, &json!(true)), "{}", reply.text());
    path(&reply.json()["signed_upload_url"])
}

fn finish(here: &Here, key: &str, size: usize) -> Reply {
    call(here, "FinalizeCacheEntryUpload", &json!({"key": key, "size_bytes": size, "version": VERSION}))
}

fn find(here: &Here, key: &str) -> Option<(String, String)> {
    let reply = call(here, "GetCacheEntryDownloadURL", &json!({"key": key, "restore_keys": [key], "version": VERSION}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let reply = reply.json();
    reply["ok"]
        .as_bool()
        .expect("ok")
        .then(|| (reply["matched_key"].as_str().expect("a key").to_owned(), path(&reply["signed_download_url"])))
}

fn azure(here: &Here, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
    let reply = here.ask(method, path, &format!("Accept: application/xml\r\nx-ms-version: 2024-11-04\r\n{headers}"), body);
    assert!(reply.header("x-ms-request-id").is_some(), "the client reads it without a question");
    reply
}

/// Sixty-four bytes, in base64 and escaped as in a query.
fn block(number: u32) -> (String, String) {
    let mut name = [0xfb; 64];
    name[16..20].copy_from_slice(&number.to_be_bytes());
    let name = STANDARD.encode(name);
    let escaped = name.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    (name, escaped)
}

fn stage(here: &Here, upload: &str, number: u32, bytes: &[u8]) -> u16 {
    azure(
        here,
        "PUT",
        &format!("{upload}?blockid={}&comp=block", block(number).1),
        "Content-Type: application/octet-stream\r\n",
        bytes,
    )
    .status
}

fn list(here: &Here, upload: &str, numbers: impl IntoIterator<Item = u32>) -> u16 {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<BlockList>".to_owned();
    for number in numbers {
        let _ = write!(xml, "<Latest>{}</Latest>", block(number).0);
    }
    xml.push_str("</BlockList>");
    azure(here, "PUT", &format!("{upload}?comp=blocklist"), "Content-Type: application/xml\r\n", xml.as_bytes()).status
}

#[test]
fn an_entry_is_saved_in_one_piece() {
    let here = Here::new();
    assert_eq!(find(&here, "index-buildkit-1-0#"), None);
    let upload = reserve(&here, "index-buildkit-1-0#1");
    assert_eq!(azure(&here, "PUT", &upload, "x-ms-blob-type: BlockBlob\r\n", b"value").status, 201);
    assert_eq!(find(&here, "index-buildkit-1-0#1"), None, "nobody finds what is not finished");
    let reply = finish(&here, "index-buildkit-1-0#1", 5).json();
    assert_eq!((&reply["ok"], &reply["entry_id"]), (&json!(true), &json!("1")));
    assert_eq!(finish(&here, "index-buildkit-1-0#1", 5).json(), reply, "the first answer was lost");
    assert_eq!(azure(&here, "PUT", &upload, "", b"other").status, 404, "it has ended");
    let (key, download) = find(&here, "index-buildkit-1-0#").expect("a prefix is enough");
    assert_eq!(key, "index-buildkit-1-0#1");
    let whole = azure(&here, "GET", &download, "", b"");
    assert_eq!((whole.status, &*whole.body, whole.header("x-ms-blob-type")), (200, &b"value"[..], Some("BlockBlob")));
    let part = azure(&here, "GET", &download, "x-ms-range: bytes=2-\r\n", b"");
    assert_eq!((part.status, &*part.body, part.header("content-range")), (206, &b"lue"[..], Some("bytes 2-4/5")));
    assert_eq!(azure(&here, "HEAD", &download, "", b"").header("content-length"), Some("5"));
    assert_eq!(here.blobs.keys(), [format!("actions/{VERSION}/index-buildkit-1-0#1")]);
}

#[test]
fn blocks_become_the_value_that_the_list_says() {
    let here = Here::new();
    let value = bytes(2_500_000);
    let blocks: Vec<_> = value.chunks(1 << 20).collect();
    for (name, order) in [("forwards", [0, 1, 2]), ("backwards", [2, 1, 0]), ("mixed", [1, 0, 2])] {
        let upload = reserve(&here, name);
        for number in order {
            assert_eq!(stage(&here, &upload, number, blocks[number as usize]), 201);
        }
        // Twice, as after a lost answer.
        assert_eq!(list(&here, &upload, 0..3), 201);
        assert_eq!(list(&here, &upload, 0..3), 201);
        assert_eq!(finish(&here, name, value.len()).status, 200);
        let (_, download) = find(&here, name).expect("it is there");
        assert!(azure(&here, "GET", &download, "", b"").body == value, "{name}");
    }
    // One that came twice counts as it came last, one that is not listed not at all, and one may be listed twice.
    let upload = reserve(&here, "odd");
    for (number, bytes) in [(0, "wrong"), (1, "unlisted"), (2, "two"), (0, "zero")] {
        assert_eq!(stage(&here, &upload, number, bytes.as_bytes()), 201);
    }
    assert_eq!(list(&here, &upload, [0, 2, 0]), 201);
    assert_eq!(finish(&here, "odd", 11).status, 200);
    let (_, download) = find(&here, "odd").expect("it is there");
    assert_eq!(azure(&here, "GET", &download, "", b"").body, b"zerotwozero");
}

#[test]
fn what_is_not_whole_is_not_published() {
    let here = Here::new();
    let upload = reserve(&here, "key");
    assert_eq!(finish(&here, "key", 0).status, 400, "nothing came");
    assert_eq!(stage(&here, &upload, 0, b"block"), 201);
    assert_eq!(finish(&here, "key", 5).status, 400, "no list came");
    assert_eq!(list(&here, &upload, [0, 1]), 400, "block 1 did not come");
    let mut client = here.connect();
    client
        .send(format!("PUT {upload}?comp=block&blockid={} HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf", block(1).1));
    client.stream.shutdown(std::net::Shutdown::Write).expect("it ends");
    assert!(client.try_reply().is_err());
    assert_eq!(list(&here, &upload, [0, 1]), 400, "block 1 was cut");
    for bad in ["", "<BlockList>", "<BlockList><Latest>x</Latest>", "no list>", &format!("<{}", "x".repeat(1000))] {
        assert_eq!(azure(&here, "PUT", &format!("{upload}?comp=blocklist"), "", bad.as_bytes()).status, 400, "{bad}");
    }
    assert_eq!(list(&here, &upload, [0]), 201);
    assert_eq!(finish(&here, "key", 6).status, 400, "another size");
    assert_eq!(stage(&here, &upload, 1, b"late"), 201);
    assert_eq!(finish(&here, "key", 5).status, 400, "a block came after the list");
    assert!(here.blobs.keys().is_empty());
    assert_eq!(here.blobs.stored(), 0);
    assert_eq!(list(&here, &upload, [0]), 201);
    assert_eq!(finish(&here, "key", 5).status, 200);
    assert_eq!(azure(&here, "GET", &find(&here, "key").expect("it is there").1, "", b"").body, b"block");
}

#[test]
fn a_key_is_taken_once() {
    let here = Here::new();
    let upload = reserve(&here, "key");
    let again = || call(&here, "CreateCacheEntry", &json!({"key": "key", "version": VERSION}));
    assert_eq!((again().status, &again().json()["code"]), (409, &json!("already_exists")), "somebody writes it");
    azure(&here, "PUT", &upload, "", b"value");
    finish(&here, "key", 5);
    assert_eq!((again().status, &again().json()["code"]), (409, &json!("already_exists")), "it is written");
    let other = call(&here, "CreateCacheEntry", &json!({"key": "key", "version": "other"}));
    assert_eq!(other.status, 200, "the version belongs to the key");
}

/// In the order of the protocol: the key, what begins with it, what begins with the restore keys. The newest first.
#[test]
fn restore_keys_are_prefixes() {
    let here = Here::new();
    for key in ["linux-1", "linux-2", "linux", "mac-1"] {
        here.blobs.has(&format!("actions/v/{key}"), key.as_bytes());
    }
    here.blobs.has("actions/w/linux-3", b"");
    here.blobs.has("http/linux-4", b"");
    let find = |key: &str, restore: &[&str]| {
        let reply =
            call(&here, "GetCacheEntryDownloadURL", &json!({"key": key, "restoreKeys": restore, "version": "v", "metadata": {}}))
                .json();
        reply["matched_key"].as_str().map(str::to_owned)
    };
    assert_eq!(find("linux", &[]).as_deref(), Some("linux"));
    assert_eq!(find("linux-", &[]).as_deref(), Some("linux-2"));
    assert_eq!(find("windows-", &["bsd", "mac-", "linux-"]).as_deref(), Some("mac-1"));
    assert_eq!(find("windows-", &["linux-3"]), None, "of another version");
    assert_eq!(find("windows", &[]), None);
}

#[test]
fn what_is_no_call_is_refused() {
    let here = Here::new();
    let post = |path: &str, kind: &str, body: &[u8]| {
        let reply =
            here.ask("POST", &format!("/twirp/github.actions.results.api.v1.{path}"), &format!("Content-Type: {kind}\r\n"), body);
        (reply.status, reply.json()["code"].as_str().unwrap_or_default().to_owned())
    };
    let json = "application/json; charset=utf-8";
    let (create, good) = ("CacheService/CreateCacheEntry", br#"{"key":"k","version":"v","more":1}"#);
    assert_eq!(post(create, json, good).0, 200);
    for (status, code, path, kind, body) in [
        (404, "bad_route", create, "application/protobuf", &b"\n\x01k"[..]),
        (404, "bad_route", "CacheService/DropEverything", json, good),
        (404, "bad_route", "ArtifactService/CreateArtifact", json, good),
        (400, "malformed", create, json, b"{"),
        (400, "malformed", create, json, br#"{"key":7,"version":"v"}"#),
        (400, "malformed", create, json, br#"{"key":"k"}"#),
        (400, "invalid_argument", create, json, br#"{"key":"","version":"v"}"#),
        (400, "invalid_argument", create, json, br#"{"key":"a\u0000","version":"v"}"#),
        (400, "invalid_argument", "CacheService/FinalizeCacheEntryUpload", json, br#"{"key":"k","version":"v"}"#),
        (400, "malformed", "CacheService/FinalizeCacheEntryUpload", json, br#"{"key":"k","version":"v","size_bytes":-1}"#),
        (
            400,
            "failed_precondition",
            "CacheService/FinalizeCacheEntryUpload",
            json,
            br#"{"key":"k","version":"v","size_bytes":"1"}"#,
        ),
    ] {
        assert_eq!(post(path, kind, body), (status, code.to_owned()), "{path} {}", String::from_utf8_lossy(body));
    }
    let huge = here.ask("POST", "/twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry", "", &bytes(100_000));
    assert_eq!(huge.status, 413);
}

/// Its client repeats for minutes what failed with certain statuses.
#[test]
fn a_failing_store_is_told_in_a_way_that_is_not_repeated() {
    let here = Here::new();
    here.blobs.has(&format!("actions/{VERSION}/there"), b"value");
    let (_, download) = find(&here, "there").expect("it is there");
    for kind in [std::io::ErrorKind::Other, std::io::ErrorKind::TimedOut] {
        here.blobs.breaks(Fault::All(kind));
        for range in ["", "x-ms-range: bytes=1-\r\n"] {
            assert_eq!(azure(&here, "GET", &download, range, b"").status, 424);
        }
        assert_eq!(call(&here, "GetCacheEntryDownloadURL", &json!({"key": "there", "version": VERSION})).status, 500);
    }
    here.blobs.breaks(Fault::Publish);
    let upload = reserve(&here, "new");
    azure(&here, "PUT", &upload, "", b"value");
    let failed = finish(&here, "new", 5);
    assert_eq!((failed.status, &failed.json()["code"]), (500, &json!("internal")));
    here.blobs.breaks(None);
    assert_eq!(find(&here, "new"), None);
    reserve(&here, "new");
}

#[test]
fn urls_are_those_that_were_given_out() {
    let here = Here::new();
    let blob = here.blobs.has(&format!("actions/{VERSION}/mine"), b"mine");
    let secret = here.blobs.has("elsewhere", b"secret");
    let (_, mine) = find(&here, "mine").expect("it is there");
    assert_eq!(azure(&here, "GET", &mine, "", b"").body, b"mine");
    let signature = mine.split_once("sig=").expect("a signature").1;
    for path in [
        format!("/_windlass/download/{}/{}", blob.digest, blob.size),
        format!("/_windlass/download/{}/{}?sig=", blob.digest, blob.size),
        format!("/_windlass/download/{}/{}?sig={}", blob.digest, blob.size, "0".repeat(64)),
        format!("/_windlass/download/{}/{}?sig={signature}", secret.digest, secret.size),
        format!("/_windlass/download/{}/{}?sig={signature}", blob.digest, 5),
        format!("/_windlass/download/{}?sig={signature}", blob.digest),
        format!("/_windlass/download/../{}?sig={signature}", blob.digest),
    ] {
        assert_eq!(azure(&here, "GET", &path, "", b"").status, 403, "{path}");
    }
    assert_eq!(azure(&here, "PUT", "/_windlass/upload/0123", "", b"x").status, 404);
    assert_eq!(azure(&here, "GET", &reserve(&here, "new"), "", b"").status, 404, "an upload is not read");
    assert_eq!(azure(&here, "DELETE", &mine, "", b"").status, 404);
}

#[test]
fn open_uploads_are_bounded() {
    let here = Here::within(Limits { uploads: 8, blocks: 10, spool: 1 << 20, body: 1 << 19, ..Limits::default() });
    let first = reserve(&here, "first");
    let kept = reserve(&here, "kept");
    assert_eq!(stage(&here, &first, 0, &bytes(1 << 18)), 201);
    for number in 0..1000 {
        assert_eq!(stage(&here, &kept, 0, b"again"), 201);
        reserve(&here, &format!("many-{number}"));
    }
    assert_eq!(stage(&here, &first, 1, b"x"), 404, "it was left alone longest");
    for number in 1..10 {
        assert_eq!(stage(&here, &kept, number, b"x"), 201);
    }
    assert_eq!(stage(&here, &kept, 10, b"x"), 413, "too many blocks");
    assert_eq!(stage(&here, &kept, 0, &bytes((1 << 19) + 1)), 413, "a large block");
    assert_eq!(stage(&here, &kept, 0, &bytes(1 << 19)), 201, "what ended gave its space back");
    assert_eq!(stage(&here, &kept, 1, &bytes(1 << 19)), 507);
    assert_eq!(list(&here, &kept, [0, 0]), 413, "a large value of small parts");
    let nameless = azure(&here, "PUT", &format!("{kept}?comp=block"), "", b"x");
    assert_eq!(nameless.status, 400);
    let mut client = here.connect();
    client.send(format!(
        "PUT {kept}?comp=block&blockid=YQ HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    ));
    assert_eq!(client.reply().status, 411);
}

/// A build that was killed keeps the next one from its keys for a while only.
#[test]
fn an_upload_that_is_left_alone_ends() {
    let here = Here::within(Limits { alone: std::time::Duration::from_millis(100), ..Limits::default() });
    let left = reserve(&here, "key");
    let since = std::time::Instant::now();
    while call(&here, "CreateCacheEntry", &json!({"key": "key", "version": VERSION})).status == 409 {
        assert!(since.elapsed() < crate::support::LONG, "the key stays taken");
        std::thread::yield_now();
    }
    assert_eq!(azure(&here, "PUT", &left, "", b"late").status, 404);
}

/// What BuildKit looks into before it sends the token.
#[test]
fn the_token_has_what_buildkit_asks_for() {
    let token = actions_token();
    let parts: Vec<_> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64")).collect();
    assert_eq!(parts.len(), 3);
    let header: Value = serde_json::from_slice(&parts[0]).expect("JSON");
    assert_eq!(header["alg"], "HS256");
    let claims: Value = serde_json::from_slice(&parts[1]).expect("JSON");
    assert!(claims["nbf"].as_u64() < Some(1_000_000_000) && claims["exp"].as_u64() > Some(4_000_000_000));
    let scopes: Value = serde_json::from_str(claims["ac"].as_str().expect("a text")).expect("JSON in JSON");
    assert_eq!(scopes, json!([{"Scope": "windlass", "Permission": 3}]));
    assert_eq!(token, actions_token());
}
