//! Puts a project in its place: whole, and over nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::NewError;

/// Writes files below a directory that is empty or is not there. They are written elsewhere on its disk first, so that a full one leaves
/// nothing half done.
pub(super) fn write(directory: &Path, files: &BTreeMap<String, String>) -> Result<(), NewError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| NewError::Unwritable { path, source }
    };
    let there = is_empty(directory)?;
    let beside = if there { directory } else { parent(directory) };
    fs::create_dir_all(beside).map_err(failed(beside))?;
    let staged = tempfile::Builder::new().prefix(".windlass-new-").tempdir_in(beside).map_err(failed(beside))?;
    for (name, text) in files {
        let path = staged.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(directory))?;
        }
        fs::write(&path, text).map_err(failed(&directory.join(name)))?;
    }
    if there {
        return move_into(staged.path(), directory).map_err(failed(directory));
    }
    open_to_others(staged.path()).map_err(failed(directory))?;
    match fs::rename(staged.path(), directory) {
        // Somebody was faster.
        Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => Err(NewError::NotEmpty(directory.to_owned())),
        done => done.map_err(failed(directory)),
    }
}

fn parent(directory: &Path) -> &Path {
    directory.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether the directory is there.
fn is_empty(directory: &Path) -> Result<bool, NewError> {
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(true),
            Some(_) => Err(NewError::NotEmpty(directory.to_owned())),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => Err(NewError::NotADirectory(directory.to_owned())),
        Err(source) => Err(NewError::Unwritable { path: directory.to_owned(), source }),
    }
}

/// Moves what was staged inside of a directory up into it: the directory itself may be the current one, or a mount point.
fn move_into(staged: &Path, directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(staged)? {
        let entry = entry?;
        fs::rename(entry.path(), directory.join(entry.file_name()))?;
    }
    Ok(())
}

/// A temporary directory is closed to others, and a project is not.
#[cfg(unix)]
fn open_to_others(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> io::Result<()> {
    Ok(())
}
