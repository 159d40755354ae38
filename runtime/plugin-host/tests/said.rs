//! The power `results`: what a step says of itself.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, run};
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::event::Level;
use windlass_model::pattern::Pattern;
use windlass_model::result::ResultValue;
use windlass_model::scope::Scope;
use windlass_plugin_host::Limits;

async fn call(function: &str, with: Value, names: Option<&[&str]>, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    let mut grants = everything();
    grants.powers.results =
        Some(names.map_or_else(Scope::any, |names| Scope::only(names.iter().map(|name| Pattern((*name).to_owned())))));
    let request = json!({"call": function, "with": with});
    run(&host(Limits::default()), "misbehaving", request, grants, StepInput::default(), backend).await
}

#[tokio::test]
async fn results_are_said_by_granted_names_and_both_are_bounded() {
    let backend = Local::plain(&[]);
    let digest = format!("sha256:{}", "ab".repeat(32));
    for (name, value, said) in [
        ("IMAGE", format!("image:a:1@{digest}"), format!("a:1@{digest}")),
        ("DIGEST", format!("digest:{digest}"), digest.clone()),
        ("REPORT", "url:https://ci.corp.example/1".to_owned(), "https://ci.corp.example/1".to_owned()),
        ("TESTS", "count:12".to_owned(), "12".to_owned()),
        ("WORD", "plain".to_owned(), "plain".to_owned()),
    ] {
        let done = call("results.set", json!({"text": name, "value": value}), None, &backend).await;
        assert!(done.is_ok(), "{done:?}");
        let last: Option<(String, ResultValue)> = backend.results.lock().expect("no panic").last().cloned();
        assert_eq!(last.map(|(name, value)| (name, value.in_variable())), Some((name.to_owned(), said)));
    }
    match call("results.set", json!({"text": "OTHER"}), Some(&["IMAGE", "T*"]), &backend).await {
        Err(PluginError::Denied { power, grant, .. }) => {
            assert_eq!(power.as_str(), "results");
            assert!(grant.contains("{results: [IMAGE, \"T*\", OTHER]}"), "{grant}");
        }
        other => panic!("{other:?}"),
    }
    assert!(call("results.set", json!({"text": "TIMES"}), Some(&["IMAGE", "T*"]), &backend).await.is_ok());
    for (flood, most) in [("results.flood", "1000 annotations"), ("results.set-flood", "64 results")] {
        let backend = Local::plain(&[]);
        let done = call(flood, json!({}), None, &backend).await;
        let said = format!("has said {most}, which is the most");
        assert!(matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains(&said)), "{done:?}");
        let count = backend.annotations.lock().expect("no panic").len() + backend.results.lock().expect("no panic").len();
        assert!(most.starts_with(&format!("{count} ")), "{count}");
    }
}

#[tokio::test]
async fn an_annotation_arrives_as_it_was_made() {
    let backend = Local::plain(&[]);
    let done = call("results.annotate", json!({"text": "./src//main.rs", "value": "unused\nvery"}), Some(&[]), &backend).await;
    assert!(done.is_ok(), "an annotation has no name: {done:?}");
    let annotations = backend.annotations.lock().expect("no panic");
    let [annotation] = annotations.as_slice() else { panic!("{annotations:?}") };
    assert_eq!((annotation.place().as_str(), annotation.level), ("src/main.rs:7:3", Level::Warning));
    assert_eq!(annotation.message, "unused\nvery");
}
