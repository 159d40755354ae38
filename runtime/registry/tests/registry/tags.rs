//! Lists of tags, and lists that are traps.

use windlass_registry::{Error, MOST_TAGS};

use crate::server::Reply;
use crate::store::parameter;
use crate::support::{Secured, repository};

fn page(tags: &[String], next: Option<String>) -> Reply {
    let reply = Reply::new(200).body(serde_json::json!({"name": "a", "tags": tags}).to_string());
    match next {
        Some(next) => reply.with("link", format!("<{next}>; rel=\"next\"")),
        None => reply,
    }
}

#[tokio::test]
async fn all_pages_are_read() {
    let registry = Secured::start(|seen| {
        let first: usize = parameter(seen, "last").map_or(0, |last| last.trim_start_matches("v1.").parse::<usize>().unwrap() + 1);
        let tags: Vec<String> = (first..first + 100).map(|n| format!("v1.{n}")).collect();
        let next = (first < 900).then(|| format!("/v2/a/tags/list?n=100&last={}", tags[99]));
        page(&tags, next).act()
    })
    .await;
    let tags = registry.world().registries().tags(&registry.repository()).await.unwrap();
    assert_eq!((tags.len(), tags[0].as_str(), tags[999].as_str()), (1000, "v1.0", "v1.999"));
    assert_eq!(registry.server.requests().len(), 10);
}

/// Proves that pages without an end are left, with tags on them and without.
#[tokio::test]
async fn pages_without_an_end_are_left() {
    for on_each in [700, 0] {
        let registry = Secured::start(move |seen| {
            let tags: Vec<String> = (0..on_each).map(|n| format!("t{}-{n}", seen.before)).collect();
            page(&tags, Some(format!("/v2/a/tags/list?last={}", seen.before))).act()
        })
        .await;
        let error = registry.world().registries().tags(&registry.repository()).await.unwrap_err();
        assert!(matches!(error, Error::TooManyTags { limit: MOST_TAGS, .. }), "{error:?}");
        assert!(error.to_string().contains("name one tag"), "{error}");
    }
}

#[tokio::test]
async fn a_next_page_elsewhere_or_the_same_again_is_a_trap() {
    let other = Secured::start(|_| page(&[], None).act()).await;
    let elsewhere = format!("https://{}/v2/a/tags/list", other.server.host);
    for next in [elsewhere.as_str(), "/v2/a/tags/list?n=1000", "http://127.0.0.1/x", "file:///x"] {
        let next = next.to_owned();
        let registry = Secured::start(move |_| page(&["1".into()], Some(next.clone())).act()).await;
        let error = registry.world().registries().tags(&registry.repository()).await.unwrap_err();
        assert!(matches!(error, Error::Protocol { .. }), "{error:?}");
    }
    assert_eq!(other.server.requests().len(), 0);
}

#[tokio::test]
async fn what_is_no_tag_is_left_out_and_what_is_no_list_is_refused() {
    let tags = ["1", "../../x", "a b", "sha256:1", "\u{1b}[2J", "", "sha256-1"].map(str::to_owned);
    let registry = Secured::start(move |seen| match seen.path() {
        "/v2/a/tags/list" => page(&tags, None).act(),
        "/v2/null/tags/list" => Reply::new(200).body(r#"{"name": "null", "tags": null}"#).act(),
        _ => Reply::new(200).body("<html>").act(),
    })
    .await;
    let registries = registry.world().registries();
    let of = |name: &str| repository(&registry.server.host, name);
    assert_eq!(registries.tags(&of("a")).await.unwrap(), ["1", "sha256-1"]);
    assert!(registries.tags(&of("null")).await.unwrap().is_empty());
    assert!(matches!(registries.tags(&of("page")).await, Err(Error::Protocol { .. })));
}
