//! What a user has trusted, remembered on this machine: one file for each project, of the user's own and for nobody else to read.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ask::Ask;

/// A record is a list of lines; what is larger was not written by windlass.
const MAX: u64 = 1 << 20;

/// Where the trust in one project is kept.
#[derive(Debug, Clone)]
pub struct Record {
    path: PathBuf,
    project: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Text {
    project: PathBuf,
    trusted: BTreeSet<Ask>,
}

impl Record {
    /// The record of a project, by the path that no link changes.
    pub fn of(state: &Path, project: &Path) -> Self {
        let digest = hex::encode(Sha256::digest(project.as_os_str().as_encoded_bytes()));
        Self { path: state.join("trust").join(format!("{digest}.json")), project: project.to_owned() }
    }

    /// The project.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// What is trusted. A record that others can write, that belongs to somebody else or that windlass did not write counts for nothing.
    pub fn trusted(&self) -> BTreeSet<Ask> {
        match self.read() {
            Ok(text) if text.project == self.project => text.trusted,
            Ok(text) => self.ignored(&format!("it is of {}", text.project.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => self.ignored(&error.to_string()),
        }
    }

    fn ignored(&self, reason: &str) -> BTreeSet<Ask> {
        tracing::warn!(record = %self.path.display(), reason, "a record of trust is ignored");
        BTreeSet::new()
    }

    fn read(&self) -> io::Result<Text> {
        let file = fs::File::open(&self.path)?;
        let metadata = file.metadata()?;
        let refuse = |reason| Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        if !metadata.is_file() {
            return refuse("it is not a file");
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            return refuse("it belongs to another user");
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            return refuse("others may read or write it");
        }
        let mut text = Vec::new();
        file.take(MAX).read_to_end(&mut text)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Remembers what is trusted, in place of what was.
    ///
    /// # Errors
    /// When the file cannot be written; what was there before is still there then.
    pub fn write(&self, trusted: BTreeSet<Ask>) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        // It is for its owner alone from the first byte.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer_pretty(&mut file, &Text { project: self.project.clone(), trusted })?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// The file that it is kept in.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets all; whether there was anything.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub fn forget(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(variable: &str) -> BTreeSet<Ask> {
        [Ask::Variable { secret: "KEY".into(), variable: variable.into() }].into()
    }

    #[test]
    fn a_record_is_of_one_project_and_for_its_owner_alone() {
        let state = tempfile::tempdir().expect("a directory");
        let record = Record::of(state.path(), Path::new("/a"));
        assert!(record.trusted().is_empty() && !record.forget().expect("nothing to delete"));
        record.write(asks("ONE")).expect("writable");
        assert_eq!(record.trusted(), asks("ONE"));
        assert_eq!(fs::metadata(&record.path).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert!(Record::of(state.path(), Path::new("/b")).trusted().is_empty(), "a project that was moved");
        fs::copy(&record.path, Record::of(state.path(), Path::new("/b")).path).expect("a copy");
        assert!(Record::of(state.path(), Path::new("/b")).trusted().is_empty(), "a record of another project");
        assert!(record.forget().expect("deleted") && record.trusted().is_empty());
    }

    /// What somebody else may have written is not the user's word.
    #[test]
    fn a_record_that_others_can_touch_or_that_is_damaged_counts_for_nothing() {
        let state = tempfile::tempdir().expect("a directory");
        let record = Record::of(state.path(), Path::new("/a"));
        record.write(asks("ONE")).expect("writable");
        for mode in [0o660, 0o606, 0o640, 0o604] {
            fs::set_permissions(&record.path, fs::Permissions::from_mode(mode)).expect("its mode");
            assert!(record.trusted().is_empty(), "{mode:o}");
        }
        fs::set_permissions(&record.path, fs::Permissions::from_mode(0o600)).expect("its mode");
        assert_eq!(record.trusted(), asks("ONE"));
        // Only root can give a file away.
        if std::os::unix::fs::chown(&record.path, Some(12345), None).is_ok() {
            assert!(record.trusted().is_empty(), "another user's");
        }
        record.write(asks("ONE")).expect("writable");
        fs::write(&record.path, "{}").expect("writable");
        assert!(record.trusted().is_empty(), "damaged");
        fs::remove_file(&record.path).expect("deleted");
        fs::create_dir(&record.path).expect("a directory");
        assert!(record.trusted().is_empty(), "no file");
    }
}
