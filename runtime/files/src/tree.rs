//! Files of a project.

use std::fs::File;
use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};

use crate::named::replace;
use crate::{FileError, atomic, contents, flags, kind};

/// A directory whose files are read in it: no path and no link leads out.
#[derive(Debug)]
pub struct Tree(Dir);

impl Tree {
    /// The tree below a directory.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        Dir::open_ambient_dir(directory, ambient_authority()).map(Self)
    }

    /// The tree below an open directory.
    ///
    /// # Errors
    /// When the system has no more handles.
    pub fn of(directory: &Dir) -> io::Result<Self> {
        directory.try_clone().map(Self)
    }

    /// The whole of a file.
    ///
    /// # Errors
    /// When it is not there, no file, outside, or larger than `longest` bytes.
    pub fn read(&self, path: &Path, longest: u64) -> Result<Vec<u8>, FileError> {
        contents(&self.file(path, true)?, longest)
    }

    /// A file to be read. With `follow` the last part of the path may be a link within the tree.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn file(&self, path: &Path, follow: bool) -> Result<File, FileError> {
        let mut options = OpenOptions::new();
        let no_link = if follow { 0 } else { rustix::fs::OFlags::NOFOLLOW.bits().cast_signed() };
        options.read(true).custom_flags(flags() | no_link);
        kind::regular(self.0.open_with(path, &options).map_err(kind::opening)?.into_std())
    }

    /// Replaces a file that is there, at once. A link within the tree stays one: what it leads to is replaced.
    ///
    /// # Errors
    /// When it is not there, no file, or outside, or cannot be written.
    pub fn replace(&self, path: &Path, contents: &[u8]) -> Result<(), FileError> {
        let path = self.0.canonicalize(path).map_err(kind::opening)?;
        let old = self.file(&path, false)?;
        let Some(name) = path.file_name() else { return Err(FileError::NotAFile(kind::Kind::Directory)) };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.map_or_else(|| self.0.try_clone(), |parent| self.0.open_dir(parent)).map_err(kind::opening)?;
        atomic::replace(&directory, name, &old, contents)
    }

    /// Writes a file whole, and makes the directories that lead to it.
    ///
    /// # Errors
    /// When it cannot be written, is there and no file, or is outside.
    pub fn write(&self, path: &Path, contents: &[u8]) -> Result<(), FileError> {
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.0.create_dir_all(parent).map_err(kind::opening)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).custom_flags(flags());
        let file = self.0.open_with(path, &options).map_err(kind::opening_to_write)?;
        replace(kind::regular(file.into_std())?, contents)
    }
}
