//! SECURITY.md against the code: every promise has a test that tries to break it, and no power or setting is without one.
//!
//! The attacks themselves run where what they attack lives. What is here is the list of them ([`rows`]), and the proof that the list is
//! whole: each test exists, each power and each key of `windlass.yaml` is attacked, and the page shows exactly this list. `BLESS=1 cargo
//! test --test attacks` writes the page's table anew.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod rows;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use rows::{Attacker, Row, rows};
use windlass_model::power::Power;

const PAGE: &str = "SECURITY.md";
const BEGIN: &str = "<!-- attacks: begin -->\n";
const END: &str = "<!-- attacks: end -->\n";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a file has a test function of that name: one that the test runner finds, not just a function.
fn has_test(file: &str, name: &str) -> bool {
    let source = read(file);
    let mut attribute = false;
    for line in source.lines().map(str::trim) {
        let function = line.trim_start_matches("pub ").trim_start_matches("async ");
        if attribute && function.starts_with(&format!("fn {name}(")) {
            return true;
        }
        attribute = match line {
            line if line.starts_with("#[test]") || line.starts_with("#[tokio::test") => true,
            // Other attributes and comments may stand between.
            line => attribute && (line.starts_with("#[") || line.starts_with("//")),
        };
    }
    false
}

/// A row whose test was renamed or removed would promise what nobody checks.
#[test]
fn every_test_of_the_list_exists() {
    let is_missing = |test: &&str| {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test} is not FILE::TEST"));
        !has_test(file, name)
    };
    let missing: Vec<&str> = rows().flat_map(|row| row.tests).copied().filter(is_missing).collect();
    assert!(missing.is_empty(), "there are no such tests: {missing:#?}");
}

/// Whoever adds a power or a setting adds the attack on it.
#[test]
fn every_power_and_every_setting_is_attacked() {
    let powers = Power::ALL.iter().map(|power| format!("power {power}"));
    let settings = windlass_config::SETTINGS_KEYS.iter().map(|key| format!("setting {key}"));
    let wanted: BTreeSet<String> = powers.chain(settings).collect();
    let covered: BTreeSet<String> = rows().flat_map(|row| row.covers).map(|word| (*word).to_owned()).collect();
    let missing: Vec<_> = wanted.difference(&covered).collect();
    assert!(missing.is_empty(), "no row of tests/attacks/rows attacks these: {missing:#?}");
    let unknown: Vec<_> = covered.difference(&wanted).collect();
    assert!(unknown.is_empty(), "rows of tests/attacks/rows speak of what does not exist: {unknown:#?}");
}

#[test]
fn the_page_shows_the_list() {
    let page = read(PAGE);
    let (before, rest) = page.split_once(BEGIN).expect("the page has a mark before its table");
    let (_, after) = rest.split_once(END).expect("the page has a mark behind its table");
    let wanted = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(repository().join(PAGE), wanted).expect("the page can be written");
        return;
    }
    assert!(page == wanted, "{PAGE} is not up to date; run: BLESS=1 cargo test --test attacks");
}

fn table() -> String {
    let mut text = String::new();
    for attacker in Attacker::ALL {
        let _ = writeln!(text, "\n### {}\n\n| attack | promise | tests |\n|---|---|---|", attacker.title());
        for row in rows().filter(|row| row.by == attacker) {
            let _ = writeln!(text, "| {} | {} | {} |", row.attack, row.promise, links(row));
        }
    }
    text.push('\n');
    text
}

fn links(row: &Row) -> String {
    let link = |(number, test): (usize, &&str)| {
        let (file, name) = test.split_once("::").unwrap_or((test, ""));
        format!("[{}]({file} \"{name}\")", number + 1)
    };
    row.tests.iter().enumerate().map(link).collect::<Vec<_>>().join(" ")
}
