//! `plugins/builders.md` holds tables of what the build plugins themselves say: their manifests, and what they answer to requests.
//! `BLESS=1` writes them anew.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod asked;
mod tables;

#[allow(dead_code, reason = "this test uses a part of it")]
#[path = "../support/plugins.rs"]
mod plugins;

use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- made by tests/builders_page from the plugins; BLESS=1 makes it again -->\n";
const END: &str = "<!-- end of what is made -->\n";

#[tokio::test]
async fn the_page_says_of_each_builder_what_its_plugin_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/builders.md");
    let text = fs::read_to_string(&page).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the page has the mark where the tables begin");
    let (found, after) = rest.split_once(END).expect("the page has the mark where they end");

    let builders = asked::builders(&plugins::host()).await;
    assert!(builders.len() >= 2, "there is a choice");
    let made = tables::render(&builders);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&page, format!("{before}{BEGIN}{made}{END}{after}")).expect("the page is written");
    } else {
        let line = made.lines().zip(found.lines()).find(|(made, found)| made != found);
        assert!(
            made == found,
            "plugins/builders.md is out of date; BLESS=1 writes it anew. The first line that differs: {line:#?}"
        );
    }
}
