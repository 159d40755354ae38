//! Where redirects lead, and what goes along.

use windlass_engine::ports::http::{Http as _, HttpError};

use crate::server::{Server, answer, redirect};
use crate::world::{World, get, piece, sent};

#[tokio::test]
async fn a_redirect_leads_to_no_host_off_the_list_and_not_away_from_tls() {
    let mut world = World::new();
    let other = world.server("other.corp.example", |_| answer("200 OK", "", "")).await;
    let plain = Server::start(None, |_| answer("200 OK", "", "")).await;
    world.name("api.corp.example", &[&["127.0.0.1"]]);
    for location in [
        format!("https://other.corp.example:{}/", other.port),
        format!("http://api.corp.example:{}/", plain.port),
        format!("//user@other.corp.example:{}/", other.port),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://x".to_owned(),
        "https://a b/".to_owned(),
    ] {
        let there = location.clone();
        let server = world.server("api.corp.example", move |_| redirect("302 Found", &there)).await;
        let pattern = format!("api.corp.example:{}", server.port);
        let error = sent(&world.client(), get(&format!("https://{pattern}/"), &[&pattern])).await.unwrap_err();
        assert!(error.contains("it redirects to"), "{location}: {error}");
        assert_eq!(server.requests().len(), 1);
    }
    assert!(other.requests().is_empty() && plain.requests().is_empty());
}

/// A host that a pattern allows can be made to lead inside, and so can a redirect to it.
#[tokio::test]
async fn a_redirect_on_the_list_is_checked_as_a_request_is() {
    let mut world = World::new();
    let server = world.server("api.corp.example", |_| redirect("302 Found", "https://inside.corp.example/")).await;
    world.name("inside.corp.example", &[&["10.0.0.1"]]);
    let pattern = format!("api.corp.example:{}", server.port);
    let refused = world.client().send(get(&format!("https://{pattern}/"), &[&pattern, "*.corp.example"])).await.unwrap_err();
    assert!(matches!(&refused, HttpError::Private { origin, .. } if origin.host == "inside.corp.example"), "{refused:?}");
}

#[tokio::test]
async fn five_redirects_are_followed_and_a_sixth_is_an_error() {
    let mut world = World::new();
    let server = world
        .server("api.corp.example", |request| {
            let step: u32 = request.split('/').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
            if step == 0 { answer("200 OK", "", "there") } else { redirect("302 Found", &format!("/{}", step - 1)) }
        })
        .await;
    let pattern = format!("api.corp.example:{}", server.port);
    let client = world.client();
    let from = |step: u32| get(&format!("https://{pattern}/{step}"), &[&pattern]);
    assert_eq!(sent(&client, from(5)).await, Ok((200, "there".to_owned())));
    let error = sent(&client, from(6)).await.unwrap_err();
    assert!(error.contains("redirects more than 5 times"), "{error}");
}

#[tokio::test]
async fn a_secret_goes_to_no_other_host() {
    let mut world = World::new();
    let other = world.server("other.corp.example", |_| answer("200 OK", "", "there")).await;
    let there = format!("https://other.corp.example:{}/", other.port);
    for (status, method, followed) in [
        ("302 Found", "GET", true),
        ("303 See Other", "POST", true),
        ("302 Found", "POST", true),
        ("307 Temporary Redirect", "POST", false),
        ("308 Permanent Redirect", "PUT", false),
    ] {
        let location = there.clone();
        let server = world.server("api.corp.example", move |_| redirect(status, &location)).await;
        let patterns = [format!("api.corp.example:{}", server.port), format!("other.corp.example:{}", other.port)];
        let mut request = get(&format!("https://{}/", patterns[0]), &[&patterns[0], &patterns[1]]);
        request.method = method.to_owned();
        request.headers = vec![
            ("x-token".to_owned(), piece("opensesame", true)),
            ("authorization".to_owned(), piece("not a secret of the task", false)),
            ("cookie".to_owned(), piece("a=b", false)),
            ("x-other".to_owned(), piece("stays", false)),
        ];
        if method != "GET" {
            request.body = piece("opensesame in a body", true);
        }
        let before = other.requests().len();
        let done = sent(&world.client(), request).await;
        assert!(server.requests()[0].contains("x-token: opensesame\r\n"));
        if followed {
            assert_eq!(done, Ok((200, "there".to_owned())));
            let got = other.requests().pop().unwrap();
            assert!(got.starts_with("GET / ") && got.contains("x-other: stays"), "{got}");
            assert!(!got.contains("opensesame") && !got.contains("authorization") && !got.contains("cookie"), "{got}");
        } else {
            assert!(done.as_ref().is_err_and(|e| e.contains("a body with a secret is sent to no other host")), "{done:?}");
            assert_eq!(other.requests().len(), before);
        }
    }
}

/// What goes to the same host again goes as it was.
#[tokio::test]
async fn on_one_host_a_request_keeps_its_secret_and_its_body_where_browsers_do() {
    let mut world = World::new();
    let server = world
        .server("api.corp.example", |request| match request.contains(" /there ") {
            true => answer("200 OK", "", "there"),
            false => redirect("307 Temporary Redirect", "/there"),
        })
        .await;
    let pattern = format!("api.corp.example:{}", server.port);
    let mut request = get(&format!("https://{pattern}/"), &[&pattern]);
    request.method = "PUT".to_owned();
    request.headers = vec![("x-token".to_owned(), piece("opensesame", true))];
    request.body = piece("body", true);
    assert_eq!(sent(&world.client(), request).await, Ok((200, "there".to_owned())));
    let got = server.requests().pop().unwrap();
    assert!(got.starts_with("PUT /there ") && got.contains("x-token: opensesame") && got.ends_with("\r\n\r\nbody"), "{got}");
}
