use std::collections::{BTreeMap, BTreeSet};

use windlass_model::digest::Digest;
use windlass_model::plugin::Powers;
use windlass_model::plugin_reference::PluginReference;

use super::*;

fn info(kind: PluginKind, honours: &[&str], schema: Value) -> PluginInfo {
    PluginInfo {
        reference: PluginReference::File("./x.wasm".into()),
        found_at: None,
        name: "x".into(),
        version: "1".into(),
        kind,
        interface: "0.1.0".into(),
        digest: Digest::from_sha256([0; 32]),
        description: String::new(),
        schema,
        asks: Powers::default(),
        reasons: BTreeMap::new(),
        honours: honours.iter().map(|field| (*field).to_owned()).collect(),
        leaves: BTreeSet::new(),
        takes: BTreeSet::new(),
        facts: BTreeMap::new(),
        signers: Vec::new(),
    }
}

fn step() -> PluginInfo {
    info(
        PluginKind::Step,
        &[],
        json!({
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {
                "name": {"type": "string"},
                "level": {"type": "string", "enum": ["low", "high"]},
                "count": {"type": "integer", "minimum": 3},
                "on": {"type": "boolean"},
                "files": {"type": "array", "items": {"type": "string"}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }),
    )
}

/// The same seed makes the same requests, and another one others.
#[test]
fn a_seed_is_all_that_they_depend_on() {
    assert_eq!(requests(&step(), 7), requests(&step(), 7));
    assert_ne!(requests(&step(), 7), requests(&step(), 8));
}

#[test]
fn limits_are_reached_and_not_passed() {
    let all = requests(&step(), 1);
    assert_eq!(all[0].with, json!({"name": "x"}));
    for request in &all {
        let map = request.with.as_object().expect("a map");
        assert!(map.contains_key("name"), "{map:?}");
        if let Some(count) = map.get("count") {
            assert!(count.as_i64().is_some_and(|count| count >= 3), "{count}");
        }
        if let Some(level) = map.get("level") {
            assert!(level == "low" || level == "high", "{level}");
        }
    }
    let has = |name: &str, value: Value| all.iter().any(|request| request.with.get(name) == Some(&value));
    assert!(has("name", json!("")) && has("name", json!("x".repeat(5000))));
    assert!(has("count", json!(3)) && has("count", json!(i64::MAX)));
    assert!(has("files", json!([])) && has("files", json!([""])) && has("labels", json!({"": "x"})));
    assert!(has("on", json!(false)) && all.iter().any(|request| request.with.get("on").is_none()));
}

/// What windlass refuses by itself would test windlass.
#[test]
fn a_build_is_asked_for_what_it_honours() {
    let schema = json!({
        "type": "object", "required": ["tags"], "additionalProperties": false,
        "properties": {
            "tags": {"type": "array", "items": {"type": "string"}},
            "target": {"type": "string"},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "cache": {"type": "object", "additionalProperties": false, "required": [],
                "properties": {"to": {"type": "string"}, "mode": {"type": "string", "enum": ["min"]}}},
            "own": {"type": "boolean"},
        },
    });
    let all = requests(&info(PluginKind::Build, &["labels", "cache.to"], schema), 1);
    for request in &all {
        assert!(request.with.get("target").is_none(), "{request:?}");
        assert!(request.with.get("cache").and_then(|cache| cache.get("mode")).is_none(), "{request:?}");
        assert!(request.hints.is_some());
    }
    for name in ["labels", "own", "cache"] {
        assert!(all.iter().any(|request| request.with.get(name).is_some()), "{name}");
    }
}
