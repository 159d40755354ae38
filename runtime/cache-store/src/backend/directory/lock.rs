//! The lock of a store: held for the moment in which a name is given or taken.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};

use super::is_read_only;
use crate::StoreError;

/// What it is called.
const NAME: &str = "lock";

/// Nobody holds it for so long who still runs.
const PATIENCE: Duration = Duration::from_secs(20);

/// How it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Beside others.
    Shared,
    /// By nobody else.
    Alone,
}

/// Holds it until it is dropped. Where the file system has no locks, nothing is held.
pub(super) fn lock(root: &Dir, path: &Path, kind: Kind) -> Result<File, StoreError> {
    let shown = path.display().to_string();
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    let opened = match root.open_with(NAME, &options) {
        // A store that is read and not written has a lock to hold all the same.
        Err(error) if is_read_only(&error) => root.open(NAME).map_err(|_| error),
        opened => opened,
    };
    let file = opened.map_err(StoreError::io("locking", &shown))?.into_std();
    let began = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        let locked = if kind == Kind::Alone { file.try_lock() } else { file.try_lock_shared() };
        match locked {
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => {
                let problem = "another process has held its lock for too long".into();
                return Err(StoreError::Unreachable { store: format!("dir:{shown}"), problem });
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
        }
        pause = pause.saturating_mul(2).min(Duration::from_millis(20));
    }
}
