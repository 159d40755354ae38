//! Clients that are slow, silent, or many.

use std::io::Write as _;
use std::time::{Duration, Instant};

use windlass_mover_http::Limits;

use crate::support::{Client, Here, LONG, bytes};

const SHORT: Duration = Duration::from_millis(300);

/// How long the server takes to end this connection.
fn until_over(client: &mut Client) -> Duration {
    let since = Instant::now();
    while !client.is_over() {
        let _ = client.try_reply();
        assert!(since.elapsed() < LONG, "the connection stays");
    }
    since.elapsed()
}

#[test]
fn a_head_has_to_be_there_in_time() {
    let here = Here::within(Limits { head: SHORT, ..Limits::default() });
    let mut client = here.connect();
    let slow = client.stream.try_clone().expect("another handle");
    let sending = std::thread::spawn(move || {
        let mut sent = 0;
        while (&slow).write_all(if sent == 0 { b"GET /k HTTP/1.1\r\nx: " } else { b"x" }).is_ok() {
            sent += 1;
            std::thread::park_timeout(Duration::from_millis(20));
        }
        sent
    });
    assert_eq!(client.reply().status, 408);
    assert!(until_over(&mut client) < LONG);
    assert!(sending.join().expect("it ends") > 1, "it did send byte by byte");
}

#[test]
fn a_silent_connection_ends() {
    let here = Here::within(Limits { idle: SHORT, ..Limits::default() });
    let (mut never, mut once) = (here.connect(), here.connect());
    assert_eq!(once.ask("GET", "/k", "", b"").status, 404);
    assert!(never.is_over() && once.is_over());
}

#[test]
fn a_body_that_stands_still_ends() {
    let here = Here::within(Limits { idle: SHORT, ..Limits::default() });
    for path in ["/k", "/twirp/github.actions.results.api.v1.CacheService/CreateCacheEntry"] {
        let mut client = here.connect();
        client.send(format!("PUT {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc"));
        assert_eq!(client.reply().status, 408);
        assert!(client.is_over());
    }
    assert!(here.blobs.keys().is_empty());
}

/// A byte now and then is not enough: a body has to bring some on average.
#[test]
fn a_body_that_crawls_ends() {
    let here = Here::within(Limits { idle: SHORT, rate: 1 << 20, ..Limits::default() });
    let mut client = here.connect();
    client.send("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    let slow = client.stream.try_clone().expect("another handle");
    std::thread::spawn(move || {
        while (&slow).write_all(b"x").is_ok() {
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    assert_eq!(client.reply().status, 408);
}

#[test]
fn a_reader_that_stands_still_ends() {
    let here = Here::within(Limits { idle: SHORT, connections: 1, ..Limits::default() });
    here.put("/k", &bytes(32 << 20));
    let mut client = here.connect();
    client.send("GET /k HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(client.reply_without_body().status, 200);
    assert_eq!(here.put("/other", b"x"), 201, "the only place is free again");
}

/// Those that wait for a request make room at once, however long they may stay otherwise.
#[test]
fn idle_connections_keep_nobody_out() {
    let here = Here::within(Limits { connections: 4, ..Limits::default() });
    let mut idle: Vec<_> = (0..4).map(|_| here.connect()).collect();
    for client in &mut idle {
        assert_eq!(client.ask("PUT", "/k", "", b"v").status, 201);
    }
    let mut new = here.connect();
    assert_eq!(new.ask("GET", "/k", "", b"").body, b"v");
    assert!(idle[0].is_over(), "the one that has waited longest");
    assert_eq!(idle[3].ask("GET", "/k", "", b"").status, 200, "no more than needed");
}

/// Those that are in the middle of something keep their places, and the others wait for one.
#[test]
fn busy_connections_are_waited_for() {
    let here = Here::within(Limits { connections: 2, ..Limits::default() });
    let mut busy: Vec<_> = (0..2).map(|_| here.connect()).collect();
    for client in &mut busy {
        client.send("PUT /busy HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        assert_eq!(client.reply_without_body().status, 100);
    }
    let mut new = here.connect();
    new.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
    new.stream.set_read_timeout(Some(SHORT)).expect("a timeout");
    assert!(new.try_reply().is_err(), "there is no place");
    new.stream.set_read_timeout(Some(LONG)).expect("a timeout");
    busy[1].send("ab");
    assert_eq!(busy[1].reply().status, 201);
    assert_eq!(new.reply().body, b"ab");
    busy[0].send("cd");
    assert_eq!(busy[0].reply().status, 201);
}

/// Half of them say nothing, the others begin a request and leave it there. Those who have something to say are answered meanwhile.
#[test]
fn ten_thousand_connections_harm_nothing() {
    let here = Here::new();
    here.put("/kept", b"kept");
    let most = more_files();
    let mut held = Vec::new();
    for number in 0..10_000 {
        let mut client = here.connect();
        if number % 2 == 0 {
            let _ = client.stream.write_all(b"GET /kept HTTP/1.1\r\nHost: ");
        }
        held.push(client);
        if held.len() >= most {
            held.remove(0);
        }
        // No more than the system lets wait to be accepted.
        if number % 100 == 99 {
            let since = Instant::now();
            assert_eq!(here.get("/kept").body, b"kept");
            assert_eq!(here.put("/new", b"new"), 201);
            assert!(since.elapsed() < Duration::from_secs(20));
        }
    }
    drop(held);
    assert_eq!(here.get("/kept").body, b"kept");
}

/// Lets this process have as many files as it may, and says how many connections it can hold.
fn more_files() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(500).clamp(100, 10_000)
}
