//! Scalars as JSON.

use serde_json::{Number, Value as Json};

/// Text without quotes as JSON: true, false or a whole number where it is written exactly as JSON writes those; everything else stays text,
/// so `3.10` and `007` are never damaged.
pub(crate) fn typed(text: String) -> Json {
    match text.as_str() {
        "true" => Json::Bool(true),
        "false" => Json::Bool(false),
        _ => match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => Json::Number(Number::from(number)),
            _ => Json::String(text),
        },
    }
}
