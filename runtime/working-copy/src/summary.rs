//! What travels of a working copy, in numbers, and what stays.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use windlass_model::text::size;

use crate::borrowed::borrowed;
use crate::entries::Entries;
use crate::error::PackError;
use crate::repository::Repository;
use crate::rules::{IGNORE_FILE, Rules};
use crate::secret_files::{SecretFile, SecretFiles};
use crate::selection::{By, Selection};

/// Names that are said; of more, how many there are.
const NAMES: usize = 5;

/// What a run would send.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files and links, those of Git's own left out.
    pub files: u64,
    /// What they hold.
    pub bytes: u64,
    /// What Git's own files hold; `None` when the project brings no repository.
    pub git_bytes: Option<u64>,
    /// What Git ignores: files, and directories (with a `/`) of which it ignores everything.
    pub ignored: Vec<String>,
    /// How many files `.windlassignore` keeps back, of those that Git does not.
    pub kept_back: u64,
    /// The sources of secrets that stay although Git ignores them not.
    pub secrets: Vec<SecretFile>,
    /// What a person should know about the history.
    pub history: Option<String>,
    /// Whether Git said what belongs to it.
    pub by_git: bool,
}

impl Summary {
    /// Looks at a project, as [`crate::pack()`] would send it.
    ///
    /// # Errors
    /// As [`crate::pack()`].
    pub fn of(root: &Path, secret_files: &SecretFiles) -> Result<Self, PackError> {
        let selection = Arc::new(Selection::of(root, secret_files)?);
        let mut summary = Self { history: history(root), ..Self::default() };
        let mut sent = BTreeSet::new();
        for entry in Entries::of(root, &selection, &BTreeSet::new())? {
            let entry = entry?;
            // One that is gone since then is none.
            let Ok(metadata) = entry.place().symlink_metadata() else { continue };
            let of_git = entry.name.components().any(|part| part.as_os_str() == ".git");
            if metadata.is_dir() {
                if of_git {
                    summary.git_bytes.get_or_insert(0);
                }
            } else if of_git {
                *summary.git_bytes.get_or_insert(0) += metadata.len();
            } else if metadata.is_file() || metadata.is_symlink() {
                summary.files += 1;
                summary.bytes += if metadata.is_file() { metadata.len() } else { 0 };
                sent.insert(entry.name);
            }
        }
        summary.secrets = secret_files.within(root).into_iter().filter(SecretFile::is_left_out).collect();
        if let By::Git(listed) = &selection.by {
            summary.by_git = true;
            let kept_back = listed.files(root).filter(|path| !sent.contains(*path) && !selection.keeps(&root.join(path))).count();
            summary.kept_back = u64::try_from(kept_back).unwrap_or(u64::MAX);
            summary.ignored = listed.ignored.iter().map(|path| path.display().to_string()).collect();
        } else if matches!(&selection.by, By::Rules(Rules::Strict)) {
            let words = "Git does not say which files are its own, so whatever a .gitignore here or above names is left out";
            summary.history.get_or_insert_with(|| words.to_owned());
        }
        Ok(summary)
    }
}

/// Why `git log` and the like may not work in the task.
fn history(root: &Path) -> Option<String> {
    let found = match Repository::find(root) {
        Err(foreign) => return Some(format!("{foreign}; no history goes along")),
        Ok(found) => found?,
    };
    let below_top = Repository::at(root).is_ok_and(|own| own.is_none());
    if below_top {
        let top = found.top.display();
        return Some(format!("the project is a part of the repository in {top}, whose history does not go along"));
    }
    if found.git_dir != found.common_dir && found.common_dir.join("reftable").exists() {
        return Some("the refs of this linked work tree cannot be sent, so no history goes along".to_owned());
    }
    let first = borrowed(root).into_iter().next()?;
    Some(format!("objects of its history lie in {}, and go along when you trust the project", first.display()))
}

/// One line.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files = if self.files == 1 { "file" } else { "files" };
        write!(f, "the working copy: {} {files}, {}", self.files, size(self.bytes))?;
        if let Some(bytes) = self.git_bytes {
            write!(f, ", and {} of .git", size(bytes))?;
        }
        let mut out = Vec::new();
        if !self.ignored.is_empty() {
            let names: Vec<&str> = self.ignored.iter().take(NAMES).map(String::as_str).collect();
            let more = self.ignored.len() - names.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            out.push(format!("what Git ignores: {}{more}", names.join(", ")));
        }
        if self.kept_back > 0 {
            let files = if self.kept_back == 1 { "file" } else { "files" };
            out.push(format!("{} {files} that {IGNORE_FILE} names", self.kept_back));
        }
        out.extend(self.secrets.iter().map(SecretFile::to_string));
        if !out.is_empty() {
            write!(f, "; left out: {}", out.join("; "))?;
        }
        match &self.history {
            Some(words) => write!(f, "; {words}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
