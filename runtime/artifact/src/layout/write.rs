//! Writing a layout: whoever reads it meanwhile, or after a crash, finds the old one or the new one.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use windlass_files::{Tree, write_whole};

use super::{Contents, INDEX, Layout, LayoutError, MARKER, blob_name};

/// What [`MARKER`] holds.
const VERSION: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

impl Contents {
    /// Writes a layout: a `.tar` when the path ends so, else a directory. A layout that is there is replaced.
    ///
    /// # Errors
    /// When something else is there, or it cannot be written. Then what was there is there still.
    pub fn write(&self, path: &Path) -> Result<(), LayoutError> {
        let io = |source| LayoutError::Io { path: path.to_owned(), source };
        if path.extension().is_some_and(|ending| ending == "tar") {
            if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
                return Err(LayoutError::Occupied { path: path.to_owned() });
            }
            return self.write_archive(path).map_err(io);
        }
        match std::fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.write_directory(path).map_err(io),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(LayoutError::Occupied { path: path.to_owned() }),
            Err(error) => Err(io(error)),
            Ok(entries) => match (entries.take(1).count(), path.join(MARKER).is_file()) {
                (0, _) => self.write_directory(path).map_err(io),
                (_, true) => {
                    // Not one of a form that this windlass does not know.
                    Layout::open(path)?;
                    self.replace_directory(path).map_err(io)
                }
                (_, false) => Err(LayoutError::Occupied { path: path.to_owned() }),
            },
        }
    }

    fn write_archive(&self, path: &Path) -> io::Result<()> {
        let temporary = beside(path);
        let written = File::create_new(&temporary).and_then(|file| {
            let mut archive = tar::Builder::new(io::BufWriter::new(file));
            append(&mut archive, MARKER, VERSION)?;
            append(&mut archive, INDEX, &self.index())?;
            for (digest, bytes) in self.kept() {
                append(&mut archive, &blob_name(digest), bytes)?;
            }
            archive.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
        });
        let written = written.and_then(|()| std::fs::rename(&temporary, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        written
    }

    /// Where nothing is, or an empty directory.
    fn write_directory(&self, path: &Path) -> io::Result<()> {
        let temporary = beside(path);
        let written =
            std::fs::create_dir(&temporary).and_then(|()| self.fill(&temporary)).and_then(|()| std::fs::rename(&temporary, path));
        if written.is_err() {
            let _ = std::fs::remove_dir_all(&temporary);
        }
        written
    }

    /// Where a layout is: what is new is added, then the index that names it takes the old one's place, and then what no index names goes.
    fn replace_directory(&self, path: &Path) -> io::Result<()> {
        self.fill(path)?;
        let kept = self.kept();
        let blobs = path.join("blobs/sha256");
        for entry in std::fs::read_dir(&blobs)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_kept =
                name.to_str().is_some_and(|hex| kept.keys().any(|digest| digest.as_str().strip_prefix("sha256:") == Some(hex)));
            // What is in the way of nobody may stay; a directory is none of ours.
            if !is_kept && entry.file_type()?.is_file() {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        Ok(())
    }

    /// Writes every file, the index last.
    fn fill(&self, path: &Path) -> io::Result<()> {
        let directory = cap_std::fs::Dir::open_ambient_dir(path, cap_std::ambient_authority())?;
        directory.create_dir_all("blobs/sha256")?;
        let blobs = directory.open_dir("blobs/sha256")?;
        let tree = Tree::of(&blobs)?;
        for (digest, bytes) in self.kept() {
            let name = digest.as_str().trim_start_matches("sha256:");
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            if tree.read(Path::new(name), length).is_ok_and(|there| there == **bytes) {
                continue;
            }
            write_whole(&blobs, OsStr::new(name), 0o644, bytes)?;
        }
        write_whole(&directory, OsStr::new(MARKER), 0o644, VERSION)?;
        write_whole(&directory, OsStr::new(INDEX), 0o644, &self.index())
    }
}

/// Every archive of the same content is the same bytes.
fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    header.set_mode(0o644);
    header.set_mtime(0);
    archive.append_data(&mut header, name, bytes)
}

/// A name beside a path that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".{name}.{}-{number}.tmp", std::process::id()))
}
