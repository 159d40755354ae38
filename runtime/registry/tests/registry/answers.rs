//! What a registry says, shown so that it does no harm.

use crate::server::Reply;
use crate::support::{Secured, World, password};

async fn error(reply: Reply, world: impl FnOnce(World) -> World) -> String {
    let registry = Secured::start(move |_| reply.clone().act()).await;
    let error = world(registry.world()).registries().resolve(&registry.repository(), "1").await.unwrap_err();
    // The answer to a HEAD has no body, so the registry is asked for its tags, too.
    let tags = registry.world().registries().tags(&registry.repository()).await.unwrap_err();
    format!("{error}\n{tags}")
}

#[tokio::test]
async fn a_registry_s_words_are_cleaned_and_short() {
    let hostile = "no\u{1b}[2J\n::error::x \u{202e}".to_owned() + &"y".repeat(5000);
    let body = serde_json::json!({"errors": [{"code": "DENIED", "message": hostile}]}).to_string();
    for (reply, words) in [
        (Reply::new(403).body(body.clone()), "(DENIED: no"),
        (Reply::new(404).body(body), "(DENIED: no"),
        (Reply::new(400).with("content-type", "text/plain").body(hostile), "(no"),
    ] {
        let text = error(reply, |world| world).await;
        assert!(text.contains(words), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.lines().count() == 2 && text.len() < 2000, "{text}");
    }
}

/// Proves that a page for a browser, which says nothing to a person here, is left out.
#[tokio::test]
async fn a_page_for_a_browser_is_not_shown() {
    let page = Reply::new(502).with("content-type", "text/html").body("<html><h1>Bad Gateway</h1></html>");
    let text = error(page, |world| world).await;
    assert!(text.contains("fails with status 502;") && !text.contains("<h1>"), "{text}");
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    for (status, words) in [
        (403, "use credentials that have this right"),
        (404, "check the name and the version"),
        (429, "try again later"),
        (500, "ask who runs it"),
    ] {
        let text = error(Reply::new(status), |world| world).await;
        assert!(text.lines().all(|line| line.contains(words) && line.starts_with("127.0.0.1:")), "{text}");
    }
}

/// Proves that a registry which repeats the password does not get it shown.
#[tokio::test]
async fn a_password_that_comes_back_is_hidden() {
    let registry = Secured::start(|seen| match seen.header("authorization") {
        "" => Reply::new(401).with("www-authenticate", "Basic realm=x").act(),
        shown => {
            let body =
                serde_json::json!({"errors": [{"code": "DENIED", "message": format!("no {shown} and no hunter2-secret")}]});
            Reply::new(403).body(body.to_string()).act()
        }
    })
    .await;
    let registries = registry.world().with_login("me", password("hunter2-secret")).registries();
    let error = registries.tags(&registry.repository()).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("user `me` (from the tests)"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("bWU6aHVudGVy"), "{text}");
}
