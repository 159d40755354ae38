//! The last green commit of each branch, remembered on this machine: the source of `CIRRUS_LAST_GREEN_CHANGE` and
//! `CIRRUS_LAST_GREEN_BUILD_ID`, which no git command knows.
//!
//! What counts as green is decided by [`counts`]: a run of all tasks, without failure, of exactly what is committed. Each
//! branch has a file of its own, written whole and moved into place, so runs side by side cannot damage it.

mod plugins;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use plugins::{changes, from_outside};

/// One branch of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The repository: its `host/owner/name`, or the directory of a working copy without `origin`.
    pub repository: String,
    /// The branch.
    pub branch: String,
}

/// The last green run of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Green {
    /// The commit.
    pub change: String,
    /// The run.
    pub build: String,
}

/// What a file holds: the entry, and whose it is, for a person who looks.
#[derive(Serialize, Deserialize)]
struct Record {
    repository: String,
    branch: String,
    #[serde(flatten)]
    green: Green,
}

/// Why the ledger could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file system refused.
    #[error("{path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what windlass writes.
    #[error("{path} is damaged; delete it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// The ledger's directory.
#[derive(Debug, Clone)]
pub struct Ledger {
    directory: PathBuf,
}

impl Ledger {
    /// The ledger below windlass's state directory.
    pub fn below(state: &Path) -> Self {
        Self { directory: state.join("ledger") }
    }

    /// The last green run of a branch; `None` before the first.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn last_green(&self, branch: &Branch) -> Result<Option<Green>, LedgerError> {
        Ok(read::<Record>(&self.path(branch))?.map(|record| record.green))
    }

    /// Remembers a green run.
    ///
    /// # Errors
    /// When the file cannot be written; what was there before is still there then.
    pub fn record(&self, branch: &Branch, green: &Green) -> Result<(), LedgerError> {
        let record = Record { repository: branch.repository.clone(), branch: branch.branch.clone(), green: green.clone() };
        write(&self.path(branch), &record)
    }

    fn path(&self, branch: &Branch) -> PathBuf {
        self.directory.join(file_name(&branch.repository)).join(format!("{}.json", file_name(&branch.branch)))
    }
}

/// What a file holds; `None` when there is none.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, LedgerError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(LedgerError::File { path: path.to_owned(), source }),
    };
    serde_json::from_slice(&text).map(Some).map_err(|source| LedgerError::Damaged { path: path.to_owned(), source })
}

/// Writes a file whole, and moves it into place.
fn write(path: &Path, record: &impl Serialize) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::File { path: path.to_owned(), source };
    let directory = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    serde_json::to_writer_pretty(&mut file, record).map_err(|error| failed(error.into()))?;
    file.write_all(b"\n").map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Whether a run may be called the branch's last green one: every task of the file was asked for, none failed, and nothing
/// that ran was uncommitted. Tasks that `skip` passes over, and those that windlass cannot run, do not stand in the way.
pub fn counts(exit_code: u8, chosen: &[String], uncommitted: &[String]) -> bool {
    exit_code == 0 && chosen.is_empty() && uncommitted.is_empty()
}

/// A name that a person recognises and no two texts share.
fn file_name(text: &str) -> String {
    let digest = hex::encode(&Sha256::digest(text.as_bytes())[..6]);
    let readable: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).take(60).collect();
    format!("{}-{digest}", readable.trim_matches(['-', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(branch: &str) -> Branch {
        Branch { repository: "github.com/corp/app".into(), branch: branch.into() }
    }

    fn green(change: &str) -> Green {
        Green { change: change.into(), build: "aaaaaaaa".into() }
    }

    #[test]
    fn a_branch_remembers_its_own_last_green_run() {
        let state = tempfile::tempdir().expect("a temporary directory");
        let ledger = Ledger::below(state.path());
        assert_eq!(ledger.last_green(&branch("main")).expect("readable"), None);
        ledger.record(&branch("main"), &green("1")).expect("writable");
        ledger.record(&branch("feature/x"), &green("2")).expect("writable");
        ledger.record(&branch("main"), &green("3")).expect("writable");
        assert_eq!(ledger.last_green(&branch("main")).expect("readable"), Some(green("3")));
        assert_eq!(ledger.last_green(&branch("feature/x")).expect("readable"), Some(green("2")));
        assert_eq!(ledger.last_green(&branch("feature-x")).expect("readable"), None);
    }

    #[test]
    fn a_branch_name_cannot_leave_the_directory() {
        let state = tempfile::tempdir().expect("a temporary directory");
        let ledger = Ledger::below(state.path());
        for name in ["../../../etc/x", "..", ".", "/abs", "ä/ö", &"x".repeat(300)] {
            let path = ledger.path(&branch(name));
            assert!(path.starts_with(state.path().join("ledger")), "{}", path.display());
            assert!(!path.components().any(|c| c == std::path::Component::ParentDir), "{}", path.display());
            ledger.record(&branch(name), &green("1")).expect("writable");
            assert_eq!(ledger.last_green(&branch(name)).expect("readable"), Some(green("1")));
        }
    }

    #[test]
    fn a_damaged_file_is_named() {
        let state = tempfile::tempdir().expect("a temporary directory");
        let ledger = Ledger::below(state.path());
        ledger.record(&branch("main"), &green("1")).expect("writable");
        fs::write(ledger.path(&branch("main")), "{").expect("writable");
        let error = ledger.last_green(&branch("main")).expect_err("damaged");
        assert!(matches!(error, LedgerError::Damaged { path, .. } if path == ledger.path(&branch("main"))));
    }

    #[test]
    fn only_a_full_clean_green_run_counts() {
        let some = ["x".to_owned()];
        assert!(counts(0, &[], &[]));
        assert!(!counts(1, &[], &[]));
        assert!(!counts(0, &some, &[]), "a part of the tasks");
        assert!(!counts(0, &[], &some), "not what the commit holds");
    }
}
