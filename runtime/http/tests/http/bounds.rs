//! Answers that would never end, and requests that nobody may send.

use std::time::{Duration, Instant};

use crate::server::{Act, answer};
use crate::world::{World, get, piece, sent};

#[tokio::test]
async fn an_answer_without_end_is_ended() {
    let start = b"HTTP/1.1 200 OK\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for (first, again, words) in [
        (start.clone(), b"x-more: and more\r\n".to_vec(), "head"),
        (start.clone(), b"x".to_vec(), "head"),
        ([start, b"\r\n".to_vec()].concat(), vec![b'x'; 1000], "more than 1000 bytes"),
        (chunked, b"3e8\r\n".iter().copied().chain(vec![b'x'; 1000]).chain(*b"\r\n").collect(), "more than 1000 bytes"),
    ] {
        let mut world = World::new();
        let server = world.server("api.corp.example", move |_| Act::Endless(first.clone(), again.clone())).await;
        let pattern = format!("api.corp.example:{}", server.port);
        let error = sent(&world.client(), get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn an_answer_that_says_that_it_is_large_is_refused_and_one_at_the_limit_is_not() {
    let mut world = World::new();
    let server = world
        .server("api.corp.example", |request| {
            answer("200 OK", "", &"x".repeat(if request.contains(" /more ") { 1001 } else { 1000 }))
        })
        .await;
    let pattern = format!("api.corp.example:{}", server.port);
    let client = world.client();
    let error = sent(&client, get(&format!("https://{pattern}/more"), &[&pattern])).await.unwrap_err();
    assert!(error.contains("more than 1000 bytes"), "{error}");
    assert_eq!(sent(&client, get(&format!("https://{pattern}/"), &[&pattern])).await.map(|(_, body)| body.len()), Ok(1000));
}

#[tokio::test]
async fn a_host_that_takes_its_time_is_given_up_and_so_is_one_that_nobody_waits_for() {
    for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"] {
        let mut world = World::new();
        let server = world.server("api.corp.example", move |_| Act::Hang(bytes.to_vec())).await;
        let pattern = format!("api.corp.example:{}", server.port);
        let client = world.client();
        let request = || get(&format!("https://{pattern}/"), &[&pattern]);
        let mut short = request();
        short.timeout = Duration::from_millis(200);
        let began = Instant::now();
        let error = sent(&client, short).await.unwrap_err();
        assert!(error.contains("did not answer within 0.2 s"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(10));
        // Who stops waiting has ended the connection, too: nothing drives it any more.
        let waiting = tokio::time::timeout(Duration::from_millis(200), sent(&client, request())).await;
        assert!(waiting.is_err());
        let gone = async {
            while *server.given_up.lock().unwrap() < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_none() {
    let mut world = World::new();
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec();
    let server = world.server("api.corp.example", move |_| Act::Answer(cut.clone())).await;
    let pattern = format!("api.corp.example:{}", server.port);
    let error = sent(&world.client(), get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
    assert!(error.contains("broke off"), "{error}");
}

/// A header could make a second request of one, or take the answer of another.
#[tokio::test]
async fn what_is_about_the_connection_is_no_plugins_to_say() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "")).await;
    let pattern = format!("api.corp.example:{}", server.port);
    let client = world.client();
    for (name, value) in [
        ("Host", "other"),
        ("content-length", "1"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "upgrade"),
        ("Proxy-Authorization", "x"),
        ("a b", "c"),
        ("a\r\nb", "c"),
        ("", "c"),
        ("a", "b\r\nc: d"),
        ("a", "b\0"),
    ] {
        let mut request = get(&format!("https://{pattern}/"), &[&pattern]);
        request.headers = vec![(name.to_owned(), piece(value, false))];
        assert!(sent(&client, request).await.is_err(), "{name}: {value}");
    }
    for method in ["", "CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nx:"] {
        let mut request = get(&format!("https://{pattern}/"), &[&pattern]);
        request.method = method.to_owned();
        assert!(sent(&client, request).await.is_err_and(|e| e.contains("a method is GET")), "{method}");
    }
    assert!(server.requests().is_empty());
}
