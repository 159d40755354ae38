//! A proxy, which alone knows where some names lead.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use windlass_engine::ports::http::{Http as _, HttpError};
use windlass_http::Proxies;

use crate::server::answer;
use crate::world::{World, get, sent};

/// Leads every name to one port of this machine. What it was asked is kept.
async fn proxy(to: u16) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://me:word@{}", listener.local_addr().unwrap());
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
                let refused = head.contains("refused.example");
                log.lock().unwrap().push(head);
                if refused {
                    return stream.write_all(b"HTTP/1.1 403 No\r\n\r\n").await;
                }
                let mut there = TcpStream::connect(("127.0.0.1", to)).await?;
                stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\n").await?;
                copy_bidirectional(&mut stream, &mut there).await.map(drop)
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn the_proxy_of_this_machine_leads_to_what_is_outside() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "through")).await;
    let (address, asked) = proxy(server.port).await;
    let named = |world: &mut World| {
        let address = address.clone();
        world.proxies = Proxies::of(move |name| (name == "HTTPS_PROXY").then(|| address.clone()));
    };
    // A name that only the proxy knows.
    world.names = Arc::default();
    world.trusted = vec!["api.corp.example".to_owned()];
    named(&mut world);
    let client = world.client();
    assert_eq!(sent(&client, get("https://api.corp.example/", &["*.corp.example"])).await, Ok((200, "through".to_owned())));
    {
        let asked = asked.lock().unwrap();
        let [head] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(head.starts_with("CONNECT api.corp.example:443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Proxy-Authorization: Basic bWU6d29yZA==\r\n"), "{head}");
    }
    let error = sent(&client, get("https://refused.example/", &["refused.example"])).await.unwrap_err();
    assert!(error.contains("the proxy does not lead there: it answers 403") && !error.contains("word"), "{error}");
    // What is known to be inside is refused all the same: a proxy may stand inside, too.
    world.name("inside.corp.example", &[&["10.0.0.1"]]);
    named(&mut world);
    let client = world.client();
    for url in ["https://inside.corp.example/", "https://10.0.0.1/"] {
        let refused = client.send(get(url, &["*"])).await.unwrap_err();
        assert!(matches!(refused, HttpError::Private { .. }), "{refused:?}");
    }
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_said_and_not_passed_by() {
    for (value, words) in [("socks5://127.0.0.1:1", "speaks socks5"), ("ftp://x", "HTTPS_PROXY is not the address of a proxy")] {
        let mut world = World::new();
        let server = world.server("api.corp.example", |_| answer("200 OK", "", "")).await;
        world.proxies = Proxies::of(move |name| (name == "HTTPS_PROXY").then(|| value.to_owned()));
        let pattern = format!("api.corp.example:{}", server.port);
        let error = sent(&world.client(), get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
        assert!(error.contains(words), "{error}");
        assert!(server.requests().is_empty());
    }
}
