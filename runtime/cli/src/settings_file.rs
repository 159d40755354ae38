//! Files that a settings file names.

use std::path::{Component, Path};

use windlass_files::{FileError, Tree};

/// Whether a path says that it stays in the directory that it counts from.
pub fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// The whole of a file that a settings file in `base` names. A path that says that it stays in there does: a link may not lead it out.
///
/// # Errors
/// When it is not there, no file, larger than `longest` bytes, or outside where it must not be.
pub fn read(base: &Path, path: &Path, longest: u64) -> Result<Vec<u8>, FileError> {
    if is_inside(path) { Tree::open(base)?.read(path, longest) } else { windlass_files::named(&base.join(path), longest) }
}

/// Whether a file inside of `base` is there to be read. It is not read.
///
/// # Errors
/// As [`read`].
pub fn exists(base: &Path, path: &Path) -> Result<(), FileError> {
    Tree::open(base)?.file(path, true).map(|_| ())
}
