//! Where each file of an archive lies, so that any can be read without unpacking.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// More links in a row than this are a loop.
const MAX_LINKS: usize = 16;

/// The archive's table of contents.
pub(crate) struct Contents {
    path: PathBuf,
    entries: HashMap<String, Entry>,
}

enum Entry {
    File { offset: u64, size: u64 },
    Link(String),
}

impl Contents {
    /// Reads the headers of all members.
    pub(crate) fn of(path: &Path) -> Result<Self, Error> {
        let read = || -> io::Result<HashMap<String, Entry>> {
            let mut archive = tar::Archive::new(File::open(path)?);
            let mut entries = HashMap::new();
            for member in archive.entries_with_seek()? {
                let member = member?;
                let name = clean(&member.path()?.to_string_lossy());
                let target = member.link_name()?.map(|target| target.to_string_lossy().into_owned());
                let entry = match (member.header().entry_type(), target) {
                    (tar::EntryType::Symlink, Some(target)) => Entry::Link(clean(&beside(&name, &target))),
                    (tar::EntryType::Link, Some(target)) => Entry::Link(clean(&target)),
                    (kind, _) if kind.is_file() => Entry::File { offset: member.raw_file_position(), size: member.size() },
                    _ => continue,
                };
                entries.insert(name, entry);
            }
            Ok(entries)
        };
        let entries = read().map_err(|source| {
            Error::Broken(format!("cannot read the archive {}: {source}; it must be a tar file", path.display()))
        })?;
        Ok(Self { path: path.to_owned(), entries })
    }

    /// Offset and size of a member, behind its links.
    pub(crate) fn place(&self, name: &str) -> Result<(u64, u64), Error> {
        let mut at = clean(name);
        for _ in 0..MAX_LINKS {
            match self.entries.get(&at) {
                Some(Entry::File { offset, size }) => return Ok((*offset, *size)),
                Some(Entry::Link(target)) => at.clone_from(target),
                None => return Err(self.broken(format!("there is no {name} in it"))),
            }
        }
        Err(self.broken(format!("{name} is a link to itself")))
    }

    /// A member's bytes, from its beginning.
    pub(crate) fn open(&self, name: &str) -> Result<io::Take<File>, Error> {
        let (offset, size) = self.place(name)?;
        let open = || -> io::Result<File> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        open().map(|file| file.take(size)).map_err(|source| Error::unreadable(&self.path, &source))
    }

    /// A small member as a whole.
    pub(crate) fn read(&self, name: &str, max: u64) -> Result<Vec<u8>, Error> {
        let (_, size) = self.place(name)?;
        if size > max {
            return Err(self.broken(format!("{name} in it is larger than {max} bytes")));
        }
        let mut bytes = Vec::new();
        self.open(name)?.read_to_end(&mut bytes).map_err(|source| Error::unreadable(&self.path, &source))?;
        Ok(bytes)
    }

    /// Says what is wrong with it.
    pub(crate) fn broken(&self, what: String) -> Error {
        Error::Broken(format!("the archive {} is not one of `docker save`, or is broken: {what}", self.path.display()))
    }
}

/// A link's target, seen from the root of the archive.
fn beside(name: &str, target: &str) -> String {
    match name.rsplit_once('/') {
        Some((directory, _)) if !target.starts_with('/') => format!("{directory}/{target}"),
        _ => target.to_owned(),
    }
}

/// The path without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
