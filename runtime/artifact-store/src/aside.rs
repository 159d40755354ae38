//! The directory that an artifact is written in until it is whole. Whoever writes holds a lock on it, which ends with the process, however it
//! ends: so what a killed windlass has left is told from what another one is at.

use std::fs::{File, TryLockError};
use std::io;

use cap_std::fs::{Dir, MetadataExt as _};

/// How each of them ends.
const ENDING: &str = ".part";

/// A directory beside the one that is to be.
#[derive(Debug)]
pub(crate) struct Aside {
    pub(crate) name: String,
    pub(crate) directory: Dir,
    /// Nothing where the file system has no locks: then nobody takes it for left, either.
    _lock: Option<File>,
}

impl Aside {
    /// Makes one for an artifact of this name.
    pub(crate) fn make(parent: &Dir, artifact: &str) -> io::Result<Self> {
        let mut number = 0_u32;
        loop {
            let name = format!(".{artifact}.{}-{number}{ENDING}", std::process::id());
            match parent.create_dir(&name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
                made => {
                    made?;
                    if let Some(made) = Self::locked(parent, name)? {
                        return Ok(made);
                    }
                    // Somebody has swept it before it was locked.
                    number += 1;
                }
            }
        }
    }

    fn locked(parent: &Dir, name: String) -> io::Result<Option<Self>> {
        let opened = || -> io::Result<(File, Dir)> { Ok((parent.open(&name)?.into_std(), parent.open_dir(&name)?)) };
        let (lock, directory) = match opened() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let lock = match lock.try_lock() {
            Ok(()) => Some(lock),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(_)) => None,
        };
        let there = parent
            .symlink_metadata(&name)
            .is_ok_and(|there| directory.dir_metadata().is_ok_and(|own| (own.dev(), own.ino()) == (there.dev(), there.ino())));
        Ok(there.then_some(Self { name, directory, _lock: lock }))
    }
}

/// Removes those in a directory that nobody writes any more. What cannot be removed has no name that anybody looks for.
pub(crate) fn sweep(parent: &Dir) {
    let names = parent.entries().into_iter().flatten().flatten().filter_map(|entry| {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        entry.file_name().into_string().ok().filter(|name| is_directory && is_aside(name))
    });
    for name in names {
        let Ok(file) = parent.open(&name) else { continue };
        let lock = file.into_std();
        if lock.try_lock().is_ok() {
            let _ = parent.remove_dir_all(&name);
        }
    }
}

/// `.NAME.PROCESS-NUMBER.part`.
fn is_aside(name: &str) -> bool {
    let numbers = |text: &str| text.split_once('-').is_some_and(|(process, number)| is_number(process) && is_number(number));
    name.strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(ENDING))
        .and_then(|rest| rest.rsplit_once('.'))
        .is_some_and(|(artifact, rest)| !artifact.is_empty() && numbers(rest))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use cap_std::ambient_authority;

    use super::*;

    #[test]
    fn what_a_dead_writer_left_is_swept_and_nothing_else() -> io::Result<()> {
        let root = tempfile::tempdir()?;
        let parent = Dir::open_ambient_dir(root.path(), ambient_authority())?;
        let alive = Aside::make(&parent, "logs")?;
        for name in [".logs.1-0.part", "logs", ".logs.part", ".logs.x-0.part", "logs.1-0.part"] {
            fs::create_dir(root.path().join(name))?;
            fs::write(root.path().join(name).join("half"), "x")?;
        }
        std::os::unix::fs::symlink(root.path().join("logs"), root.path().join(".link.1-0.part"))?;
        sweep(&parent);
        let left = |name: &str| root.path().join(name).exists();
        assert!(!left(".logs.1-0.part"));
        assert!(left(&alive.name), "it is being written");
        for name in ["logs/half", ".logs.part", ".logs.x-0.part", "logs.1-0.part", ".link.1-0.part"] {
            assert!(left(name), "{name}");
        }
        let name = alive.name.clone();
        drop(alive);
        sweep(&parent);
        assert!(!left(&name), "its writer is gone");
        Ok(())
    }
}
