//! The request of a plugin step: YAML to JSON, variables filled in, secrets by name.

use super::read::Reader;
use crate::diagnostics::{Code, Diagnostic};
use crate::variables::sole_reference;
use crate::yaml::{Node, Text, TextStyle, Value, typed};
use serde_json::{Map, Value as Json};

impl Reader<'_> {
    /// A value as JSON. Text without quotes becomes true, false or a whole number where it is written exactly as JSON
    /// writes those; everything else stays text, so `3.10` and `007` are never damaged.
    ///
    /// A variable that holds a secret stays `$NAME`: plugins take secrets by name. `$$` is a `$` that starts no variable.
    pub(super) fn json(&self, node: &Node, path: &str) -> Option<Json> {
        match &node.value {
            Value::Text(text) => self.json_text(node, text, path),
            Value::List(items) => {
                let given = items.iter().enumerate().filter(|(_, item)| !self.is_empty_cache(item, path));
                let items: Vec<Option<Json>> = given.map(|(at, item)| self.json(item, &format!("{path}[{at}]"))).collect();
                Some(Json::Array(items.into_iter().collect::<Option<Vec<Json>>>()?))
            }
            Value::Map(entries) => {
                self.check_repeats(entries);
                let mut object = Some(Map::new());
                for entry in entries {
                    let key = &*entry.key.text;
                    match (self.json(&entry.value, &format!("{path}.{key}")), &mut object) {
                        (Some(value), Some(object)) => drop(object.insert(key.to_owned(), value)),
                        // Read on all the same: what is wrong with the others is told, too.
                        (None, _) | (_, None) => object = None,
                    }
                }
                object.map(Json::Object)
            }
        }
    }

    /// A value as JSON in which every scalar stays text.
    pub(super) fn json_of_text(&self, node: &Node) -> Option<Json> {
        match &node.value {
            Value::Text(text) => self.fill_shown(&text.text, node.span, "nodeSelectorTerms").map(Json::String),
            Value::List(items) => items.iter().map(|item| self.json_of_text(item)).collect::<Option<Vec<_>>>().map(Json::Array),
            Value::Map(entries) => entries
                .iter()
                .map(|entry| Some((entry.key.text.to_string(), self.json_of_text(&entry.value)?)))
                .collect::<Option<Map<_, _>>>()
                .map(Json::Object),
        }
    }

    /// The image of the last green run is no cache before there was one.
    fn is_empty_cache(&self, item: &Node, path: &str) -> bool {
        let Some(text) = item.as_text().filter(|text| path.ends_with(".with.cache.from") && text.style != TextStyle::Absent)
        else {
            return false;
        };
        let empty = self.reference(&text.text).is_none();
        if empty {
            let message = format!("`{}` is left out: no earlier run is known to be green", text.text);
            self.push(Diagnostic::note(Code::EmptyVariable, item.span, message));
        }
        empty
    }

    fn json_text(&self, node: &Node, text: &Text, path: &str) -> Option<Json> {
        if text.style == TextStyle::Absent || self.is_empty_cache(node, path) {
            return Some(Json::Null);
        }
        if let Some(name) = sole_reference(&text.text).and_then(|name| self.secret_in(name)) {
            return Some(Json::String(format!("${name}")));
        }
        if super::secrets::is_secret(&text.text) || super::secrets::is_embedded(&text.text) {
            self.push(
                Diagnostic::error(Code::MisplacedSecret, node.span, "a step takes a secret by the name of its variable")
                    .help("put it into a variable under `env`, and write `$NAME` here"),
            );
            return None;
        }
        let parts = text.text.split("$$").map(|part| self.fill_shown(part, node.span, path));
        let expanded = parts.collect::<Option<Vec<String>>>()?.join("$");
        Some(match text.style {
            TextStyle::Plain => typed(expanded),
            _ => Json::String(expanded),
        })
    }
}
