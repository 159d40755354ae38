//! `generate`: files of the project that plugins make tasks of.

use super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::lower::is_secret;
use crate::yaml::{Entry, Node, TextStyle, Value, typed};
use serde_json::{Map, Value as Json};
use std::path::{Component, Path};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Generate;

const KEYS: [&str; 3] = ["file", "uses", "with"];

/// The most entries of one file: each is a plugin that runs before anything is planned.
const MOST: usize = 32;

pub(super) fn generate(entry: &Entry, fields: &Fields<'_>) -> Vec<Generate> {
    if entry.value.as_list().is_some_and(|items| items.len() > MOST) {
        fields.invalid(entry, format!("`generate` has more than {MOST} entries"), "let one plugin do the work of several");
        return Vec::new();
    }
    fields.items(entry, |item| one(item, fields))
}

fn one(item: &Node, fields: &Fields<'_>) -> Option<Generate> {
    const WHAT: &str = "an entry of `generate`";
    let entries = fields.map(item, item.span, WHAT, &KEYS)?;
    let find = |key: &str, help: &str| {
        let found = entries.iter().find(|entry| &*entry.key.text == key);
        if found.is_none() {
            fields.missing(entries, item.span, WHAT, key, help);
        }
        found
    };
    let file = find("file", "name the file that the tasks are made of: `file: tasks.star`");
    let file = file.and_then(|entry| file_name(entry, fields));
    let uses = find("uses", "name the plugin that makes them: `uses: ./plugins/tasks.wasm`");
    let uses = uses.and_then(|entry| {
        let parsed = PluginReference::parse(&fields.word(entry)?);
        parsed.map_err(|error| fields.invalid(entry, error.to_string(), "write it as behind `uses:` of a step")).ok()
    });
    let with = match entries.iter().find(|entry| &*entry.key.text == "with") {
        Some(entry) if !entry.value.is_absent() => with(entry, fields),
        _ => Some(Json::Object(Map::new())),
    };
    Some(Generate { file: file?, uses: uses?, with: with? })
}

/// A path that says that it stays in the project, in its one form.
fn file_name(entry: &Entry, fields: &Fields<'_>) -> Option<String> {
    let text = fields.word(entry)?;
    let part = |part: Component<'_>| match part {
        Component::Normal(name) => {
            name.to_str().filter(|name| !name.eq_ignore_ascii_case(".git")).map(|name| Some(name.to_owned()))
        }
        Component::CurDir => Some(None),
        Component::Prefix(_) | Component::RootDir | Component::ParentDir => None,
    };
    let parts: Option<Vec<Option<String>>> = Path::new(&text).components().map(part).collect();
    let path = parts.map(|parts| parts.into_iter().flatten().collect::<Vec<_>>().join("/"));
    let path = path.filter(|path| !path.is_empty() && !text.ends_with('/') && !text.chars().any(char::is_control));
    if path.is_none() {
        let message = format!("`{text}` is not a file below the directory of the task file");
        fields.invalid(entry, message, "write its path from there, without `..`: `ci/tasks.star`");
    }
    path
}

/// The request of the plugin.
fn with(entry: &Entry, fields: &Fields<'_>) -> Option<Json> {
    if entry.value.as_map().is_none() {
        let message = format!("`with` takes a map, and this is {}", entry.value.describe());
        let problem = Diagnostic::error(Code::WrongType, fields.place(entry), message);
        fields.push(problem.help("write what the plugin is told below it, indented: `name: value`"));
        return None;
    }
    json(&entry.value, fields)
}

/// A value as a step's `with` has it, but for variables: there are none yet.
fn json(node: &Node, fields: &Fields<'_>) -> Option<Json> {
    match &node.value {
        Value::Text(text) if is_secret(&text.text) => {
            let message = "a plugin that makes tasks gets no secrets";
            let problem = Diagnostic::error(Code::MisplacedSecret, node.span, message);
            fields.push(problem.help("let the tasks that it makes name the secret: `env: {NAME: ENCRYPTED[…]}`"));
            None
        }
        Value::Text(text) => Some(match text.style {
            TextStyle::Absent => Json::Null,
            TextStyle::Plain => typed(text.text.to_string()),
            _ => Json::String(text.text.to_string()),
        }),
        Value::List(items) => super::fields::all(items.iter().map(|item| json(item, fields))).map(Json::Array),
        Value::Map(entries) => {
            fields.no_repeats(entries);
            let values = entries.iter().map(|entry| Some((entry.key.text.to_string(), json(&entry.value, fields)?)));
            super::fields::all(values).map(Json::Object)
        }
    }
}
