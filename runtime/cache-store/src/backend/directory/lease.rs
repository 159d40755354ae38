//! Who uses a store now. Each process that has it open holds a locked file there, whose time says since when; the lock ends with the process, however
//! it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::SystemTime;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use windlass_files::own;

use super::full;
use crate::StoreError;
use crate::clock::millis;

/// Where they are.
const PLACE: &str = "users";

/// That of this process.
#[derive(Debug)]
pub(super) struct Lease {
    file: File,
    name: String,
    place: Dir,
    since: Mutex<SystemTime>,
}

impl Lease {
    pub(super) fn take(root: &Dir, path: &Path) -> Result<Self, StoreError> {
        let place = own::below(root, Path::new(PLACE), &path.join(PLACE)).map_err(full)?;
        let failed = StoreError::io("writing in", path.display().to_string());
        let (name, file) = make(&place).map_err(failed)?;
        let since = file.metadata().and_then(|metadata| metadata.modified()).unwrap_or_else(|_| SystemTime::now());
        Ok(Self { file, name, place, since: Mutex::new(since) })
    }

    /// Something was used at this time. A clock that was set back must not make it older than the lease.
    pub(super) fn reach(&self, time: SystemTime) {
        let mut since = self.since.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if time < *since {
            *since = time;
            let _ = self.file.set_modified(time);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // The next one that looks removes it otherwise.
        let _ = self.place.remove_file(&self.name);
    }
}

fn make(place: &Dir) -> io::Result<(String, File)> {
    loop {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let name = hex::encode(random);
        let file = place.open_with(&name, OpenOptions::new().write(true).create_new(true).mode(0o600))?.into_std();
        // Somebody may take it for left before it is locked.
        if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && place.symlink_metadata(&name).is_ok() {
            return Ok((name, file));
        }
    }
}

/// Since when the longest of all processes has had the store open, this one aside.
pub(super) fn oldest(root: &Dir, own: Option<&Lease>) -> u64 {
    let Ok(place) = root.open_dir(PLACE) else { return u64::MAX };
    let names = place.entries().into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut oldest = u64::MAX;
    for name in names.filter(|name| own.is_none_or(|own| *name != own.name)) {
        let Ok(file) = place.open(&name).map(cap_std::fs::File::into_std) else { continue };
        if file.try_lock().is_ok() {
            // Its process is gone.
            let _ = place.remove_file(&name);
        } else if let Ok(modified) = file.metadata().and_then(|metadata| metadata.modified()) {
            oldest = oldest.min(millis(modified));
        }
    }
    oldest
}
