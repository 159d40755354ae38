//! An entry as it lies in a store: one line that says who vouches for it, and the entry.
//!
//! `windlass-cache VERSION KEY SEAL`, a line feed, and JSON. The seal is over the place that the entry is stored in as well as over its bytes, so one
//! that is copied to another scope or key is none there.

use serde::{Deserialize, Serialize};
use windlass_model::cache::CacheScope;
use windlass_mover_client::protocol::Blob;

use crate::Entry;
use crate::key::Key;
use crate::names::{Class, RecordName};

/// What such a record begins with.
const MAGIC: &str = "windlass-cache";

/// The form that is written and read.
const VERSION: u32 = 1;

/// The most bytes of a record.
pub(crate) const LONGEST: usize = 4 << 20;

/// The most blobs that one entry may name, so that its record is within the bounds of every store.
pub(crate) const MOST_BLOBS: usize = 8192;

/// What is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Body {
    /// [`CacheScope::namespace`].
    pub(crate) namespace: String,
    /// [`CacheScope::line`].
    pub(crate) line: String,
    pub(crate) entry: Entry,
}

impl Body {
    pub(crate) fn scope(&self) -> CacheScope {
        CacheScope { namespace: self.namespace.clone(), line: self.line.clone() }
    }

    /// All that the entry is made of.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Blob> {
        self.entry.blobs()
    }
}

/// Why a record is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Another key has sealed it.
    Foreign,
    /// A newer windlass has written it.
    Newer,
    /// It is none, or was changed or moved since.
    Broken,
}

/// Seals an entry for a place.
pub(crate) fn seal(key: &Key, scope: &CacheScope, class: Class, entry: &Entry) -> Option<Vec<u8>> {
    let body = Body { namespace: scope.namespace.clone(), line: scope.line.clone(), entry: entry.clone() };
    let json = serde_json::to_vec(&body).ok()?;
    let name = RecordName::of(scope, class, text_of(class, entry));
    let seal = key.seal(&parts(&name, &json).each_ref().map(Vec::as_slice));
    let mut record = format!("{MAGIC} {VERSION} {} {seal}\n", key.id()).into_bytes();
    record.extend_from_slice(&json);
    (record.len() <= LONGEST).then_some(record)
}

/// Opens what lies in a place.
pub(crate) fn open(key: &Key, name: &RecordName, record: &[u8]) -> Result<Body, Unfit> {
    let (head, json) = split(record).ok_or(Unfit::Broken)?;
    if head.version > VERSION {
        return Err(Unfit::Newer);
    }
    if head.key != key.id() {
        return Err(Unfit::Foreign);
    }
    if !key.verifies(&parts(name, json).each_ref().map(Vec::as_slice), head.seal) {
        return Err(Unfit::Broken);
    }
    let body: Body = serde_json::from_slice(json).map_err(|_| Unfit::Broken)?;
    // Names in a store are digests, and not all of them whole.
    let due = RecordName::of(&body.scope(), name.class, text_of(name.class, &body.entry));
    if due == *name { Ok(body) } else { Err(Unfit::Broken) }
}

/// What a record says, whoever wrote it: for tidying up, where nothing is restored from it.
pub(crate) fn claims(record: &[u8]) -> Option<Body> {
    let (head, json) = split(record)?;
    (head.version == VERSION).then(|| serde_json::from_slice(json).ok()).flatten()
}

/// Whether two records hold the same entry.
pub(crate) fn text_of(class: Class, entry: &Entry) -> &str {
    match class {
        // No entry of a cache is an artifact.
        Class::Key | Class::Http | Class::Artifact => &entry.key,
        Class::Name => &entry.name,
    }
}

struct Head<'a> {
    version: u32,
    key: &'a str,
    seal: &'a str,
}

fn split(record: &[u8]) -> Option<(Head<'_>, &[u8])> {
    let end = record.iter().take(300).position(|byte| *byte == b'\n')?;
    let (line, rest) = record.split_at_checked(end)?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    if words.next() != Some(MAGIC) {
        return None;
    }
    let version = words.next()?.parse().ok()?;
    let (key, seal) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Some((Head { version, key, seal }, rest.get(1..)?))
}

fn parts(name: &RecordName, json: &[u8]) -> [Vec<u8>; 3] {
    let place = format!("{}/{}/{}", name.area.as_str(), name.line, name.file());
    [MAGIC.as_bytes().to_vec(), place.into_bytes(), json.to_vec()]
}
