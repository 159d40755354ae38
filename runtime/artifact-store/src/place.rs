//! Where artifacts of all runs lie.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::StoreError;

/// What windlass leaves in a project.
const OWN: &str = ".windlass";

/// Where artifacts of all runs lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a project, in `.windlass/artifacts`.
    Project(PathBuf),
    /// In a directory that a person named.
    Named(PathBuf),
}

impl Place {
    /// The directory, as a person would name it.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Project(root) => root.join(OWN).join("artifacts"),
            Self::Named(directory) => directory.clone(),
        }
    }

    /// Opens it, and makes it where it is not there. In a project, nothing on the way may be a link: whoever wrote the repository would choose
    /// where the files go.
    pub(crate) fn make(&self) -> Result<Dir, StoreError> {
        let path = self.path();
        let shown = path.display().to_string();
        let making = StoreError::io("making the directory", &shown);
        match self {
            Self::Named(directory) => {
                let made = Dir::create_ambient_dir_all(directory, ambient_authority())
                    .and_then(|()| Dir::open_ambient_dir(directory, ambient_authority()));
                made.map_err(making)
            }
            Self::Project(root) => {
                let project = open(root).map_err(making)?;
                let own = directory(&project, OWN, &root.join(OWN))?;
                directory(&own, "artifacts", &path)
            }
        }
    }

    /// Opens it; `None` when it is not there.
    pub(crate) fn open(&self) -> Result<Option<Dir>, StoreError> {
        let path = self.path();
        let opened = match self {
            Self::Named(directory) => Dir::open_ambient_dir(directory, ambient_authority()),
            Self::Project(root) => open(root).and_then(|project| below(&project, OWN)).and_then(|own| below(&own, "artifacts")),
        };
        match opened {
            Ok(directory) => Ok(Some(directory)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                Err(StoreError::NotADirectory { path: path.display().to_string() })
            }
            Err(error) => Err(StoreError::io("opening", path.display().to_string())(error)),
        }
    }
}

/// Opens a project's directory; an empty path is where the process runs.
fn open(root: &Path) -> io::Result<Dir> {
    Dir::open_ambient_dir(if root.as_os_str().is_empty() { Path::new(".") } else { root }, ambient_authority())
}

/// Opens a directory in another, and makes it where it is not there.
pub(crate) fn directory(parent: &Dir, name: &str, shown: &Path) -> Result<Dir, StoreError> {
    let path = || shown.display().to_string();
    match parent.create_dir(name) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(StoreError::io("making the directory", path())(error));
        }
        _ => {}
    }
    below(parent, name).map_err(|error| match error.kind() {
        io::ErrorKind::NotADirectory => StoreError::NotADirectory { path: path() },
        _ => StoreError::io("opening", path())(error),
    })
}

/// Opens a directory in another, which is no link.
pub(crate) fn below(parent: &Dir, name: &str) -> io::Result<Dir> {
    if !parent.symlink_metadata(name)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    parent.open_dir(name)
}
