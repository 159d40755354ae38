//! Requests held against the schema in a plugin's manifest, before the plugin sees them.
//!
//! Of JSON Schema, the part is understood that requests need; a manifest that uses more is refused rather than half obeyed.
//! Scalars in task files are text to their author, so a number stands for its text and the text of a number for the number.

mod fit;

use serde_json::{Map, Value};

pub(crate) use fit::Fitted;

/// What a request, or a part of it, looks like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Schema {
    Text { choices: Vec<String> },
    Number { minimum: Option<i64> },
    Boolean,
    List(Box<Schema>),
    Map(Box<Schema>),
    Struct(Vec<Field>),
    Any,
}

/// A key of a map.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) schema: Schema,
}

/// Why a request does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The field's path, such as `cache.to`.
    pub(crate) field: String,
    pub(crate) reason: String,
}

/// Keywords that describe and do not constrain.
const REMARKS: [&str; 6] = ["title", "description", "default", "examples", "$schema", "$comment"];

impl Schema {
    /// Reads a JSON Schema. The error says what of it is not understood, and where.
    pub(crate) fn read(json: &Value) -> Result<Self, String> {
        read(json, "request")
    }
}

fn read(json: &Value, at: &str) -> Result<Schema, String> {
    let map = match json {
        Value::Bool(true) => return Ok(Schema::Any),
        Value::Object(map) => map,
        _ => return Err(format!("{at} is not a schema")),
    };
    let Some(ty) = map.get("type") else {
        known(map, &[], at)?;
        return Ok(Schema::Any);
    };
    match ty.as_str() {
        Some("string") => {
            known(map, &["enum"], at)?;
            let choices = map.get("enum").and_then(Value::as_array).into_iter().flatten();
            Ok(Schema::Text { choices: choices.filter_map(Value::as_str).map(str::to_owned).collect() })
        }
        Some("integer") => {
            known(map, &["minimum"], at)?;
            Ok(Schema::Number { minimum: map.get("minimum").and_then(Value::as_i64) })
        }
        Some("boolean") => known(map, &[], at).map(|()| Schema::Boolean),
        Some("array") => {
            known(map, &["items"], at)?;
            let items = map.get("items").map_or(Ok(Schema::Any), |items| read(items, &format!("{at}.items")))?;
            Ok(Schema::List(Box::new(items)))
        }
        Some("object") => object(map, at),
        _ => Err(format!("{at}.type is {ty}; windlass reads string, integer, boolean, array and object")),
    }
}

fn object(map: &Map<String, Value>, at: &str) -> Result<Schema, String> {
    known(map, &["properties", "required", "additionalProperties"], at)?;
    let others = map.get("additionalProperties");
    let Some(properties) = map.get("properties").and_then(Value::as_object) else {
        let values = others.map_or(Ok(Schema::Any), |values| read(values, &format!("{at}.additionalProperties")))?;
        return Ok(Schema::Map(Box::new(values)));
    };
    if others != Some(&Value::Bool(false)) {
        return Err(format!("{at} has `properties`, and so must have `\"additionalProperties\": false`"));
    }
    let required: Vec<&str> =
        map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let fields = properties.iter().map(|(name, schema)| {
        let schema = read(schema, &format!("{at}.properties.{name}"))?;
        Ok(Field { name: name.clone(), required: required.contains(&name.as_str()), schema })
    });
    fields.collect::<Result<Vec<_>, String>>().map(Schema::Struct)
}

fn known(map: &Map<String, Value>, keywords: &[&str], at: &str) -> Result<(), String> {
    let known = |key: &str| key == "type" || keywords.contains(&key) || REMARKS.contains(&key);
    match map.keys().find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => Err(format!("{at} uses `{key}`, a part of JSON Schema that windlass does not read")),
    }
}

#[cfg(test)]
mod tests;
