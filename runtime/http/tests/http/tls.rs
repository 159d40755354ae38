//! Whom a host must be to be believed.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Authority, Server, answer};
use crate::world::{World, get, piece, sent};

#[tokio::test]
async fn a_certificate_that_will_not_do_is_refused_and_nothing_is_asked() {
    for (name, years, known, words) in [
        ("api.corp.example", (2001, 2002), true, "expired"),
        ("api.corp.example", (2098, 2099), true, "valid"),
        ("other.corp.example", (2020, 2100), true, "name"),
        ("api.corp.example", (2020, 2100), false, "ca_file"),
    ] {
        let mut world = World::new();
        world.name("api.corp.example", &[&["127.0.0.1"]]);
        let server = Server::start(Some(world.authority.tls(&[name], years)), |_| answer("200 OK", "", "")).await;
        world.trusted = vec![format!("api.corp.example:{}", server.port)];
        if !known {
            world.authority = Authority::new();
        }
        let client = world.client();
        let pattern = format!("api.corp.example:{}", server.port);
        let error = sent(&client, get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
        assert!(error.contains("its certificate is refused") && error.to_lowercase().contains(words), "{error}");
        assert!(server.requests().is_empty());
    }
}

/// An authority is believed of the host that it is named for.
#[tokio::test]
async fn the_authority_of_one_host_is_none_for_another() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| answer("200 OK", "", "")).await;
    world.trusted = vec!["other.corp.example".to_owned()];
    let pattern = format!("api.corp.example:{}", server.port);
    let error = sent(&world.client(), get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
    assert!(error.contains("its certificate is refused"), "{error}");
}

#[tokio::test]
async fn a_host_without_tls_where_it_is_due_is_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // As a web server does with what it does not understand.
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let mut asked = Vec::new();
        stream.read_to_end(&mut asked).await.unwrap();
        asked
    });
    let mut world = World::new();
    world.name("api.corp.example", &[&["127.0.0.1"]]);
    let pattern = format!("api.corp.example:{port}");
    let mut request = get(&format!("https://{pattern}/"), &[&pattern]);
    request.headers = vec![("x-token".to_owned(), piece("opensesame", true))];
    let error = sent(&world.client(), request).await.unwrap_err();
    assert!(error.contains("it does not speak TLS"), "{error}");
    let asked = serving.await.unwrap();
    assert!(!String::from_utf8_lossy(&asked).contains("opensesame"));
}
