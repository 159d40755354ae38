//! What a cache says: its folders, what its content depends on, and what makes it.

use super::read::{Reader, last, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::task::{Action, CacheKey, CacheScript};

const KEYS: [&str; 8] = [
    "name",
    "folder",
    "folders",
    "fingerprint_script",
    "fingerprint_key",
    "populate_script",
    "reupload_on_changes",
    "optimistically_restore_on_miss",
];

impl Reader<'_> {
    /// Everything is read before something that is wrong ends it, so that all of it is told.
    pub(super) fn cache(&self, entry: &Entry) -> Option<Action> {
        let map = self.map(entry)?;
        self.check_keys(map, &KEYS, &[], "a cache");
        let mut right = true;
        for (one, other) in [("folder", "folders"), ("fingerprint_script", "fingerprint_key")] {
            if let (Some(_), Some(second)) = (last(map, one), last(map, other)) {
                let message = format!("a cache has `{one}` or `{other}`, not both");
                self.push(Diagnostic::error(Code::RepeatedKey, second.key.span, message).help("keep one of them"));
                right = false;
            }
        }
        let folders = self.folders(entry, map);
        let key = self.cache_key(map);
        let populate = last(map, "populate_script").map(|script| self.cache_script(script));
        let flag = |key: &str| last(map, key).filter(|entry| !entry.value.is_absent()).map(|entry| self.condition(entry));
        // With a fingerprint, what it says is what counts, and not what became of the files; unless the file says otherwise.
        let reupload = flag("reupload_on_changes").unwrap_or(Some(key == Some(CacheKey::Task)));
        let optimistic = flag("optimistically_restore_on_miss").unwrap_or(Some(false));
        if !right || populate == Some(None) {
            return None;
        }
        Some(Action::Cache {
            folders: folders?,
            key: key?,
            populate: populate.flatten(),
            reupload_on_changes: reupload?,
            optimistically_restore_on_miss: optimistic?,
        })
    }

    fn folders(&self, cache: &Entry, map: &[Entry]) -> Option<Vec<String>> {
        let Some(entry) = last(map, "folder").or_else(|| last(map, "folders")) else {
            self.missing(&cache.key, map, &["folder", "folders"], "say what is cached: `folder: ~/.cargo`");
            return None;
        };
        let texts = match &*entry.key.text {
            "folder" => vec![(self.raw(entry)?, place(entry))],
            _ => self.texts(entry)?,
        };
        let folders: Vec<(String, _)> = texts
            .into_iter()
            .map(|(text, span)| Some((self.expand(text.trim(), span)?.trim().to_owned(), span)))
            .collect::<Option<_>>()?;
        let empty = folders.iter().find(|(folder, _)| folder.is_empty()).map(|(_, span)| *span);
        if let Some(span) = empty.or_else(|| folders.is_empty().then(|| place(entry))) {
            let problem = Diagnostic::error(Code::InvalidValue, span, "this names no folder");
            self.push(problem.help("name one: `folder: ~/.cargo`; `.` is the working directory"));
            return None;
        }
        Some(folders.into_iter().map(|(folder, _)| folder).collect())
    }

    /// An empty script writes nothing, and so is a key that never changes; that is told where the script is read.
    fn cache_key(&self, map: &[Entry]) -> Option<CacheKey> {
        if let Some(script) = last(map, "fingerprint_script") {
            return self.cache_script(script).map(CacheKey::Script);
        }
        let Some(entry) = last(map, "fingerprint_key") else { return Some(CacheKey::Task) };
        let (span, text) = (place(entry), self.raw(entry)?);
        let text = self.expand(&text, span)?;
        if text.trim().is_empty() {
            let problem = Diagnostic::error(Code::InvalidValue, span, "the key of a cache is empty");
            self.push(problem.help("say what its content depends on: `fingerprint_key: node-$NODE_VERSION`, or leave it out"));
            return None;
        }
        Some(CacheKey::Text(text))
    }

    fn cache_script(&self, entry: &Entry) -> Option<CacheScript> {
        let lines = self.script(entry)?;
        let pushes = super::docker::pushes(&lines);
        Some(CacheScript { lines, pushes })
    }
}
