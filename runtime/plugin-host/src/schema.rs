//! Requests held against the schema in a plugin's manifest, before the plugin sees them.
//!
//! Of JSON Schema, the part is understood that requests need; a manifest that uses more is refused rather than half obeyed.
//! Scalars in task files are text to their author, so a number stands for its text and the text of a number for the number.

use serde_json::{Map, Value};

use crate::nearest::nearest;

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

    /// The request as the plugin gets it.
    pub(crate) fn check(&self, request: &Value) -> Result<Value, Refusal> {
        let empty = Value::Object(Map::new());
        let request = if request.is_null() && matches!(self, Self::Struct(_)) { &empty } else { request };
        self.fit(request, "")
    }

    fn fit(&self, value: &Value, path: &str) -> Result<Value, Refusal> {
        let wrong = |expected: &str| {
            let field = if path.is_empty() { "with" } else { path };
            Err(Refusal { field: field.to_owned(), reason: format!("it is {}; give {expected}", kind(value)) })
        };
        match (self, value) {
            (Self::Any, _) => Ok(value.clone()),
            (Self::Text { choices }, Value::String(text)) => choice(choices, text, path).map(|()| value.clone()),
            (Self::Text { choices }, Value::Number(_) | Value::Bool(_)) => {
                let text = value.to_string();
                choice(choices, &text, path).map(|()| Value::String(text))
            }
            (Self::Text { .. }, _) => wrong("a text"),
            (Self::Number { minimum }, _) => match whole(value) {
                Some(number) if minimum.is_none_or(|least| number >= least) => Ok(Value::from(number)),
                Some(number) => {
                    Err(Refusal { field: path.to_owned(), reason: format!("{number} is less than {}", minimum.unwrap_or(0)) })
                }
                None => wrong("a whole number"),
            },
            (Self::Boolean, Value::Bool(_)) => Ok(value.clone()),
            (Self::Boolean, Value::String(text)) if text == "true" || text == "false" => Ok(Value::Bool(text == "true")),
            (Self::Boolean, _) => wrong("true or false"),
            (Self::List(items), Value::Array(values)) => {
                let fitted = values.iter().enumerate().map(|(i, value)| items.fit(value, &format!("{path}[{i}]")));
                fitted.collect::<Result<Vec<_>, _>>().map(Value::Array)
            }
            // One item may stand without the list around it.
            (Self::List(items), Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
                Ok(Value::Array(vec![items.fit(value, path)?]))
            }
            (Self::List(_), _) => wrong("a list"),
            (Self::Map(values), Value::Object(map)) => {
                let fitted = map.iter().map(|(key, value)| Ok((key.clone(), values.fit(value, &child(path, key))?)));
                fitted.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
            (Self::Struct(fields), Value::Object(map)) => fit_fields(fields, map, path),
            (Self::Map(_) | Self::Struct(_), _) => wrong("a map"),
        }
    }
}

fn fit_fields(fields: &[Field], map: &Map<String, Value>, path: &str) -> Result<Value, Refusal> {
    if let Some(key) = map.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let reason = match nearest(key, names.iter().copied()) {
            Some(near) => format!("there is no such key; did you mean `{near}`?"),
            None if names.is_empty() => "there is no such key: this plugin takes none here".to_owned(),
            None => format!("there is no such key; there are: {}", names.join(", ")),
        };
        return Err(Refusal { field: child(path, key), reason });
    }
    let mut fitted = Map::new();
    for field in fields {
        match map.get(&field.name) {
            Some(Value::Null) | None if field.required => {
                return Err(Refusal { field: child(path, &field.name), reason: "it is missing".to_owned() });
            }
            Some(Value::Null) | None => {}
            Some(value) => {
                fitted.insert(field.name.clone(), field.schema.fit(value, &child(path, &field.name))?);
            }
        }
    }
    Ok(Value::Object(fitted))
}

fn child(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn choice(choices: &[String], text: &str, path: &str) -> Result<(), Refusal> {
    if choices.is_empty() || choices.iter().any(|choice| choice == text) {
        return Ok(());
    }
    let reason = match nearest(text, choices.iter().map(String::as_str)) {
        Some(near) => format!("`{text}` is not one of its values; did you mean `{near}`?"),
        None => format!("`{text}` is not one of its values: {}", choices.join(", ")),
    };
    Err(Refusal { field: path.to_owned(), reason })
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
