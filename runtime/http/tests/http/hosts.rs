//! Whom a request reaches.

use windlass_engine::ports::http::{Http as _, HttpError};

use crate::server::{Server, answer};
use crate::world::{World, get, sent};

#[tokio::test]
async fn a_host_that_is_named_is_reached_over_tls_at_its_own_path() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("404 Not Found", "X-Odd: a\r\n", "nothing")).await;
    let client = world.client();
    let url = format!("https://api.corp.example:{}/a/b?c=d#e", server.port);
    let found = client.send(get(&url, &[&format!("api.corp.example:{}", server.port)])).await.unwrap();
    assert_eq!((found.status, found.body.as_slice()), (404, &b"nothing"[..]));
    assert_eq!(found.url, url.trim_end_matches("#e"));
    assert!(found.headers.contains(&("x-odd".to_owned(), "a".to_owned())), "{:?}", found.headers);
    let [request] = server.requests().try_into().unwrap();
    assert!(request.starts_with("GET /a/b?c=d HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: api.corp.example:{}\r\n", server.port)), "{request}");
    assert!(request.contains(concat!("user-agent: windlass/", env!("CARGO_PKG_VERSION"), "\r\n")), "{request}");
}

#[tokio::test]
async fn a_host_off_the_list_is_not_even_looked_up() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "")).await;
    let client = world.client();
    let port = server.port;
    let url = format!("https://api.corp.example:{port}/");
    for patterns in [
        vec![],
        vec!["api.corp.example".to_owned()],
        vec![format!("other.corp.example:{port}")],
        vec![format!("http://api.corp.example:{port}")],
    ] {
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let error = sent(&client, get(&url, &patterns)).await.unwrap_err();
        assert!(error.contains("not among the hosts"), "{error}");
    }
    assert!(server.requests().is_empty() && world.names.asked.lock().unwrap().is_empty());
}

/// Whoever has a name in the public network can let it lead into the user's own.
#[tokio::test]
async fn an_address_of_the_users_own_network_is_refused_unless_the_host_is_named() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "inside")).await;
    let port = server.port;
    let wide = format!("*:{port}");
    for (host, addresses) in [
        ("api.corp.example", &["127.0.0.1"][..]),
        ("cloud.corp.example", &["169.254.169.254"][..]),
        ("home.corp.example", &["192.168.1.1"][..]),
        ("six.corp.example", &["::ffff:10.0.0.1"][..]),
        // One among others is enough.
        ("mixed.corp.example", &["93.184.216.34", "127.0.0.1"][..]),
    ] {
        world.name(host, &[addresses]);
        let client = world.client();
        let refused = client.send(get(&format!("https://{host}:{port}/"), &[&wide])).await.unwrap_err();
        assert!(matches!(&refused, HttpError::Private { origin, .. } if origin.host == host), "{refused:?}");
    }
    let client = world.client();
    for host in ["127.0.0.1", "[::1]", "0x7f.1", "169.254.169.254"] {
        let refused = client.send(get(&format!("https://{host}:{port}/"), &[&wide])).await.unwrap_err();
        assert!(matches!(&refused, HttpError::Private { .. }), "{refused:?}");
    }
    assert!(server.requests().is_empty());
    let named = get(&format!("https://api.corp.example:{port}/"), &[&format!("api.corp.example:{port}")]);
    assert_eq!(sent(&client, named).await, Ok((200, "inside".to_owned())));
}

/// A name that leads elsewhere the second time is asked once: what was checked is dialled.
#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_dialled() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "inside")).await;
    // Nobody routes documentation's network, so the connection fails or takes its time; it never ends up here.
    world.name("api.corp.example", &[&["93.184.216.34"], &["127.0.0.1"]]);
    let client = world.client();
    let mut request = get(&format!("https://api.corp.example:{}/", server.port), &[&format!("*:{}", server.port)]);
    request.timeout = std::time::Duration::from_millis(300);
    let error = sent(&client, request).await.unwrap_err();
    assert!(!error.contains("address of this machine"), "{error}");
    assert_eq!(world.names.asked.lock().unwrap().len(), 1);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn without_tls_only_a_host_is_spoken_to_that_is_named_so() {
    let mut world = World::new();
    world.name("old.corp.example", &[&["127.0.0.1"]]);
    let server = Server::start(None, |_| answer("200 OK", "", "plain")).await;
    let port = server.port;
    let client = world.client();
    let url = format!("http://old.corp.example:{port}/");
    for pattern in [format!("*:{port}"), format!("old.corp.example:{port}")] {
        let error = sent(&client, get(&url, &[&pattern])).await.unwrap_err();
        assert!(error.contains("not among the hosts"), "{error}");
    }
    let named = format!("http://old.corp.example:{port}");
    assert_eq!(sent(&client, get(&url, &[&named])).await, Ok((200, "plain".to_owned())));
    // And who was named so is not spoken to with TLS.
    let error = sent(&client, get(&format!("https://old.corp.example:{port}/"), &[&named])).await.unwrap_err();
    assert!(error.contains("not among the hosts"), "{error}");
    assert_eq!(server.requests().len(), 1);
}
