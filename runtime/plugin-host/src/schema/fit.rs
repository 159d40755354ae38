//! A request held against a schema: all that does not fit at once, and what fits.

use serde_json::{Map, Value};
use windlass_model::nearest::nearest;

use super::{Field, Refusal, Schema};

/// A request held against a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fitted {
    /// What of it fits, as the plugin gets it.
    pub(crate) request: Value,
    /// All that does not.
    pub(crate) refused: Vec<Refusal>,
    /// Whether all that is known and given fits, and nothing that has to be there is missing: keys that nobody knows are all that was refused.
    pub(crate) whole: bool,
}

/// What does not fit, as it is found.
struct Found {
    refused: Vec<Refusal>,
    whole: bool,
}

impl Found {
    fn refuse(&mut self, field: &str, reason: String) {
        self.whole = false;
        self.refuse_key(field.to_owned(), reason);
    }

    /// Refuses what nobody knows, so that the rest may be whole without it.
    fn refuse_key(&mut self, field: String, reason: String) {
        self.refused.push(Refusal { field, reason });
    }
}

impl Schema {
    /// The request as the plugin gets it, with all that is wrong with it.
    pub(crate) fn check(&self, request: &Value) -> Fitted {
        let empty = Value::Object(Map::new());
        let request = if request.is_null() && matches!(self, Self::Struct(_)) { &empty } else { request };
        let mut found = Found { refused: Vec::new(), whole: true };
        let request = self.fit(request, "", &mut found).unwrap_or_default();
        Fitted { request, refused: found.refused, whole: found.whole }
    }

    /// What of a value fits.
    fn fit(&self, value: &Value, path: &str, found: &mut Found) -> Option<Value> {
        let expected = match (self, value) {
            (Self::Any, _) => return Some(value.clone()),
            (Self::Text { choices }, Value::String(text)) => return choice(choices, text, path, found),
            (Self::Text { choices }, Value::Number(_) | Value::Bool(_)) => {
                return choice(choices, &value.to_string(), path, found);
            }
            (Self::Text { .. }, _) => "a text",
            (Self::Number { minimum }, _) => match whole(value) {
                Some(number) if minimum.is_none_or(|least| number >= least) => return Some(Value::from(number)),
                Some(number) => {
                    found.refuse(path, format!("{number} is less than {}", minimum.unwrap_or(0)));
                    return None;
                }
                None => "a whole number",
            },
            (Self::Boolean, Value::Bool(_)) => return Some(value.clone()),
            (Self::Boolean, Value::String(text)) if text == "true" || text == "false" => {
                return Some(Value::Bool(text == "true"));
            }
            (Self::Boolean, _) => "true or false",
            (Self::List(items), Value::Array(values)) => {
                let fitted = values.iter().enumerate().filter_map(|(i, value)| items.fit(value, &format!("{path}[{i}]"), found));
                return Some(Value::Array(fitted.collect()));
            }
            // One item may stand without the list around it.
            (Self::List(items), Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
                return Some(Value::Array(vec![items.fit(value, path, found)?]));
            }
            (Self::List(_), _) => "a list",
            (Self::Map(values), Value::Object(map)) => {
                let fitted =
                    map.iter().filter_map(|(key, value)| Some((key.clone(), values.fit(value, &child(path, key), found)?)));
                return Some(Value::Object(fitted.collect()));
            }
            (Self::Struct(fields), Value::Object(map)) => return Some(fit_fields(fields, map, path, found)),
            (Self::Map(_) | Self::Struct(_), _) => "a map",
        };
        let field = if path.is_empty() { "with" } else { path };
        found.refuse(field, format!("it is {}; give {expected}", kind(value)));
        None
    }
}

fn fit_fields(fields: &[Field], map: &Map<String, Value>, path: &str, found: &mut Found) -> Value {
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let is_missing = |field: &Field| field.required && map.get(&field.name).is_none_or(Value::is_null);
    let mut meant: Vec<&str> = Vec::new();
    for key in map.keys().filter(|key| !names.contains(&key.as_str())) {
        let near = nearest(key, names.iter().copied()).and_then(|near| fields.iter().find(|field| field.name == near));
        let reason = match near {
            // One slip, and one thing to say of it.
            Some(near) if is_missing(near) => {
                meant.push(&near.name);
                found.whole = false;
                format!("there is no such key; did you mean `{}`, which is missing?", near.name)
            }
            Some(near) => format!("there is no such key; did you mean `{}`?", near.name),
            None if names.is_empty() => "there is no such key: this plugin takes none here".to_owned(),
            None => format!("there is no such key; there are: {}", names.join(", ")),
        };
        found.refuse_key(child(path, key), reason);
    }
    let mut fitted = Map::new();
    for field in fields {
        match map.get(&field.name) {
            _ if is_missing(field) && meant.contains(&field.name.as_str()) => {}
            Some(Value::Null) | None if field.required => found.refuse(&child(path, &field.name), "it is missing".to_owned()),
            Some(Value::Null) | None => {}
            Some(value) => {
                let value = field.schema.fit(value, &child(path, &field.name), found);
                fitted.extend(value.map(|value| (field.name.clone(), value)));
            }
        }
    }
    Value::Object(fitted)
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

fn choice(choices: &[String], text: &str, path: &str, found: &mut Found) -> Option<Value> {
    if choices.is_empty() || choices.iter().any(|choice| choice == text) {
        return Some(Value::String(text.to_owned()));
    }
    let reason = match nearest(text, choices.iter().map(String::as_str)) {
        Some(near) => format!("`{text}` is not one of its values; did you mean `{near}`?"),
        None => format!("`{text}` is not one of its values: {}", choices.join(", ")),
    };
    found.refuse(path, reason);
    None
}
