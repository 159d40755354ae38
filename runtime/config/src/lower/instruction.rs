//! What an instruction that is not a script says.

use super::read::{Reader, last, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::task::{Action, FileContents, PluginReference};

impl Reader<'_> {
    fn map<'e>(&self, entry: &'e Entry) -> Option<&'e [Entry]> {
        let map = entry.value.as_map();
        if map.is_none() {
            self.wrong_type(entry, "a map");
        }
        map
    }

    fn missing(&self, entry: &Entry, key: &str, help: &str) {
        self.push(Diagnostic::error(Code::MissingKey, entry.key.span, format!("`{}` needs `{key}`", entry.key.text)).help(help));
    }

    pub(super) fn file(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        self.check_keys(map, &["name", "path", "variable_name", "from_contents"], &[], "a file instruction");
        let path = match last(map, "path") {
            Some(path) => self.field(path)?,
            None => {
                self.missing(entry, "path", "say where the file goes: `path: config.json`");
                return None;
            }
        };
        let contents = match (last(map, "variable_name"), last(map, "from_contents")) {
            (Some(variable), None) => {
                let name = self.raw(variable)?;
                FileContents::Variable(name.strip_prefix('$').unwrap_or(&name).to_owned())
            }
            (None, Some(text)) => FileContents::Text(self.expand(&self.raw(text)?, place(text))?),
            (None, None) => {
                self.missing(entry, "variable_name", "say what it holds: `variable_name: NAME` or `from_contents: text`");
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
        Some(Action::File { path, contents })
    }

    pub(super) fn plugin_step(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        self.check_keys(map, &["uses", "with", "container"], &[], "a step");
        let Some(uses) = last(map, "uses") else {
            self.missing(entry, "uses", "name the plugin: `uses: docker-build`, `uses: ./plugin.wasm` or `uses: oci://…`");
            return None;
        };
        let uses = PluginReference::parse(&self.known(uses)?);
        let with = match last(map, "with") {
            Some(with) => self.json(&with.value, &format!("{}.with", entry.key.text))?,
            None => serde_json::Value::Object(serde_json::Map::new()),
        };
        let container = match last(map, "container") {
            Some(container) => Some(self.known(container)?),
            None => None,
        };
        Some(Action::Plugin { uses, with, container })
    }

    /// Nothing is kept between runs, so every cache misses, and what the file says to do on a miss is done.
    pub(super) fn cache(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        let known = [
            "name",
            "folder",
            "folders",
            "fingerprint_script",
            "fingerprint_key",
            "populate_script",
            "reupload_on_changes",
            "optimistically_restore_on_miss",
        ];
        self.check_keys(map, &known, &[], "a cache");
        if last(map, "folder").or_else(|| last(map, "folders")).is_none() {
            self.missing(entry, "folder", "say what is cached: `folder: ~/.cargo`");
        }
        for (one, other) in [("folder", "folders"), ("fingerprint_script", "fingerprint_key")] {
            if let (Some(_), Some(second)) = (last(map, one), last(map, other)) {
                let message = format!("a cache has `{one}` or `{other}`, not both");
                self.push(Diagnostic::error(Code::RepeatedKey, second.key.span, message).help("keep one of them"));
            }
        }
        let message = format!("`{}` starts empty: windlass keeps nothing between runs", entry.key.text);
        let note = Diagnostic::note(Code::Ignored, entry.key.span, message);
        let Some(populate) = last(map, "populate_script") else {
            self.push(note);
            return None;
        };
        self.push(note.help("its `populate_script` runs each time"));
        let lines = self.script(populate)?;
        let pushes = super::docker::pushes(&lines);
        Some(Action::Script { lines, background: false, pushes })
    }

    pub(super) fn artifacts(&self, entry: &Entry) -> Option<Action> {
        if let Some(map) = entry.value.as_map() {
            self.check_keys(map, &["path", "paths", "type", "format", "name"], &[], "an artifacts instruction");
        }
        self.push(
            Diagnostic::warning(
                Code::NotSupported,
                entry.key.span,
                format!("`{}` is not collected: the files stay in the pod and go away with it", entry.key.text),
            )
            .help("send what you need elsewhere in a script"),
        );
        None
    }
}
