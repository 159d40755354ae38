//! Single files: put, read, removed.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use windlass_agent_protocol::frame::LARGEST_PAYLOAD;
use windlass_agent_protocol::{Failure, Response};

/// Permission bits of a directory that only the agent's user enters.
const PRIVATE: u32 = 0o700;

/// Permission bits of other directories, before the umask.
const OPEN: u32 = 0o777;

/// Writes a file under another name and then gives it its own, so that nobody sees half of it. What is missing of `private` and the
/// directories in it is made for the agent's user alone.
///
/// # Errors
/// When the path is not absolute, or the system refuses.
pub fn put(path: &str, mode: u32, content: &[u8], private: &Path) -> Result<(), Failure> {
    let target = absolute(path)?;
    let written = write(&target, mode, content, private);
    written.map_err(|error| failure("writing", path, &error))
}

fn write(target: &Path, mode: u32, content: &[u8], private: &Path) -> io::Result<()> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let directory = target.parent().ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
    let access = if directory.starts_with(private) { PRIVATE } else { OPEN };
    DirBuilder::new().recursive(true).mode(access).create(directory)?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!(".windlass-{}-{number}", std::process::id());
    let unfinished = directory.join(name);
    let result = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.set_permissions(Permissions::from_mode(mode & 0o7777))
        })
        .and_then(|()| fs::rename(&unfinished, target));
    if result.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&unfinished));
    }
    result
}

/// Reads part of a file.
///
/// # Errors
/// When the path is not absolute, or the system refuses.
pub fn read(path: &str, offset: u64, max: u32) -> Result<Response, Failure> {
    let target = absolute(path)?;
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let read = || -> io::Result<Response> {
        // Opening a pipe would wait for its other end.
        if !fs::metadata(&target)?.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let file = File::open(&target)?;
        let length = file.metadata()?.len().saturating_sub(offset);
        let expected = usize::try_from(length).unwrap_or(usize::MAX).max(4096);
        let mut bytes = vec![0; expected.min(max).min(LARGEST_PAYLOAD)];
        let wanted = bytes.len();
        fill(&file, &mut bytes, offset)?;
        let end = bytes.len() < wanted;
        Ok(Response::File { bytes, end })
    };
    read().map_err(|error| failure("reading", path, &error))
}

/// Removes a file if it is there.
///
/// # Errors
/// When the path is not absolute, or the system refuses.
pub fn remove(path: &str) -> Result<(), Failure> {
    match fs::remove_file(absolute(path)?) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(|error| failure("removing", path, &error)),
    }
}

/// Removes a directory and all in it if it is there. Links in it are removed, not followed.
///
/// # Errors
/// When the path is not absolute, or the system refuses.
pub fn remove_directory(path: &str) -> Result<(), Failure> {
    match fs::remove_dir_all(absolute(path)?) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(|error| failure("removing", path, &error)),
    }
}

/// Makes a directory that is the agent's user's alone. One that is there already becomes it if it is that user's; a volume of somebody
/// else's stays as it was mounted.
///
/// # Errors
/// When it cannot be made.
pub fn make_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE).create(directory)?;
    match fs::set_permissions(directory, Permissions::from_mode(PRIVATE)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        result => result,
    }
}

/// Reads as many bytes as there is room for, or as there are.
fn fill(file: &File, bytes: &mut Vec<u8>, offset: u64) -> io::Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(())
}

pub(crate) fn absolute(path: &str) -> Result<PathBuf, Failure> {
    if path.starts_with('/') && !path.contains('\0') {
        Ok(PathBuf::from(path))
    } else {
        let reason = format!("{path:?} is not an absolute path");
        Err(Failure::Invalid { reason })
    }
}

pub(crate) fn failure(action: &str, path: &str, error: &io::Error) -> Failure {
    Failure::File {
        action: action.to_owned(),
        path: path.to_owned(),
        reason: error.to_string(),
        missing: error.kind() == io::ErrorKind::NotFound,
    }
}
