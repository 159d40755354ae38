//! Puts what is at a place into the store: only what the store lacks of it.

mod base;
mod known;
mod packing;
mod reading;
mod repack;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use windlass_mover_protocol::{Blob, Failed, Kept, Outcome, Place, Secret, Sha256};
use windlass_redact::Patterns;

use crate::blobs::Store;
use crate::memory::Memory;
use crate::share::share;
use crate::sync::{into_inner, lock};
use crate::tree::{Entry, Kind, Tree};
use crate::walk::{Walked, What, walk};
use crate::words::{shown, size};
use base::Base;
use known::Known;
use reading::Runs;

/// So many threads read and send: one sends while another reads. Each has a pack and a chunk in memory.
const THREADS: usize = 3;

/// So many names are told of files that hold a secret.
const TOLD: usize = 20;

/// What is to be kept.
pub(crate) struct Request {
    pub(crate) place: Place,
    pub(crate) base: Option<(Blob, Vec<Blob>)>,
    pub(crate) unless_unchanged: bool,
    pub(crate) most_bytes: u64,
    pub(crate) secrets: Vec<Secret>,
}

/// What all threads of one order share.
struct Keep<'k> {
    store: &'k Store,
    known: Known,
    most_bytes: u64,
    patterns: Patterns,
    secret_files: Mutex<Vec<String>>,
    /// The bytes that were read, without holes.
    read: AtomicU64,
    /// The bytes that went to the store.
    sent: AtomicU64,
}

/// Carries the order out.
///
/// # Errors
/// When there is too much, a file does not stand still, or the store does not take what it lacks.
pub(crate) fn keep(store: &Store, memory: &Memory, request: &Request) -> Result<Outcome, Failed> {
    let Some(walked) = walk(&store.errand, &request.place, request.most_bytes)? else { return Ok(Outcome::Empty) };
    if walked.found.iter().all(|found| matches!(found.what, What::Directory)) {
        return Ok(Outcome::Empty);
    }
    let base = Base::fetch(store, memory, &request.place, request.base.as_ref())?;
    let keep = Keep {
        store,
        known: Known::of(base.as_ref().map(|base| &base.tree)),
        most_bytes: request.most_bytes,
        patterns: Patterns::of(request.secrets.iter().map(|Secret(value)| value)),
        secret_files: Mutex::default(),
        read: AtomicU64::new(0),
        sent: AtomicU64::new(0),
    };
    let mut entries = keep.entries(&walked, base.as_ref())?;
    if request.unless_unchanged && base.as_ref().is_some_and(|base| base.is_as(&entries)) {
        return Ok(Outcome::Unchanged);
    }
    if let Some(base) = &base {
        repack::repack(&keep, &walked.beneath, base, &mut entries)?;
    }
    keep.finish(walked, entries).map(Outcome::Kept)
}

impl Keep<'_> {
    /// What was found, with the content of each file: as the base has it when it is as it was left, else as it is read.
    fn entries(&self, walked: &Walked, base: Option<&Base>) -> Result<Vec<Entry>, Failed> {
        let mut contents = base.map(|base| base.unchanged(&walked.found)).unwrap_or_default();
        let is_file = |number: &usize| walked.found.get(*number).is_some_and(|found| matches!(found.what, What::File));
        let to_read: Vec<usize> =
            (0..walked.found.len()).filter(is_file).filter(|number| !contents.contains_key(number)).collect();
        let runs = Runs { keep: self, walked, files: &to_read };
        contents.extend(share(THREADS, runs.count(), &runs)?.into_iter().flatten());
        let entries = walked.found.iter().enumerate().map(|(number, found)| {
            let mut stamp = found.stamp;
            let kind = match &found.what {
                What::Directory => Kind::Directory,
                What::Link(target) => Kind::Link(target.clone()),
                What::HardLink(to) => Kind::HardLink(*to),
                What::File => {
                    let read = contents.remove(&number);
                    let read = read.ok_or_else(|| Failed::Container(format!("`{}` was not read", shown(&found.path))))?;
                    stamp = read.stamp;
                    Kind::File(read.content)
                }
            };
            Ok(Entry { path: found.path.clone(), mode: stamp.mode(), modified: stamp.modified, kind })
        });
        entries.collect()
    }

    /// Counts bytes that were read: a file may have grown since the files were looked at.
    fn count(&self, bytes: u64) -> Result<(), Failed> {
        if self.read.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) <= self.most_bytes {
            return Ok(());
        }
        Err(Failed::Container(format!("the files have more than {} together, which a cache may have", size(self.most_bytes))))
    }

    /// Whether files are still looked through for secrets.
    fn looks_for_secrets(&self) -> bool {
        !self.patterns.is_empty() && lock(&self.secret_files).len() < TOLD
    }

    /// A file holds a secret.
    fn has_secret(&self, path: &[u8]) {
        let mut files = lock(&self.secret_files);
        if files.len() < TOLD {
            files.push(shown(path));
        }
    }

    /// Sends the tree, and says what was kept.
    fn finish(self, walked: Walked, entries: Vec<Entry>) -> Result<Kept, Failed> {
        let tree: Tree = self.known.into_tree(entries)?;
        let bytes = tree.encode().map_err(|error| Failed::Container(error.to_string()))?;
        let blob = Blob { digest: Sha256::of(&bytes), size: bytes.len() as u64 };
        let sent = self.store.store(blob, bytes.as_slice())? + self.sent.into_inner();
        let mut secret_files = into_inner(self.secret_files);
        secret_files.sort();
        Ok(Kept {
            tree: blob,
            packs: tree.packs.iter().map(|pack| pack.blob).collect(),
            entries: tree.entries.len() as u64,
            bytes: walked.bytes,
            sent,
            secret_files,
            passed_over: walked.passed_over,
        })
    }
}
