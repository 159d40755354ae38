//! Values of one field: a likely one, and those at its limits.

use serde_json::{Map, Value, json};

/// Texts that somebody has once not thought of.
const TEXTS: [&str; 16] = [
    "",
    " ",
    "x",
    "a b",
    "a\nb",
    "\n",
    "-x",
    "--",
    "../../etc/passwd",
    "/",
    ":",
    "a=b,c=d",
    "${HOME} $(id) `id`",
    "'\"\\",
    "\u{e9}\u{301}\u{1f680}\u{202e}",
    "\u{0}\u{1b}[2J",
];

/// Longer than a name, and shorter than what is huge.
const LONG: usize = 5000;

/// A value that a person could have written.
pub(super) fn likely(name: &str, schema: &Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => choices(schema).into_iter().next().unwrap_or_else(|| json!(text(name))),
        Some("integer") => json!(schema.get("minimum").and_then(Value::as_i64).unwrap_or(1).max(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([schema.get("items").map_or(json!("x"), |items| likely(name, items))]),
        Some("object") => members(schema, likely),
        _ => json!("x"),
    }
}

/// All of its limits.
pub(super) fn boundaries(name: &str, schema: &Value) -> Vec<Value> {
    match schema.get("type").and_then(Value::as_str) {
        // Of these, windlass refuses what is no amount before it asks the plugin.
        Some("string") if name == "cpu" => vec![json!("0.001"), json!("1"), json!("64")],
        Some("string") if name == "memory" => vec![json!("1Mb"), json!("3500Mb"), json!("64G")],
        Some("string") => match choices(schema) {
            choices if !choices.is_empty() => choices,
            _ => TEXTS.iter().map(|text| json!(text)).chain([json!("x".repeat(LONG))]).collect(),
        },
        Some("integer") => {
            let least = schema.get("minimum").and_then(Value::as_i64);
            let mut numbers = vec![least.unwrap_or(i64::MIN), least.unwrap_or(-1), 0, 1, i64::from(u32::MAX) + 1, i64::MAX];
            numbers.retain(|number| least.is_none_or(|least| *number >= least));
            numbers.into_iter().map(|number| json!(number)).collect()
        }
        Some("boolean") => vec![json!(true), json!(false)],
        Some("array") => {
            let items = schema.get("items").cloned().unwrap_or_else(|| json!({"type": "string"}));
            let of_items = boundaries(name, &items);
            let twice = likely(name, &items);
            let mut lists = vec![json!([]), json!([twice, twice]), Value::Array(of_items.clone())];
            lists.extend(of_items.into_iter().map(|item| json!([item])));
            lists.push(Value::Array(vec![likely(name, &items); 300]));
            lists
        }
        Some("object") => objects(name, schema),
        _ => vec![json!(null), json!([]), json!({}), json!(-1), json!(""), json!(true)],
    }
}

fn objects(name: &str, schema: &Value) -> Vec<Value> {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let likely = members(schema, likely);
        let mut found = vec![json!({})];
        for (member, of_member) in properties {
            for value in boundaries(member, of_member) {
                let mut map = likely.as_object().cloned().unwrap_or_default();
                map.insert(member.clone(), value);
                found.push(Value::Object(map));
            }
        }
        return found;
    }
    let values = schema.get("additionalProperties").cloned().unwrap_or_else(|| json!({"type": "string"}));
    let mut maps = vec![json!({})];
    for key in TEXTS {
        maps.push(json!({key: likely(name, &values)}));
    }
    maps.extend(boundaries(name, &values).into_iter().map(|value| json!({"key": value})));
    maps
}

/// A map with all of its members.
fn members(schema: &Value, value: fn(&str, &Value) -> Value) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let map: Map<String, Value> =
        properties.into_iter().flatten().map(|(name, schema)| (name.clone(), value(name, schema))).collect();
    match schema.get("additionalProperties") {
        Some(values) if properties.is_none() => json!({"key": value("", values)}),
        _ => Value::Object(map),
    }
}

fn choices(schema: &Value) -> Vec<Value> {
    schema.get("enum").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What stands in fields of this name. Those of builds have a form of their own.
fn text(name: &str) -> &'static str {
    match name {
        "context" => ".",
        "dockerfile" => "Dockerfile",
        "tags" | "to" | "from" | "image" | "reference" => "registry.example/app:1",
        "platforms" | "platform" => "linux/amd64",
        "cpu" => "1",
        "memory" => "2G",
        "registry" | "host" => "registry.example",
        "secret" | "secrets" | "password" | "token" | "access_token" | "json_key" => "TOKEN",
        "path" | "file" => "src/file",
        _ => "x",
    }
}
