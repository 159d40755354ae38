//! Finds files by a pattern: looks into no directory that cannot hold a match, and follows no link out of the one where it began.

mod step;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, ReadDir};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use windlass_agent_protocol::found::{DEEPEST, NAMES, TOLD};
use windlass_agent_protocol::{Failure, Found, FoundFile, Glob, PassedOver, Why};

use crate::beneath;
use crate::files::{absolute, failure};
use step::Places;

/// A search below one directory.
pub struct Search<'a> {
    /// The directory, without links.
    base: Option<PathBuf>,
    most: u32,
    cancelled: &'a AtomicBool,
    files: BTreeMap<Vec<u8>, FoundFile>,
    names: usize,
    passed_over: BTreeMap<Vec<u8>, Why>,
    more: u64,
}

/// A directory that is being looked through.
struct Open<'g> {
    /// Its path from the base.
    path: PathBuf,
    entries: Entries<'g>,
    places: Places<'g>,
}

/// The names in a directory that are looked at.
enum Entries<'g> {
    /// All of them.
    Listed(ReadDir),
    /// Those that alone can match: nothing is listed, which may take a right that nobody has.
    Named(std::vec::IntoIter<&'g str>),
}

impl Iterator for Entries<'_> {
    type Item = io::Result<OsString>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Listed(entries) => entries.next().map(|entry| entry.map(|entry| entry.file_name())),
            Self::Named(names) => names.next().map(|name| Ok(name.into())),
        }
    }
}

impl<'a> Search<'a> {
    /// Below a directory; more than `most` files are a failure.
    ///
    /// # Errors
    /// When its path is not absolute, or the system refuses.
    pub fn new(directory: &str, most: u32, cancelled: &'a AtomicBool) -> Result<Self, Failure> {
        let base = match absolute(directory)?.canonicalize() {
            Ok(base) => Some(base),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failure("looking into", directory, &error)),
        };
        let (files, passed_over) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { base, most, cancelled, files, names: 0, passed_over, more: 0 })
    }

    /// Every file that the pattern names; `None` when the search was taken back.
    ///
    /// # Errors
    /// When there are too many, a match leads out of the directory, or the system refuses.
    pub fn find(mut self, pattern: &Glob) -> Result<Option<Found>, Failure> {
        self.walk(pattern)?;
        if self.cancelled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let passed_over = self.passed_over.into_iter().map(|(path, why)| PassedOver { path, why }).collect();
        Ok(Some(Found { files: self.files.into_values().collect(), passed_over, more: self.more }))
    }

    fn walk(&mut self, pattern: &Glob) -> Result<(), Failure> {
        let mut open = Vec::new();
        self.enter(PathBuf::new(), Places::first(pattern.steps()), &mut open)?;
        while let Some(directory) = open.last_mut() {
            if self.cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            let name = match directory.entries.next() {
                None => {
                    open.pop();
                    continue;
                }
                Some(Ok(name)) => name,
                Some(Err(error)) => return Err(failure("looking into", &shown(&directory.path), &error)),
            };
            let (path, next) = (directory.path.join(&name), directory.places.after(name.as_bytes()));
            self.take(path, next, &mut open)?;
        }
        Ok(())
    }

    fn enter<'g>(&self, path: PathBuf, places: Places<'g>, open: &mut Vec<Open<'g>>) -> Result<(), Failure> {
        let Some(base) = &self.base else { return Ok(()) };
        if open.len() > DEEPEST {
            return Err(Failure::TooDeep { path: shown(&path) });
        }
        let entries = match places.names() {
            Some(names) => Entries::Named(names.into_iter()),
            None => match fs::read_dir(base.join(&path)) {
                Ok(entries) => Entries::Listed(entries),
                Err(error) if is_gone(&error) => return Ok(()),
                Err(error) => return Err(failure("looking into", &shown(&path), &error)),
            },
        };
        open.push(Open { path, entries, places });
        Ok(())
    }

    /// Takes what has a name: a file that matches, or a directory that leads further.
    fn take<'g>(&mut self, path: PathBuf, next: Places<'g>, open: &mut Vec<Open<'g>>) -> Result<(), Failure> {
        let Some(base) = self.base.as_ref().filter(|_| !next.is_empty()) else { return Ok(()) };
        let there = base.join(&path);
        let found = match fs::symlink_metadata(&there) {
            Ok(found) => found,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(failure("looking at", &shown(&path), &error)),
        };
        let linked = found.is_symlink();
        // Through a link, `**` could go on for ever.
        let next = if linked { next.through_a_link() } else { next };
        if next.is_empty() {
            return Ok(());
        }
        let target = if linked { fs::metadata(&there) } else { Ok(found) };
        let target = match target {
            Ok(target) => target,
            Err(error) if is_gone(&error) || error.raw_os_error() == Some(libc::ELOOP) => {
                if next.is_match() {
                    self.pass_over(&path, Why::Dangling);
                }
                return Ok(());
            }
            Err(error) => return Err(failure("looking at", &shown(&path), &error)),
        };
        let counts = if target.is_dir() { next.leads_on() } else { next.is_match() };
        if linked
            && counts
            && let Err(error) = beneath::place(base, &path)
        {
            return match beneath::leads_out(&error) {
                true => Err(Failure::Outside { path: shown(&path) }),
                false => Err(failure("looking at", &shown(&path), &error)),
            };
        }
        let kind = target.file_type();
        if kind.is_dir() {
            if next.is_named() {
                self.pass_over(&path, Why::Directory);
            }
            return if next.leads_on() { self.enter(path, next, open) } else { Ok(()) };
        }
        if !next.is_match() {
            return Ok(());
        }
        match kind {
            kind if kind.is_file() => self.add(&path, target.len(), beneath::stamp(&target)),
            kind => {
                let why = match kind {
                    kind if kind.is_fifo() => Why::Pipe,
                    kind if kind.is_socket() => Why::Socket,
                    _ => Why::Device,
                };
                self.pass_over(&path, why);
                Ok(())
            }
        }
    }

    fn add(&mut self, path: &Path, size: u64, stamp: windlass_agent_protocol::Stamp) -> Result<(), Failure> {
        let path = path.as_os_str().as_bytes().to_vec();
        if self.files.contains_key(&path) {
            return Ok(());
        }
        self.names += path.len();
        if self.names > NAMES || self.files.len() >= usize::try_from(self.most).unwrap_or(usize::MAX) {
            return Err(Failure::TooMany { most: self.most });
        }
        self.files.insert(path.clone(), FoundFile { path, size, stamp });
        Ok(())
    }

    fn pass_over(&mut self, path: &Path, why: Why) {
        let path = path.as_os_str().as_bytes();
        if self.passed_over.len() < TOLD {
            self.passed_over.insert(path.to_vec(), why);
        } else if !self.passed_over.contains_key(path) {
            self.more += 1;
        }
    }
}

/// Whether there is nothing by that name: also where a file stands in place of a directory.
fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
