//! Opening a directory as a store: only one that is empty, or that windlass has made one of.

use std::io;
use std::path::Path;

use cap_std::fs::Dir;
use windlass_files::own;

use super::full;
use crate::StoreError;
use crate::spool::sweep;

/// Says that a directory is a store, and in which form.
const MARK: &str = "windlass-caches";
const FORM: &[u8] = b"1\n";

/// Has Git pass over everything beside it.
const IGNORE: &str = ".gitignore";

/// Where blobs are collected.
pub(super) const INCOMING: &str = "incoming";

pub(super) fn open(path: &Path) -> Result<(Dir, Dir), StoreError> {
    let root = own::directory(path).map_err(full)?;
    mark(&root, path)?;
    keep_out_of_git(&root);
    let incoming = own::below(&root, Path::new(INCOMING), &path.join(INCOMING)).map_err(full)?;
    sweep(&incoming);
    Ok((root, incoming))
}

fn mark(root: &Dir, path: &Path) -> Result<(), StoreError> {
    let failed = |action| StoreError::io(action, path.display().to_string());
    match form(root) {
        Ok(form) if form == FORM => return Ok(()),
        Ok(_) => return Err(StoreError::Newer { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed("reading")(error)),
    }
    let is_empty = root.entries().map_err(failed("listing"))?.flatten().all(|entry| {
        // What another process is about to make it of.
        let name = entry.file_name();
        name.to_string_lossy().starts_with(&format!(".{MARK}.")) || name == MARK
    });
    if !is_empty && form(root).is_err() {
        return Err(StoreError::NotAStore { path: path.to_owned() });
    }
    windlass_files::write_whole(root, MARK.as_ref(), 0o600, FORM).map_err(failed("writing in"))
}

/// A store may lie in a project: its files are not to be committed, nor sent to a pod with the working copy. Where it cannot be written, nothing is.
fn keep_out_of_git(root: &Dir) {
    if root.symlink_metadata(IGNORE).is_err() {
        let _ = windlass_files::write_whole(root, IGNORE.as_ref(), 0o600, b"*\n");
    }
}

fn form(root: &Dir) -> io::Result<Vec<u8>> {
    Ok(windlass_files::Tree::of(root)?.read(Path::new(MARK), 64)?)
}
