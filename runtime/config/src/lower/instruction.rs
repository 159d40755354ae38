//! What an instruction that is not a script says.

use super::read::{Reader, last, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::yaml::Entry;
use windlass_annotations::Format;
use windlass_model::plugin_reference::{InvalidPlugin, PluginReference};
use windlass_model::task::{Action, FileContents};

impl Reader<'_> {
    pub(super) fn map<'e>(&self, entry: &'e Entry) -> Option<&'e [Entry]> {
        let map = entry.value.as_map();
        if map.is_none() {
            self.wrong_type(entry, Shape::Map);
        }
        map
    }

    pub(super) fn file(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        self.check_keys(map, &["name", "path", "variable_name", "from_contents"], &[], "a file instruction");
        let path = match last(map, "path") {
            Some(path) => self.field(path),
            None => {
                self.missing(&entry.key, map, &["path"], "say where the file goes: `path: config.json`");
                None
            }
        };
        let contents = match (last(map, "variable_name"), last(map, "from_contents")) {
            (Some(variable), None) => {
                let name = self.raw(variable)?;
                FileContents::Variable(name.strip_prefix('$').unwrap_or(&name).to_owned())
            }
            (None, Some(text)) => FileContents::Text(self.expand(&self.raw(text)?, place(text))?),
            (None, None) => {
                let help = "say what it holds: `variable_name: NAME` or `from_contents: text`";
                self.missing(&entry.key, map, &["variable_name", "from_contents"], help);
                return None;
            }
            (Some(_), Some(text)) => {
                self.push(
                    Diagnostic::error(Code::RepeatedKey, text.key.span, "a file holds a variable or a text, not both")
                        .help("remove `variable_name` or `from_contents`"),
                );
                return None;
            }
        };
        Some(Action::File { path: path?, contents })
    }

    pub(super) fn plugin_step(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        self.check_keys(map, &["uses", "with", "container"], &[], "a step");
        let uses = match last(map, "uses") {
            Some(uses) => self.known(uses).and_then(|text| {
                let wrong = |error: InvalidPlugin| {
                    self.push(Diagnostic::error(Code::InvalidValue, place(uses), error.to_string()));
                };
                PluginReference::parse(&text).map_err(wrong).ok()
            }),
            None => {
                let help = "name the plugin: `uses: NAME`, `uses: ./plugin.wasm` or `uses: oci://…`";
                self.missing(&entry.key, map, &["uses"], help);
                None
            }
        };
        let with = match last(map, "with") {
            Some(with) => self.json(&with.value, &format!("{}.with", entry.key.text)),
            None => Some(serde_json::Value::Object(serde_json::Map::new())),
        };
        let container = match last(map, "container") {
            Some(container) => self.known(container).map(Some),
            None => Some(None),
        };
        // Each was read before one that is wrong ends it, so that all of them are told.
        Some(Action::Plugin { uses: uses?, with: with?, container: container? })
    }

    /// Without a path it does nothing, as the language says. A variable that nothing defines may be set by a script.
    pub(super) fn artifacts(&self, entry: &Entry) -> Option<Action> {
        let empty: &[Entry] = &[];
        let map = if entry.value.is_absent() { empty } else { self.map(entry)? };
        self.check_keys(map, &["path", "paths", "type", "format", "name"], &[], "an artifacts instruction");
        let mut paths = Vec::new();
        // Of both, the one that is written last counts.
        let paths_at = map.iter().rposition(|entry| matches!(&*entry.key.text, "path" | "paths"));
        match paths_at.and_then(|at| map.get(at)).filter(|entry| !entry.value.is_absent()) {
            Some(entry) => {
                for (text, span) in self.texts(entry)? {
                    paths.push(self.expand(&text, span)?);
                }
            }
            None => self.push(
                Diagnostic::warning(Code::MissingKey, entry.key.span, format!("`{}` collects nothing", entry.key.text))
                    .help("name files below the working directory: `path: \"dist/**\"`"),
            ),
        }
        let word = |key: &str| last(map, key).filter(|entry| !entry.value.is_absent()).map(|entry| self.field(entry));
        let (content_type, format) = (word("type"), word("format"));
        if content_type == Some(None) || format == Some(None) {
            return None;
        }
        if let Some(entry) = last(map, "format") {
            self.check_format(entry, format.as_ref().and_then(Option::as_deref));
        }
        Some(Action::Artifacts { paths, content_type: content_type.flatten(), format: format.flatten() })
    }

    /// Files of a format that nobody reads are collected all the same, as the language says.
    fn check_format(&self, entry: &Entry, format: Option<&str>) {
        let Some(format) = format.filter(|format| !format.contains('$') && Format::parse(format).is_none()) else { return };
        let message = format!("no remarks are made of `{format}` files: the format is not known");
        let problem = Diagnostic::warning(Code::InvalidValue, place(entry), message);
        let known = || Format::ALL.into_iter().map(|(_, name)| name);
        self.push(match self.lowering.problems.nearest(format, known()) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("known are {}", known().collect::<Vec<_>>().join(", "))),
        });
    }
}
