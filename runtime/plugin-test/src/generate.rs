//! Requests made of a plugin's own schema: the smallest and the largest, each field at each of its limits, and mixtures from a seed. Equal seeds
//! make equal requests.

mod random;
mod values;

use serde_json::{Map, Value, json};
use windlass_model::plugin::{BuildHints, PluginInfo, PluginKind};
use windlass_plugin_host::BUILD_FIELDS;

use random::Random;
use values::{boundaries, likely};

/// How many mixtures there are.
const MIXTURES: usize = 160;

/// Longer than any text that a person writes.
const HUGE: usize = 1 << 20;

/// Something that a plugin can be asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) with: Value,
    pub(crate) hints: Option<BuildHints>,
}

/// The fields of a request that reach the plugin: name, schema, and whether it has to be there.
type Fields = Vec<(String, Value, bool)>;

/// Requests that fit the schema, the likely ones first.
pub(crate) fn requests(info: &PluginInfo, seed: u64) -> Vec<Request> {
    let fields = fields(info);
    let mut random = Random::new(seed);
    let mut all = vec![object(fields.iter().filter(|field| field.2), likely), object(fields.iter(), likely)];
    let smallest = all[0].clone();
    for (name, schema, required) in &fields {
        let boundaries = boundaries(name, schema);
        all.extend(boundaries.into_iter().map(|value| with(&smallest, name, value)));
        if !required {
            all.push(with(&smallest, name, likely(name, schema)));
        }
    }
    for _ in 0..MIXTURES {
        all.push(mixture(&fields, &mut random));
    }
    let hinted = |(i, with): (usize, Value)| Request { with, hints: hints(info, i) };
    let mut requests: Vec<Request> = Vec::new();
    for request in all.into_iter().enumerate().map(hinted) {
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests
}

/// Requests of a size that nobody sends: each text and each list in turn.
pub(crate) fn huge(info: &PluginInfo) -> Vec<Request> {
    let fields = fields(info);
    let smallest = object(fields.iter().filter(|field| field.2), likely);
    let large = |schema: &Value| match schema.get("type").and_then(Value::as_str) {
        Some("string") if schema.get("enum").is_none() => Some(json!("x".repeat(HUGE))),
        Some("array") => {
            let item = schema.get("items").map_or(json!("x"), |items| likely("", items));
            Some(Value::Array(vec![item; 20_000]))
        }
        Some("object") if schema.get("properties").is_none() => {
            let value = schema.get("additionalProperties").map_or(json!("x"), |values| likely("", values));
            Some(Value::Object((0..20_000).map(|i| (format!("key-{i}"), value.clone())).collect()))
        }
        _ => None,
    };
    let one = |(name, schema, _): &(String, Value, bool)| {
        let request = with(&smallest, name, large(schema)?);
        Some(Request { with: request, hints: hints(info, 0) })
    };
    fields.iter().filter_map(one).collect()
}

/// What a planner may know of a build.
fn hints(info: &PluginInfo, i: usize) -> Option<BuildHints> {
    const DOCKERFILES: [Option<&str>; 5] = [
        Some("FROM busybox:1\nRUN true\n"),
        None,
        Some(
            "# syntax=docker/dockerfile:1\nFROM busybox:1 AS a\nRUN --mount=type=secret,id=key cat /run/secrets/key\nFROM scratch\nCOPY --from=a / /\n",
        ),
        Some(""),
        Some("FROM\n\\\n\u{0}RUN <<EOF\n\u{1f680}"),
    ];
    let dockerfile = DOCKERFILES[i % DOCKERFILES.len()].map(str::to_owned);
    (info.kind == PluginKind::Build).then_some(BuildHints { dockerfile, push: i % 2 == 1 })
}

/// Of a build, windlass refuses what the plugin does not honour before it asks it.
fn fields(info: &PluginInfo) -> Fields {
    let required: Vec<&str> =
        info.schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = info.schema.get("properties").and_then(Value::as_object);
    let honoured = |name: &str| info.honours.iter().any(|field| field == name);
    let mut fields = Fields::new();
    for (name, schema) in properties.into_iter().flatten() {
        let mut schema = schema.clone();
        if info.kind == PluginKind::Build && name == "cache" {
            if let Some(members) = schema.get_mut("properties").and_then(Value::as_object_mut) {
                members.retain(|member, _| honoured(&format!("cache.{member}")));
            }
        } else if info.kind == PluginKind::Build && BUILD_FIELDS.contains(&name.as_str()) && !honoured(name) {
            continue;
        }
        fields.push((name.clone(), schema, required.contains(&name.as_str())));
    }
    fields
}

fn object<'a>(fields: impl Iterator<Item = &'a (String, Value, bool)>, value: fn(&str, &Value) -> Value) -> Value {
    Value::Object(fields.map(|(name, schema, _)| (name.clone(), value(name, schema))).collect())
}

fn with(request: &Value, name: &str, value: Value) -> Value {
    let mut map = request.as_object().cloned().unwrap_or_default();
    map.insert(name.to_owned(), value);
    Value::Object(map)
}

fn mixture(fields: &Fields, random: &mut Random) -> Value {
    let mut map = Map::new();
    for (name, schema, required) in fields {
        if !required && random.below(3) == 0 {
            continue;
        }
        let boundaries = boundaries(name, schema);
        let value = match boundaries.get(random.below(2 * boundaries.len().max(1))) {
            Some(value) => value.clone(),
            None => likely(name, schema),
        };
        map.insert(name.clone(), value);
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests;
