//! Secrets that are sent are in nothing that is said of it.

use crate::server::{Server, answer, redirect};
use crate::world::{World, get, piece, sent};

#[tokio::test]
async fn no_error_repeats_what_was_sent() {
    let mut world = World::new();
    world.name("api.corp.example", &[&["127.0.0.1"]]);
    let refusing = Server::start(None, |_| answer("200 OK", "", "")).await;
    let away = world.server("api.corp.example", |_| redirect("302 Found", "https://off.example/?opensesame")).await;
    let client = world.client();
    for port in [refusing.port, away.port, 1] {
        let pattern = format!("api.corp.example:{port}");
        let mut request = get(&format!("https://{pattern}/?q=opensesame"), &[&pattern]);
        request.headers = vec![("authorization".to_owned(), piece("opensesame", true))];
        request.body = piece("opensesame", true);
        let shown = format!("{request:?}");
        assert!(!shown.contains("[111, 112, 101, 110"), "{shown}");
        let error = sent(&client, request).await.unwrap_err();
        assert!(!error.contains("opensesame"), "{error}");
    }
}
