//! Replacing a file at once: whoever reads it meanwhile, or after a crash, finds the old text or the new one, and never half of one.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};

use crate::FileError;

/// Puts a new file in the place of `old`, which has this name in the directory, with the same mode and, as far as the system lets us, the
/// same owner.
pub(crate) fn replace(directory: &Dir, name: &OsStr, old: &File, contents: &[u8]) -> Result<(), FileError> {
    let metadata = old.metadata()?;
    let (file, temporary) = beside(directory, name, 0o600)?;
    let written = fill(file, &metadata, contents).and_then(|()| directory.rename(&temporary, directory, name));
    if let Err(error) = written {
        // What cannot be removed stays beside the file, which is whole.
        let _ = directory.remove_file(&temporary);
        return Err(error.into());
    }
    Ok(())
}

/// Puts a file of this name into the directory, at once, in the place of one that may be there. `mode` says who may use it, less those whom
/// the process keeps from its files.
///
/// # Errors
/// When it cannot be written. Then what was there is there still, and nothing else.
pub fn write_whole(directory: &Dir, name: &OsStr, mode: u32, contents: &[u8]) -> io::Result<()> {
    let (mut file, temporary) = beside(directory, name, mode)?;
    let written =
        file.write_all(contents).and_then(|()| file.sync_all()).and_then(|()| directory.rename(&temporary, directory, name));
    if written.is_err() {
        // Whatever is left of it is only in the way.
        let _ = directory.remove_file(&temporary);
    }
    written
}

fn fill(mut file: File, old: &std::fs::Metadata, contents: &[u8]) -> io::Result<()> {
    file.write_all(contents)?;
    // Only root gives files away; whoever is not root owns the file already, or keeps the new one.
    let (user, group) = (rustix::fs::Uid::from_raw(old.uid()), rustix::fs::Gid::from_raw(old.gid()));
    let _ = rustix::fs::fchown(&file, Some(user), Some(group));
    file.set_permissions(std::fs::Permissions::from_mode(old.mode() & 0o7777))?;
    file.sync_all()
}

/// A new file beside another.
fn beside(directory: &Dir, name: &OsStr, mode: u32) -> io::Result<(File, PathBuf)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode);
    let mut number = 0_u32;
    loop {
        let temporary = format!(".{}.{}-{number}.tmp", Path::new(name).display(), std::process::id());
        match directory.open_with(&temporary, &options) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            opened => return Ok((opened?.into_std(), temporary.into())),
        }
    }
}
