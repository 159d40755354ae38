//! Finds programs as a shell does.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where programs are when no `PATH` says so.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a search came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Search {
    /// A file that may be executed.
    Found(PathBuf),
    /// A file that is no program: it has no execute permission, or is a directory.
    NotExecutable(PathBuf),
    /// Nothing, and where it was looked for.
    Missing {
        /// The `PATH`, or the directory that a relative path starts from.
        searched: String,
    },
}

/// Looks a program up: a name in `path`, anything with a slash from `directory`.
#[must_use]
pub fn find(program: &OsStr, path: Option<&OsStr>, directory: &Path) -> Search {
    if program.as_bytes().contains(&b'/') {
        let file = directory.join(program);
        return match fs::metadata(&file) {
            Err(_) => Search::Missing { searched: directory.to_string_lossy().into_owned() },
            Ok(found) if is_program(&found) => Search::Found(file),
            Ok(_) => Search::NotExecutable(file),
        };
    }
    let default = OsString::from(DEFAULT_PATH);
    let path = path.unwrap_or(&default);
    let mut refused = None;
    for part in path.as_bytes().split(|byte| *byte == b':') {
        // An empty part of PATH is the working directory.
        let file = directory.join(OsStr::from_bytes(part)).join(program);
        match fs::metadata(&file) {
            Ok(found) if is_program(&found) && !program.is_empty() => return Search::Found(file),
            Ok(found) if found.is_file() => refused = refused.or(Some(file)),
            _ => {}
        }
    }
    match refused {
        Some(file) => Search::NotExecutable(file),
        None => Search::Missing { searched: path.to_string_lossy().into_owned() },
    }
}

fn is_program(found: &fs::Metadata) -> bool {
    found.is_file() && found.permissions().mode() & 0o111 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_executable_in_the_path_is_taken() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        for (name, mode) in [("a/tool", 0o644), ("b/tool", 0o755), ("a/data", 0o644)] {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap_or(root.path()))?;
            fs::write(&file, "")?;
            fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        }
        let path = OsStr::new("missing:a:b");
        let look = |name: &str| find(OsStr::new(name), Some(path), root.path());
        assert_eq!(look("tool"), Search::Found(root.path().join("b/tool")));
        assert_eq!(look("data"), Search::NotExecutable(root.path().join("a/data")));
        assert_eq!(look("./b/tool"), Search::Found(root.path().join("b/tool")));
        let searched = "missing:a:b".to_owned();
        assert_eq!(look("none"), Search::Missing { searched });
        Ok(())
    }
}
