//! Fields of `windlass.yaml`: the checks that every section makes.

use crate::diagnostics::{Code, Diagnostic};
use crate::problems::Problems;
use crate::quantity::{TIMEOUT_HELP, timeout};
use crate::shape::Shape;
use crate::source::Span;
use crate::yaml::{Entry, Node};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use windlass_model::pattern::Pattern;
use windlass_model::quantity::MebiBytes;

#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub problems: &'a Problems,
}

impl Fields<'_> {
    pub(super) fn push(&self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    pub(super) fn wrong_type(&self, entry: &Entry, wanted: Shape) {
        let message = format!("`{}` takes {}, and this is {}", entry.key.text, wanted.words(), entry.value.describe());
        self.push(Diagnostic::error(Code::WrongType, self.place(entry), message).help(wanted.help()));
    }

    pub(super) fn invalid(&self, entry: &Entry, message: impl Into<String>, help: &str) {
        self.push(Diagnostic::error(Code::InvalidValue, self.place(entry), message).help(help));
    }

    /// Tells of a key that has to be among these, unless one of them is a slip of it: that is told already, with its cure.
    pub(super) fn missing(&self, entries: &[Entry], span: Span, what: &str, key: &str, help: &str) {
        if entries.iter().any(|entry| self.problems.nearest(&entry.key.text, [key]).is_some()) {
            return;
        }
        self.push(Diagnostic::error(Code::MissingKey, span, format!("{what} needs `{key}`")).help(help));
    }

    /// Where to point for a value.
    pub(super) fn place(&self, entry: &Entry) -> Span {
        if entry.value.is_absent() { entry.key.span } else { entry.value.span }
    }

    /// A map with these keys and no others, each once.
    pub(super) fn map<'n>(&self, node: &'n Node, span: Span, what: &str, keys: &[&str]) -> Option<&'n [Entry]> {
        let Some(entries) = node.as_map() else {
            let message = format!("{what} takes a map, and this is {}", node.describe());
            self.push(Diagnostic::error(Code::WrongType, span, message).help(format!("its keys are {}", list(keys))));
            return None;
        };
        self.no_repeats(entries);
        for entry in entries.iter().filter(|entry| !keys.contains(&&*entry.key.text)) {
            let key = &*entry.key.text;
            let problem = Diagnostic::error(Code::UnknownKey, entry.key.span, format!("{what} has no key `{key}`"));
            self.push(match self.problems.nearest(key, keys.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("its keys are {}", list(keys))),
            });
        }
        Some(entries)
    }

    pub(super) fn no_repeats(&self, entries: &[Entry]) {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for entry in entries {
            if let Some(first) = seen.insert(&entry.key.text, entry.key.span) {
                self.push(
                    Diagnostic::error(Code::RepeatedKey, entry.key.span, format!("`{}` is written twice", entry.key.text))
                        .related(first, "the first one")
                        .help("remove one of them"),
                );
            }
        }
    }

    /// Text that is there.
    pub(super) fn text(&self, entry: &Entry) -> Option<String> {
        match entry.value.as_text() {
            Some(text) if !entry.value.is_absent() => Some(text.text.to_string()),
            _ => {
                self.wrong_type(entry, Shape::Text);
                None
            }
        }
    }

    /// Text that says something.
    pub(super) fn word(&self, entry: &Entry) -> Option<String> {
        let text = self.text(entry)?;
        if text.trim().is_empty() {
            self.invalid(entry, format!("`{}` is empty", entry.key.text), "give it a value, or remove it");
            return None;
        }
        Some(text)
    }

    /// One text or a list of them.
    pub(super) fn words(&self, entry: &Entry) -> Option<Vec<String>> {
        if entry.value.as_text().is_some() {
            return self.word(entry).map(|word| vec![word]);
        }
        let words: Option<Vec<String>> = entry.value.as_list().and_then(|items| {
            let word =
                |item: &std::rc::Rc<Node>| item.as_text().filter(|text| !text.text.is_empty()).map(|text| text.text.to_string());
            items.iter().map(word).collect()
        });
        if words.is_none() {
            self.wrong_type(entry, Shape::List("texts"));
        }
        words
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, entry: &Entry) -> Option<bool> {
        match self.text(entry)?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                self.invalid(entry, format!("`{other}` is neither true nor false"), "write `true` or `false`");
                None
            }
        }
    }

    /// A time, as the task file has them.
    pub(super) fn time(&self, entry: &Entry) -> Option<Duration> {
        let text = self.word(entry)?;
        timeout(&text).map_err(|message| self.invalid(entry, message, TIMEOUT_HELP)).ok()
    }

    /// An amount of bytes on a disk.
    pub(super) fn size(&self, entry: &Entry) -> Option<MebiBytes> {
        let text = self.word(entry)?;
        let size = MebiBytes::parse(&text);
        size.map_err(|_| self.invalid(entry, format!("`{text}` is not a size"), "write it as `500Mi` or `2Gi`")).ok()
    }

    /// One of a few words; hyphens, underscores and case do not count.
    pub(super) fn choice<T: Copy>(&self, entry: &Entry, choices: &[(&str, T)]) -> Option<T> {
        let text = self.word(entry)?;
        let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
        let found = choices.iter().find(|(word, _)| plain(word) == plain(&text)).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.invalid(entry, format!("`{}` cannot be `{text}`", entry.key.text), &format!("write {}", list(&words)));
        }
        found
    }

    /// Each item of a list, read by `read`.
    pub(super) fn items<T>(&self, entry: &Entry, read: impl Fn(&Node) -> Option<T>) -> Vec<T> {
        match entry.value.as_list() {
            Some(items) => items.iter().filter_map(|item| read(item)).collect(),
            None if entry.value.is_absent() => Vec::new(),
            None => {
                self.wrong_type(entry, Shape::List(""));
                Vec::new()
            }
        }
    }

    /// Each entry of a map whose keys are names of the user's own.
    pub(super) fn named<T>(&self, entry: &Entry, read: impl Fn(&Entry) -> Option<T>) -> BTreeMap<String, T> {
        match entry.value.as_map() {
            Some(entries) => {
                self.no_repeats(entries);
                entries.iter().filter_map(|entry| Some((entry.key.text.to_string(), read(entry)?))).collect()
            }
            None if entry.value.is_absent() => BTreeMap::new(),
            None => {
                self.wrong_type(entry, Shape::Map);
                BTreeMap::new()
            }
        }
    }
}

/// Each of them, or none where one is wrong. All are read before, so that all that are wrong are told.
pub(super) fn all<T, C: FromIterator<T>>(read: impl Iterator<Item = Option<T>>) -> Option<C> {
    read.collect::<Vec<Option<T>>>().into_iter().collect()
}

/// Words for a person: `a`, `b` or `c`.
pub(super) fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|word| format!("`{word}`")).collect();
            format!("{} or `{last}`", first.join(", "))
        }
    }
}

/// A list of patterns. An empty list allows nothing.
pub(super) fn patterns(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<Pattern>> {
    Some(fields.words(entry)?.into_iter().map(Pattern).collect())
}
