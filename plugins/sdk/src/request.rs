//! Requests: what stands under `with`, as a Rust type that knows its own schema.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Error, unsupported};
use crate::manifest::{Field, Schema};

/// A type that a request is read into. [`request!`](crate::request!) makes one of a struct; texts, numbers, booleans, lists and
/// maps are ones already.
///
/// A field of type `Option`, `Vec`, `BTreeMap` or `bool` may be left out of a request; every other one is required.
pub trait Request: Sized {
    #[doc(hidden)]
    const SCHEMA: Schema;

    #[doc(hidden)]
    const REQUIRED: bool = true;

    /// Reads a value found at `path` in the request; `None` where the request has nothing.
    ///
    /// # Errors
    /// [`Error::Unsupported`] with the path, when the value is missing or of another type.
    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error>;

    /// Reads a whole request.
    ///
    /// # Errors
    /// When it is not JSON, or as [`Request::read`] says.
    fn parse(json: &str) -> Result<Self, Error> {
        let value = serde_json::from_str(json).map_err(|e| unsupported("with", format!("it is not JSON: {e}")))?;
        Self::read(Some(&value), "")
    }
}

fn wrong(value: Option<&Value>, path: &str, expected: &str) -> Error {
    let found = match value {
        None | Some(Value::Null) => "it is missing",
        Some(Value::Bool(_)) => "it is a boolean",
        Some(Value::Number(_)) => "it is a number",
        Some(Value::String(_)) => "it is a text",
        Some(Value::Array(_)) => "it is a list",
        Some(Value::Object(_)) => "it is a map",
    };
    unsupported(if path.is_empty() { "with" } else { path }, format!("{found}; give {expected}"))
}

#[doc(hidden)]
pub fn child(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Reads a field of a request's map.
#[doc(hidden)]
pub fn field<T: Request>(map: &serde_json::Map<String, Value>, path: &str, key: &str) -> Result<T, Error> {
    T::read(map.get(key), &child(path, key))
}

/// Takes a value as the map that a struct is read from.
#[doc(hidden)]
pub fn object<'a>(value: Option<&'a Value>, path: &str, fields: &[Field]) -> Result<&'a serde_json::Map<String, Value>, Error> {
    let map = value.and_then(Value::as_object).ok_or_else(|| wrong(value, path, "a map"))?;
    match map.keys().find(|key| fields.iter().all(|field| field.name != *key)) {
        None => Ok(map),
        Some(key) => {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            Err(unsupported(child(path, key), format!("there is no such key; there are: {}", known.join(", "))))
        }
    }
}

impl Request for String {
    const SCHEMA: Schema = Schema::Text;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        match value {
            Some(Value::String(text)) => Ok(text.clone()),
            // `PORT: 8080` is a text to its writer. windlass makes numbers only of what reads the same again.
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(word)) => Ok(word.to_string()),
            _ => Err(wrong(value, path, "a text")),
        }
    }
}

impl Request for u64 {
    const SCHEMA: Schema = Schema::Number;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        value.and_then(Value::as_u64).ok_or_else(|| wrong(value, path, "a whole number"))
    }
}

impl Request for bool {
    const SCHEMA: Schema = Schema::Boolean;
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        match value {
            None | Some(Value::Null) => Ok(false),
            Some(given) => given.as_bool().ok_or_else(|| wrong(value, path, "true or false")),
        }
    }
}

impl<T: Request> Request for Option<T> {
    const SCHEMA: Schema = T::SCHEMA;
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(_) => T::read(value, path).map(Some),
        }
    }
}

impl<T: Request> Request for Vec<T> {
    const SCHEMA: Schema = Schema::List(&T::SCHEMA);
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        match value {
            None | Some(Value::Null) => Ok(Self::new()),
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(i, item)| T::read(Some(item), &format!("{path}[{i}]"))).collect()
            }
            Some(_) => Err(wrong(value, path, "a list")),
        }
    }
}

impl<T: Request> Request for BTreeMap<String, T> {
    const SCHEMA: Schema = Schema::Map(&T::SCHEMA);
    const REQUIRED: bool = false;

