//! A plugin that breaks one rule fails the test of that rule.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;

use support::{built, failures, suite};
use windlass_plugin_test::parse;

const CASE: &str = "name: greets\nwith: {name: world}\nenvironment: {GREETING: hi}\n\
    containers: {main: {commands: [{run: echo hi, output: \"hi\\n\"}]}}\nexpect: {log: [hi world]}\n";

/// The careless plugin as one that breaks a rule.
fn breaking(rule: &str) -> Vec<u8> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let out = BUILT.get_or_init(|| built(&["plugins/fixtures/careless"]));
    let mut component = std::fs::read(out.join("careless.wasm")).expect("it was built");
    let from = b"windlass-careless:none..............";
    let to = format!("windlass-careless:{rule:.<18}");
    assert_eq!(from.len(), to.len());
    let at = component.windows(from.len()).position(|bytes| bytes == from).expect("its data names the rule");
    component[at..at + from.len()].copy_from_slice(to.as_bytes());
    component
}

/// The names of the tests that fail, and all that they say.
async fn failing(rule: &str) -> Vec<String> {
    let cases = parse("case.yaml".as_ref(), CASE).unwrap_or_else(|e| panic!("{e}"));
    failures(&suite(breaking(rule), cases).await).await
}

#[tokio::test]
async fn who_breaks_no_rule_passes() {
    assert_eq!(failing("none").await, [""; 0]);
}

#[tokio::test]
async fn who_breaks_a_rule_fails_its_test() {
    for (rule, test, said) in [
        ("total", "requirements answer every request", "nobody has no name"),
        ("pure", "requirements are pure", "it called `environment` in `requirements`"),
        ("huge", "requirements answer a huge request", "what a long name"),
        ("refused", "a refusal of environment is answered", "everybody has variables"),
        ("any-output", "any output is survived", "this is no text"),
        ("stops", "a stop is obeyed", "who stops me?"),
        ("deaf", "a stop is obeyed", "expected it to return when it was stopped"),
        ("cleanup-alone", "cleanup works in a fresh instance", "there must be a note"),
        ("cleanup-after", "cleanup works after a trap", "there must be no note"),
        ("cleanup-after", "cleanup works after a stop", "there must be no note"),
        ("cleanup-refused", "cleanup works when every power is refused", "there are always containers"),
    ] {
        let failed = failing(rule).await;
        let found = failed.iter().find(|failure| failure.starts_with(test));
        let found = found.unwrap_or_else(|| panic!("{rule} passes `{test}`: {failed:?}"));
        assert!(found.contains(said), "{rule}: {found}");
    }
}
