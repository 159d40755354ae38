//! What records and blobs are called in a store: nothing that a file or a pod chose stands in a name.

use sha2::{Digest as _, Sha256};
use windlass_model::cache::CacheScope;

/// Hexadecimal digits of a namespace and of a line: enough to tell them apart. What was found is checked against the whole of them.
const SHORT: usize = 16;

/// The namespace that blobs and records lie in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Area(String);

impl Area {
    pub(crate) fn of(scope: &CacheScope) -> Self {
        Self(short("namespace", &scope.namespace))
    }

    /// As it was read from a store; nothing when no scope is called so.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        is_hex(text, SHORT).then(|| Self(text.to_owned()))
    }

    /// That of what tasks collect. No scope of caches is called so: who tidies these up finds nothing there.
    pub(crate) fn of_artifacts() -> Self {
        Self("artifacts".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What kind of entry a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// That of a step, under its key.
    Key,
    /// The newest of a step's cache, under its name.
    Name,
    /// That of the HTTP cache, under its key.
    Http,
    /// What a task has collected, under its name.
    Artifact,
}

impl Class {
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Key => 'c',
            Self::Name => 'n',
            Self::Http => 'h',
            Self::Artifact => 'a',
        }
    }

    fn of(letter: &str) -> Option<Self> {
        [Self::Key, Self::Name, Self::Http, Self::Artifact].into_iter().find(|class| letter == class.letter().to_string())
    }
}

/// What a record is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RecordName {
    pub(crate) area: Area,
    /// The line's digest.
    pub(crate) line: String,
    pub(crate) class: Class,
    /// The digest of key or name.
    pub(crate) id: String,
}

impl RecordName {
    pub(crate) fn of(scope: &CacheScope, class: Class, text: &str) -> Self {
        let id = hex::encode(labelled("record", text));
        Self { area: Area::of(scope), line: line(scope), class, id }
    }

    /// What a task of a run has collected under a name.
    pub(crate) fn of_artifact(run: &str, task: &str, name: &str) -> Self {
        let id = hex::encode(labelled("artifact", &format!("{task}\0{name}")));
        Self { area: Area::of_artifacts(), line: run_line(run), class: Class::Artifact, id }
    }

    /// `CLASS-ID`, in the place of its scope.
    pub(crate) fn file(&self) -> String {
        format!("{}-{}", self.class.letter(), self.id)
    }

    /// Reads what [`RecordName::file`] wrote.
    pub(crate) fn parse(area: &str, line: &str, file: &str) -> Option<Self> {
        let (class, id) = file.split_once('-')?;
        let class = Class::of(class)?;
        let area = match class {
            Class::Artifact => Some(Area::of_artifacts()).filter(|own| own.as_str() == area),
            Class::Key | Class::Name | Class::Http => Area::parse(area),
        };
        (is_hex(line, SHORT) && is_hex(id, 64)).then_some(Self { area: area?, line: line.to_owned(), class, id: id.to_owned() })
    }
}

/// The line's part of a name.
pub(crate) fn line(scope: &CacheScope) -> String {
    short("line", &scope.line)
}

/// That of a run's artifacts.
pub(crate) fn run_line(run: &str) -> String {
    short("run", run)
}

fn short(label: &str, text: &str) -> String {
    hex::encode(labelled(label, text)).chars().take(SHORT).collect()
}

fn labelled(label: &str, text: &str) -> [u8; 32] {
    Sha256::new().chain_update(label).chain_update([0]).chain_update(text).finalize().into()
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
