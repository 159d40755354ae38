//! The working copy on its way into the pod: a tar archive in an LZ4 frame, without ignored files and without credentials of Git.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use tar::{Builder, EntryType, Header};
use windlass_files::{FileError, TEXT};

use crate::entries::Entries;
use crate::entry::{Entry, Source};
use crate::error::PackError;
use crate::git_config::{self, Cleaned};
use crate::secret_files::SecretFiles;
use crate::selection::Selection;

/// Bytes of a file that are read at once: most files in one go.
const READ: usize = 256 << 10;

/// A working copy that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The project's directory.
    pub root: PathBuf,
    /// Places outside of it that its repository has objects in, and that may go along ([`crate::borrowed()`]).
    pub lent: BTreeSet<PathBuf>,
    /// The files that values of secrets are read from, which stay.
    pub secret_files: SecretFiles,
}

impl Upload {
    /// A project's own files, and nothing from elsewhere.
    pub fn of(root: &Path) -> Self {
        Self { root: root.to_owned(), lent: BTreeSet::new(), secret_files: SecretFiles::none() }
    }
}

/// Packs a directory: the files that are part of the working copy, and its repository, which scripts ask for versions. What Git's
/// configuration holds of credentials stays, and `conceal` learns it before anything is sent.
///
/// # Errors
/// When a file cannot be read or `out` does not take the archive.
pub fn pack(upload: &Upload, out: impl Write, conceal: impl Fn(&[String])) -> Result<u64, PackError> {
    let Upload { root, lent, secret_files } = upload;
    let frame = FrameInfo::new().block_size(BlockSize::Max256KB);
    let mut archive = Builder::new(FrameEncoder::with_frame_info(frame, out));
    let selection = Arc::new(Selection::of(root, secret_files)?);
    let mut entries = 0;
    for entry in Entries::of(root, &selection, lent)? {
        let entry = entry?;
        if append(&mut archive, &entry, &entry.name, &conceal)? {
            entries += 1;
        }
    }
    let encoder = archive.into_inner().map_err(PackError::Write)?;
    let mut out = encoder.finish().map_err(|e| PackError::Write(e.into()))?;
    out.flush().map_err(PackError::Write)?;
    Ok(entries)
}

/// Adds one entry as `name`; false for what has no place in a working copy (pipes, sockets, devices).
pub(crate) fn append<W: Write>(
    archive: &mut Builder<W>,
    entry: &Entry,
    name: &Path,
    conceal: impl Fn(&[String]),
) -> Result<bool, PackError> {
    let (base, relative) = match &entry.source {
        Source::Path(base, relative) => (base, relative),
        Source::Text(text) => {
            let mut header = Header::new_gnu();
            header.set_mode(0o644);
            return append_text(archive, header, name, text).map(|()| true);
        }
    };
    let path = base.root.join(relative);
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
        let file = match base.tree.file(relative, false) {
            Err(FileError::NotAFile(_)) => return Ok(false),
            opened => opened.map_err(|error| read(error.into()))?,
        };
        let metadata = file.metadata().map_err(read)?;
        if is_git_config(&path) {
            let cleaned = cleaned(&base.tree.read(relative, TEXT).map_err(|error| read(error.into()))?, name, conceal);
            if let Some(text) = cleaned {
                return append_text(archive, header(&metadata), name, &text).map(|()| true);
            }
        }
        append_file(archive, header(&metadata), (name, &path), file, metadata.len())?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn append_text<W: Write>(archive: &mut Builder<W>, mut header: Header, name: &Path, text: &[u8]) -> Result<(), PackError> {
    header.set_size(u64::try_from(text.len()).unwrap_or(u64::MAX));
    archive.append_data(&mut header, name, text).map_err(PackError::Write)
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
fn cleaned(text: &[u8], name: &Path, conceal: impl Fn(&[String])) -> Option<Vec<u8>> {
    let has_files = name.parent().is_some_and(|directory| directory.ends_with(".git"));
    let Cleaned { text, credentials } = git_config::clean(text, has_files);
    if !credentials.is_empty() {
        conceal(&credentials);
    }
    text
}

/// Adds a file of so many bytes. One that grows meanwhile is sent up to there; of one that shrinks the rest is not made up.
fn append_file<W: Write>(
    archive: &mut Builder<W>,
    mut header: Header,
    (name, path): (&Path, &Path),
    file: File,
    size: u64,
) -> Result<(), PackError> {
    use io::Read as _;
    header.set_size(size);
    let mut contents = Counted { from: BufReader::with_capacity(READ, file.take(size)), seen: 0, failed: None };
    let appended = archive.append_data(&mut header, name, &mut contents);
    let at_fault = |source| PackError::Read { path: path.to_owned(), source };
    match contents.failed {
        Some(source) => Err(at_fault(source)),
        None if appended.is_ok() && contents.seen < size => {
            let words = format!(
                "it shrank from {size} to {} bytes while it was read; start again when nothing writes to it",
                contents.seen
            );
            Err(at_fault(io::Error::other(words)))
        }
        None => appended.map_err(PackError::Write),
    }
}

/// What was read of a file, and why it could not be read on: the archive tells neither from a fault of the other end.
struct Counted<R> {
    from: R,
    seen: u64,
    failed: Option<io::Error>,
}

impl<R: io::Read> io::Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.from.read(buffer) {
            Ok(read) => {
                self.seen += u64::try_from(read).unwrap_or_default();
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}

#[cfg(test)]
mod tests;