    fn read(value: Option<&Value>, path: &str) -> Result<Self, Error> {
        match value {
            None | Some(Value::Null) => Ok(Self::new()),
            Some(Value::Object(map)) => {
                map.iter().map(|(key, item)| Ok((key.clone(), T::read(Some(item), &child(path, key))?))).collect()
            }
            Some(_) => Err(wrong(value, path, "a map")),
        }
    }
}

/// Makes a struct a request: read from what stands under `with`, with its documentation as the schema's. Every field is
/// public.
///
/// ```
/// windlass_plugin_sdk::request! {
///     /// Where to look.
///     pub struct Scan {
///         /// The directory.
///         directory: String,
///         /// Names to pass over.
///         ignore: Vec<String>,
///     }
/// }
/// # use windlass_plugin_sdk::Request as _;
/// # let scan = Scan::parse(r#"{"directory": "src"}"#).ok().unwrap();
/// # assert_eq!((scan.directory.as_str(), scan.ignore.len()), ("src", 0));
/// ```
#[macro_export]
macro_rules! request {
    (
        $(#[doc = $doc:literal])*
        $vis:vis struct $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ty ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $name {
            $( $(#[doc = $field_doc])* pub $field: $type, )*
        }

        impl $crate::Request for $name {
            const SCHEMA: $crate::manifest::Schema = $crate::manifest::Schema::Struct {
                description: concat!($($doc),*),
                fields: &[$(
                    $crate::manifest::Field {
                        name: stringify!($field),
                        description: concat!($($field_doc),*),
                        required: <$type as $crate::Request>::REQUIRED,
                        schema: <$type as $crate::Request>::SCHEMA,
                    },
                )*],
            };

            fn read(
                value: ::core::option::Option<&$crate::manifest::Value>,
                path: &str,
            ) -> ::core::result::Result<Self, $crate::Error> {
                const FIELDS: &[$crate::manifest::Field] =
                    match <$name as $crate::Request>::SCHEMA {
                        $crate::manifest::Schema::Struct { fields, .. } => fields,
                        _ => &[],
                    };
                let map = $crate::manifest::object(value, path, FIELDS)?;
                let _ = map;
                ::core::result::Result::Ok(Self {
                    $( $field: $crate::manifest::field(map, path, stringify!($field))?, )*
                })
            }
        }
    };
}

request! {
    /// No keys of its own.
    pub struct NoRequest {}
}

#[cfg(test)]
mod tests {
    use super::*;

    request! {
        struct Inner { word: String }
    }

    request! {
        struct Outer {
            /// A list.
            items: Vec<Inner>,
            count: Option<u64>,
            flag: bool,
            labels: BTreeMap<String, String>,
        }
    }

    fn refusal(json: &str) -> (String, String) {
        match Outer::parse(json) {
            Err(Error::Unsupported(u)) => (u.field, u.reason),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn what_may_be_left_out_may_be_left_out() {
        let outer = Outer::parse("{}").unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(outer, Outer { items: vec![], count: None, flag: false, labels: BTreeMap::new() });
    }

    #[test]
    fn a_number_or_a_word_without_quotes_is_a_text_where_one_is_wanted() {
        let outer = Outer::parse(r#"{"labels":{"port":8080,"debug":false}}"#).unwrap_or_else(|e| panic!("{e:?}"));
        let labels: Vec<(&str, &str)> = outer.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(labels, [("debug", "false"), ("port", "8080")]);
    }

    #[test]
    fn refusals_name_the_path() {
        assert_eq!(refusal(r#"{"items":[{"word":"a"},{}]}"#), ("items[1].word".into(), "it is missing; give a text".into()));
        assert_eq!(refusal(r#"{"labels":{"a":[1]}}"#), ("labels.a".into(), "it is a list; give a text".into()));
        let (field, reason) = refusal(r#"{"flga":true}"#);
        assert_eq!(field, "flga");
        assert!(reason.contains("items, count, flag, labels"), "{reason}");
    }
}
