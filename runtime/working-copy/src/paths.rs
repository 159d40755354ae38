//! The files of a working copy, by their names alone.

use std::path::Path;
use std::sync::Arc;

use crate::error::PackError;
use crate::secret_files::SecretFiles;
use crate::selection::Selection;
use crate::walk::Files;

/// The paths of all files that are part of the working copy below a directory, from there. Those that are no text are left out.
///
/// # Errors
/// When Git takes too long, or a directory cannot be read.
pub fn paths(root: &Path, secret_files: &SecretFiles) -> Result<Vec<String>, PackError> {
    let selection = Arc::new(Selection::of(root, secret_files)?);
    let mut paths = Vec::new();
    for entry in Files::below(root, &selection)? {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| !kind.is_dir())
            && let Some(path) = entry.path().strip_prefix(root).ok().and_then(Path::to_str)
        {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_travel_are_named() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir_all(dir.path().join("src/out"))?;
        for (file, text) in [(".gitignore", "out\n"), ("src/a.c", "x"), ("src/out/b.o", "x"), ("c", "x")] {
            std::fs::write(dir.path().join(file), text)?;
        }
        assert_eq!(paths(dir.path(), &SecretFiles::none())?, [".gitignore", "c", "src/a.c"]);
        Ok(())
    }
}
