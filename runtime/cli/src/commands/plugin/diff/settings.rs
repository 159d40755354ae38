//! What changed from one settings file to another, by the path of each setting.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_yaml::Value;

/// A setting that is new, gone, or something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SettingChange {
    /// The names from the root of the file.
    pub(super) path: String,
    /// What it was, as JSON; nothing where it is new.
    pub(super) old: Option<String>,
    /// What it is, as JSON; nothing where it is gone.
    pub(super) new: Option<String>,
}

impl fmt::Display for SettingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, old, new } = self;
        match (old, new) {
            (Some(old), Some(new)) => write!(f, "{path} is {new}, and was {old}"),
            (None, Some(new)) => write!(f, "{path} is new: {new}"),
            (Some(old), None) => write!(f, "{path} is gone, and was {old}"),
            (None, None) => write!(f, "{path}"),
        }
    }
}

/// Every setting that is not the same in both.
pub(super) fn changes(old: Option<&str>, new: Option<&str>) -> Vec<SettingChange> {
    let (old, new) = (flat(old), flat(new));
    let paths = old.keys().chain(new.keys().filter(|path| !old.contains_key(*path)));
    let mut changes: Vec<SettingChange> = paths
        .filter(|path| old.get(*path) != new.get(*path))
        .map(|path| SettingChange { path: path.clone(), old: old.get(path).cloned(), new: new.get(path).cloned() })
        .collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    changes
}

/// Each value that is no map, by the path to it. What is no YAML is one text.
fn flat(text: Option<&str>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Some(text) = text else { return found };
    match serde_yaml::from_str(text) {
        Ok(value) => add(&mut found, String::new(), &value),
        Err(_) => drop(found.insert("(what cannot be read)".to_owned(), json(&Value::String(text.to_owned())))),
    }
    found
}

fn add(found: &mut BTreeMap<String, String>, path: String, value: &Value) {
    match value {
        Value::Mapping(map) if !map.is_empty() => {
            for (name, value) in map {
                let name = name.as_str().map_or_else(|| json(name), str::to_owned);
                let below = if path.is_empty() { name } else { format!("{path}.{name}") };
                add(found, below, value);
            }
        }
        Value::Null if path.is_empty() => {}
        value => drop(found.insert(path, json(value))),
    }
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| format!("{value:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: Option<&str>, new: Option<&str>) -> Vec<String> {
        changes(old, new).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_setting_is_told_by_its_path() {
        let old = "images: {kaniko: 'a:1'}\nregistries: {r.corp: {mirrors: [m1]}}\npull_policy: never\n";
        let new = "registries: {r.corp: {mirrors: [m1, m2]}}\nimages: {kaniko: 'a:1'}\nvariables: {A: b}\n";
        assert_eq!(
            told(Some(old), Some(new)),
            [
                "pull_policy is gone, and was \"never\"",
                "registries.r.corp.mirrors is [\"m1\",\"m2\"], and was [\"m1\"]",
                "variables.A is new: \"b\"",
            ]
        );
        assert_eq!(told(Some(old), Some(old)), Vec::<String>::new());
        assert_eq!(told(None, Some("pull_policy: never")), ["pull_policy is new: \"never\""]);
        assert_eq!(told(Some("pull_policy: never"), None), ["pull_policy is gone, and was \"never\""]);
        assert_eq!(told(None, Some("")), Vec::<String>::new());
        assert_eq!(told(Some("a: ["), Some("a: 1")).len(), 2, "what cannot be read is not the same as nothing");
    }
}
