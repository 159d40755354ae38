//! The working copy on its way into the pod: a tar archive in an LZ4 frame, ignored files left out.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use ignore::{Walk, WalkBuilder};
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use tar::{Builder, EntryType, Header};

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

/// Packs a directory. Files that Git ignores stay, `.git` goes along: scripts ask it for versions.
///
/// # Errors
/// When a file cannot be read or `out` does not take the archive.
pub fn pack(root: &Path, out: impl Write) -> Result<u64, PackError> {
    let frame = FrameInfo::new().block_size(BlockSize::Max256KB);
    let mut archive = Builder::new(FrameEncoder::with_frame_info(frame, out));
    let mut entries = 0;
    for entry in walk(root) {
        let entry = entry?;
        let Ok(relative) = entry.path().strip_prefix(root) else { continue };
        if relative.as_os_str().is_empty() {
            continue;
        }
        if append(&mut archive, entry.path(), relative)? {
            entries += 1;
        }
    }
    let encoder = archive.into_inner().map_err(PackError::Write)?;
    let mut out = encoder.finish().map_err(|e| PackError::Write(e.into()))?;
    out.flush().map_err(PackError::Write)?;
    Ok(entries)
}

/// Everything in a directory that is part of the working copy.
pub(super) fn walk(root: &Path) -> Walk {
    WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .require_git(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .sort_by_file_name(std::cmp::Ord::cmp)
        .build()
}

/// Adds one entry; false for what has no place in a working copy (sockets, devices).
pub(super) fn append<W: Write>(archive: &mut Builder<W>, path: &Path, relative: &Path) -> Result<bool, PackError> {
    let read = |source| PackError::Read { path: path.to_owned(), source };
    let metadata = path.symlink_metadata().map_err(read)?;
    let mut header = Header::new_gnu();
    header.set_metadata(&metadata);
    // Numbers of this machine's users mean nothing in the container: whoever unpacks owns the files.
    header.set_uid(0);
    header.set_gid(0);
    if metadata.is_dir() {
        header.set_size(0);
        archive.append_data(&mut header, relative, io::empty()).map_err(PackError::Write)?;
    } else if metadata.is_symlink() {
        let target = std::fs::read_link(path).map_err(read)?;
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        archive.append_link(&mut header, relative, target).map_err(PackError::Write)?;
    } else if metadata.is_file() {
        let file = File::open(path).map_err(read)?;
        append_file(archive, header, relative, file, metadata.len()).map_err(PackError::Write)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// A file that grows or shrinks while it is read still fills exactly the size that its header promises.
fn append_file<W: Write>(archive: &mut Builder<W>, mut header: Header, path: &Path, file: File, size: u64) -> io::Result<()> {
    use io::Read as _;
    header.set_size(size);
    let contents = BufReader::with_capacity(READ, file.chain(io::repeat(0)).take(size));
    archive.append_data(&mut header, path, contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(archive: &[u8]) -> Vec<String> {
        let mut tar = tar::Archive::new(lz4_flex::frame::FrameDecoder::new(archive));
        let entries = tar.entries().unwrap_or_else(|e| panic!("{e}"));
        entries
            .map(|e| e.unwrap_or_else(|e| panic!("{e}")).path().unwrap_or_else(|e| panic!("{e}")).display().to_string())
            .collect()
    }

    #[test]
    fn ignored_files_stay_and_everything_else_goes() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let root = dir.path();
        std::fs::create_dir_all(root.join("src"))?;
        std::fs::create_dir_all(root.join(".git"))?;
        std::fs::write(root.join(".gitignore"), "target\n")?;
        std::fs::write(root.join(IGNORE_FILE), "*.iso\n")?;
        std::fs::write(root.join("target"), "x")?;
        std::fs::write(root.join("big.iso"), "x")?;
        std::fs::write(root.join("src/main.c"), "int main;")?;
        std::fs::write(root.join(".git/HEAD"), "ref")?;
        std::os::unix::fs::symlink("src/main.c", root.join("link"))?;
        let mut archive = Vec::new();
        pack(root, &mut archive)?;
        let expected = [".git", ".git/HEAD", ".gitignore", ".windlassignore", "link", "src", "src/main.c"];
        assert_eq!(names(&archive), expected);
        Ok(())
    }
}
