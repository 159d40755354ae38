//! The working copy on its way into the pod: a tar archive in an LZ4 frame, without ignored files and without credentials of Git.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use tar::{Builder, EntryType, Header};
use windlass_files::{FileError, TEXT, Tree};

use super::git_config::{self, Cleaned};
use super::walk::Entries;

/// A file that lists what stays on the user's machine, in the syntax of `.gitignore`, on top of Git's own.
pub const IGNORE_FILE: &str = ".windlassignore";

/// Bytes of a file that are read at once: most files in one go.
const READ: usize = 256 << 10;

/// Why the working copy could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A directory could not be walked or an ignore file read.
    #[error("the working copy cannot be read")]
    Walk(#[from] ignore::Error),
    /// A file could not be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The receiving end went away.
    #[error("the archive cannot be sent")]
    Write(#[source] io::Error),
}

/// Packs a directory. Files that Git ignores stay, `.git` goes along: scripts ask it for versions. What its configuration holds of
/// credentials stays too, and `conceal` learns it before anything is sent.
///
/// # Errors
/// When a file cannot be read or `out` does not take the archive.
pub fn pack(root: &Path, out: impl Write, conceal: impl Fn(&[String])) -> Result<u64, PackError> {
    let frame = FrameInfo::new().block_size(BlockSize::Max256KB);
    let mut archive = Builder::new(FrameEncoder::with_frame_info(frame, out));
    let tree = open(root)?;
    let mut entries = 0;
    for entry in Entries::below(root)? {
        let entry = entry?;
        let Ok(relative) = entry.path().strip_prefix(root) else { continue };
        if relative.as_os_str().is_empty() {
            continue;
        }
        let from = From { root, tree: &tree, path: relative };
        if append(&mut archive, &from, relative, &conceal)? {
            entries += 1;
        }
    }
    let encoder = archive.into_inner().map_err(PackError::Write)?;
    let mut out = encoder.finish().map_err(|e| PackError::Write(e.into()))?;
    out.flush().map_err(PackError::Write)?;
    Ok(entries)
}

/// Opens a working copy, whose files are then read inside of it.
pub(super) fn open(root: &Path) -> Result<Tree, PackError> {
    Tree::open(root).map_err(|source| PackError::Read { path: root.to_owned(), source })
}

/// An entry of a working copy.
pub(super) struct From<'a> {
    pub(super) root: &'a Path,
    pub(super) tree: &'a Tree,
    /// Where it is, relative to the root.
    pub(super) path: &'a Path,
}

/// Adds one entry as `name`; false for what has no place in a working copy (pipes, sockets, devices).
pub(super) fn append<W: Write>(
    archive: &mut Builder<W>,
    from: &From<'_>,
    name: &Path,
    conceal: impl Fn(&[String]),
) -> Result<bool, PackError> {
    let path = from.root.join(from.path);
    let read = |source| PackError::Read { path: path.clone(), source };
    let metadata = path.symlink_metadata().map_err(read)?;
    if metadata.is_dir() {
        let mut header = header(&metadata);
        header.set_size(0);
        archive.append_data(&mut header, name, io::empty()).map_err(PackError::Write)?;
    } else if metadata.is_symlink() {
        let target = std::fs::read_link(&path).map_err(read)?;
        let mut header = header(&metadata);
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, name, target).map_err(PackError::Write)?;
    } else if metadata.is_file() {
        // What it is now may be something else than a moment ago.
        let file = match from.tree.file(from.path, false) {
            Err(FileError::NotAFile(_)) => return Ok(false),
            opened => opened.map_err(|error| read(error.into()))?,
        };
        let metadata = file.metadata().map_err(read)?;
        if is_git_config(&path)
            && let Some(text) = cleaned(from, conceal).map_err(|error| read(error.into()))?
        {
            let (mut header, size) = (header(&metadata), text.len());
            header.set_size(u64::try_from(size).unwrap_or(u64::MAX));
            archive.append_data(&mut header, name, text.as_slice()).map_err(PackError::Write)?;
            return Ok(true);
        }
        append_file(archive, header(&metadata), name, file, metadata.len()).map_err(PackError::Write)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn header(metadata: &Metadata) -> Header {
    let mut header = Header::new_gnu();
    header.set_metadata(metadata);
    // Numbers of this machine's users mean nothing in the container: whoever unpacks owns the files.
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Whether a file is the configuration of a repository, a submodule's or a working tree's included, wherever it lies.
fn is_git_config(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let Some(directory) = path.parent().filter(|_| matches!(name, Some("config" | "config.worktree"))) else { return false };
    directory.ends_with(".git") || directory.join("HEAD").symlink_metadata().is_ok()
}

/// What is sent in place of such a file; `None` when it goes as it is.
fn cleaned(from: &From<'_>, conceal: impl Fn(&[String])) -> Result<Option<Vec<u8>>, FileError> {
    let Cleaned { text, credentials } = git_config::clean(&from.tree.read(from.path, TEXT)?);
    if !credentials.is_empty() {
        conceal(&credentials);
    }
    Ok(text)
}

/// A file that grows or shrinks while it is read still fills exactly the size that its header promises.
fn append_file<W: Write>(archive: &mut Builder<W>, mut header: Header, path: &Path, file: File, size: u64) -> io::Result<()> {
    use io::Read as _;
    header.set_size(size);
    let contents = BufReader::with_capacity(READ, file.chain(io::repeat(0)).take(size));
    archive.append_data(&mut header, path, contents)
}

#[cfg(test)]
mod tests;
