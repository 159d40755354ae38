//! What is at a place.

mod bounds;
mod selection;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;
use windlass_mover_protocol::{Failed, Place};

use crate::beneath::Beneath;
use crate::errand::Errand;
use crate::stamp::Stamp;
use crate::tree::LONGEST_PATH;
use crate::words::{refused, shown};
use bounds::Bounds;
use selection::{Reach, Selection};

/// So many names are told of what was passed over.
const TOLD: usize = 20;

/// Something at a place.
pub(crate) struct Found {
    /// From the base.
    pub(crate) path: Vec<u8>,
    pub(crate) stamp: Stamp,
    /// Whether the system says that it takes less room than it has bytes.
    pub(crate) has_holes: bool,
    pub(crate) what: What,
}

/// What it is.
pub(crate) enum What {
    Directory,
    File,
    /// A symbolic link, and where it leads.
    Link(Vec<u8>),
    /// Another name of a file that was found before, by its number.
    HardLink(u32),
}

/// All that was found.
pub(crate) struct Walked {
    pub(crate) beneath: Beneath,
    /// In the order of trees.
    pub(crate) found: Vec<Found>,
    /// The bytes of the files, holes included.
    pub(crate) bytes: u64,
    pub(crate) passed_over: Vec<String>,
}

/// A walk on its way.
struct Walk<'w> {
    errand: &'w Errand,
    walked: Walked,
    /// Files with several names, by device and inode.
    names: HashMap<(u64, u64), u32>,
    bounds: Bounds,
}

/// A directory that is being looked through.
struct Open<'s> {
    path: Vec<u8>,
    /// From the last to the first.
    names: Vec<Vec<u8>>,
    reach: Reach<'s>,
}

/// Looks through a place; `None` when there is no such directory. No link is followed, so no loop of them leads anywhere.
///
/// # Errors
/// When there is too much, or the system refuses.
pub(crate) fn walk(errand: &Errand, place: &Place, most_bytes: u64) -> Result<Option<Walked>, Failed> {
    let selection = Selection::of(place)?;
    let beneath = match Beneath::open(Path::new(&place.base)) {
        Ok(beneath) => beneath,
        Err(error) if error.raw_os_error() == Some(Errno::NOTDIR.raw_os_error()) => {
            return Err(Failed::Container(format!("`{}` is no directory; a cache keeps folders", place.base)));
        }
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(refused("looking into", place.base.as_bytes(), &error)),
    };
    let walked = Walked { beneath, found: Vec::new(), bytes: 0, passed_over: Vec::new() };
    let mut walk = Walk { errand, walked, names: HashMap::new(), bounds: Bounds::new(most_bytes) };
    let mut open = Vec::new();
    walk.enter(Vec::new(), selection.start(), &mut open)?;
    while let Some(directory) = open.last_mut() {
        let Some(name) = directory.names.pop() else {
            open.pop();
            continue;
        };
        let reach = directory.reach.after(&name);
        if !reach.is_empty() {
            let mut path = directory.path.clone();
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(&name);
            walk.take(path, reach, &mut open)?;
        }
    }
    walk.bounds.check()?;
    Ok(Some(walk.walked))
}

impl Walk<'_> {
    fn enter<'s>(&mut self, path: Vec<u8>, reach: Reach<'s>, open: &mut Vec<Open<'s>>) -> Result<(), Failed> {
        self.errand.check()?;
        if path.len() > LONGEST_PATH {
            let begin = path.get(..80).unwrap_or_default();
            return Err(Failed::Container(format!(
                "a path that begins with `{}` is longer than {LONGEST_PATH} bytes",
                shown(begin)
            )));
        }
        let listed = self.walked.beneath.list(&path).and_then(|directory| names(Dir::new(directory)?));
        match listed {
            Ok(mut names) => {
                names.sort_unstable_by(|one, other| other.cmp(one));
                open.push(Open { path, names, reach });
                Ok(())
            }
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(refused("looking into", &path, &error)),
        }
    }

    /// Takes what has a name, if it is asked for, and goes on with what is in it.
    fn take<'s>(&mut self, path: Vec<u8>, reach: Reach<'s>, open: &mut Vec<Open<'s>>) -> Result<(), Failed> {
        let looked = self.walked.beneath.parent(&path).and_then(|(parent, name)| {
            let stat = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let is_link = FileType::from_raw_mode(stat.st_mode) == FileType::Symlink && reach.is_taken();
            let target = is_link.then(|| rustix::fs::readlinkat(parent, name, Vec::new())).transpose()?;
            Ok((stat, target))
        });
        let (stat, target) = match looked {
            Ok(looked) => looked,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(refused("looking at", &path, &error)),
        };
        let stamp = Stamp::of(&stat);
        let room = u64::try_from(stat.st_blocks).unwrap_or(u64::MAX).saturating_mul(512);
        let what = match (stamp.kind(), target) {
            (FileType::Directory, _) => What::Directory,
            (FileType::RegularFile, _) if stat.st_nlink > 1 => self.name_of(&stamp, reach.is_taken()),
            (FileType::RegularFile, _) => What::File,
            (_, Some(target)) => What::Link(target.into_bytes()),
            (FileType::Symlink, None) => return Ok(()),
            (kind, None) => {
                self.pass_over(&path, kind, reach.is_taken());
                return Ok(());
            }
        };
        let is_directory = matches!(what, What::Directory);
        if reach.is_taken() {
            if matches!(what, What::File) {
                self.walked.bytes = self.walked.bytes.saturating_add(stamp.size);
                self.bounds.add_bytes(&path, stamp.size.min(room));
            }
            self.bounds.add_entry(&path, self.walked.found.len())?;
            self.walked.found.push(Found { path: path.clone(), stamp, has_holes: room < stamp.size, what });
        }
        if is_directory && reach.leads_on() { self.enter(path, reach, open) } else { Ok(()) }
    }

    /// The first name of a file is the file, and each further one a link to it.
    fn name_of(&mut self, stamp: &Stamp, is_taken: bool) -> What {
        let number = u32::try_from(self.walked.found.len()).unwrap_or(u32::MAX);
        if !is_taken {
            return What::File;
        }
        let first = *self.names.entry((stamp.device, stamp.inode)).or_insert(number);
        if first == number { What::File } else { What::HardLink(first) }
    }

    fn pass_over(&mut self, path: &[u8], kind: FileType, is_taken: bool) {
        if is_taken && self.walked.passed_over.len() < TOLD {
            let kind = match kind {
                FileType::Fifo => "a pipe",
                FileType::Socket => "a socket",
                _ => "a device",
            };
            self.walked.passed_over.push(format!("{} ({kind})", shown(path)));
        }
    }
}

fn names(directory: Dir) -> io::Result<Vec<Vec<u8>>> {
    let mut names = Vec::new();
    for entry in directory {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Whether there is nothing by that name: also where a file or a link stands in place of a directory by now.
fn is_gone(error: &io::Error) -> bool {
    let gone = [Errno::NOENT, Errno::NOTDIR, Errno::LOOP].map(|errno| Some(errno.raw_os_error()));
    gone.contains(&error.raw_os_error())
}
