//! The bound of what is kept: what was used longest ago goes first.

use std::io;
use std::time::SystemTime;

use cap_std::fs::{Dir, File};

/// Bytes of compiled code that are kept: that of a hundred plugins and more.
pub(super) const MOST: u64 = 512 << 20;

/// Notes that a file is used now. Where that cannot be noted, the file goes a little earlier.
pub(super) fn used(file: File) -> File {
    let file = file.into_std();
    let _ = file.set_modified(SystemTime::now());
    File::from_std(file)
}

/// Removes what was used longest ago until all that is kept has no more than `most` bytes. What has just been written, `fresh`, stays.
pub(super) fn sweep(directory: &Dir, most: u64, fresh: &str) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in directory.entries()? {
        let entry = entry?;
        // Another process may sweep at the same time.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            files.push((metadata.modified()?.into_std(), metadata.len(), entry.file_name()));
        }
    }
    files.sort();
    let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
    for (_, length, name) in files.iter().filter(|(_, _, name)| name != fresh) {
        if all <= most {
            return Ok(());
        }
        match directory.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => all = all.saturating_sub(*length),
        }
    }
    Ok(())
}
