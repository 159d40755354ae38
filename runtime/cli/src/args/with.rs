//! `--with`: a part of a plugin's request.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::value::InvalidArgument;

/// Keys of a request, with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithValue(pub Map<String, Value>);

impl FromStr for WithValue {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim_start().starts_with('{') {
            let whole = serde_json::from_str(text).map_err(|error| InvalidArgument::With(error.to_string()))?;
            return Ok(Self(whole));
        }
        let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or(InvalidArgument::WithKey)?;
        // Lists and maps are JSON; all else is text, which stands for numbers and truth values, too.
        let is_json = value.starts_with(['[', '{']);
        let value = match serde_json::from_str(value) {
            Ok(value) if is_json => value,
            Err(error) if is_json => return Err(InvalidArgument::With(error.to_string())),
            _ => Value::from(value),
        };
        Ok(Self(Map::from_iter([(key.to_owned(), value)])))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_or_all_of_them() {
        let read = |text: &str| text.parse::<WithValue>().map(|with| Value::Object(with.0));
        assert_eq!(read("name=a=b"), Ok(json!({"name": "a=b"})));
        assert_eq!(read("times=3"), Ok(json!({"times": "3"})));
        assert_eq!(read("tags=[\"a:1\"]"), Ok(json!({"tags": ["a:1"]})));
        assert_eq!(read("{\"a\": 1, \"b\": [2]}"), Ok(json!({"a": 1, "b": [2]})));
        assert_eq!(read("name"), Err(InvalidArgument::WithKey));
        assert_eq!(read("=x"), Err(InvalidArgument::WithKey));
        assert!(matches!(read("{a: 1}"), Err(InvalidArgument::With(_))));
        assert!(matches!(read("tags=[a"), Err(InvalidArgument::With(_))));
    }
}
