//! The facts of a working copy, gathered once.

use std::path::PathBuf;

use super::confinement::COMPARING;
use super::{Git, ProgramError, Remote};
use crate::repository::Foreign;

/// What is known of a working copy. Each part is absent where git has none: a new repository has no commit, a detached
/// checkout no branch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The directory at the top of the working copy.
    pub root: PathBuf,
    /// What `HEAD` names.
    pub head: Option<Change>,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// A tag of the commit.
    pub tag: Option<String>,
    /// Where `origin` is.
    pub origin: Option<Remote>,
    /// The branch that `origin` counts as its main one.
    pub default_branch: Option<String>,
    /// Files that differ from `HEAD` or are not in it, ignored ones left out.
    pub uncommitted: Vec<String>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its identity, forty or sixty-four hexadecimal digits.
    pub sha: String,
    /// Its message, the last newline left out.
    pub message: String,
}

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
pub enum Absent {
    /// The directory is in no working copy.
    #[error("not a git checkout")]
    NotACheckout,
    /// Its `.git` leads to a repository that is not its own.
    #[error("Git is not asked")]
    Foreign(#[from] Foreign),
    /// Git is not there or does not answer.
    #[error(transparent)]
    Unanswered(ProgramError),
}

/// Asks git for the facts.
///
/// # Errors
/// When the directory is in no working copy, or git does not answer.
pub fn gather(git: &impl Git) -> Result<Facts, Absent> {
    let one = |arguments: &[&str]| line(git, arguments);
    let root = match git.ask(&["rev-parse", "--show-toplevel"]) {
        Ok(Some(root)) => PathBuf::from(root.trim_end_matches('\n')),
        // A bare repository has no working copy.
        Ok(None) | Err(ProgramError::NoRepository) => return Err(Absent::NotACheckout),
        Err(error) => return Err(Absent::Unanswered(error)),
    };
    let head = one(&["rev-parse", "--verify", "--quiet", "HEAD"]).map_err(Absent::Unanswered)?;
    let head = match head {
        Some(sha) => {
            let shown = git.ask(&["rev-list", "--max-count=1", "--format=%B", &sha]).map_err(Absent::Unanswered)?;
            // The first line names the commit once more.
            let message = shown.as_deref().and_then(|shown| shown.split_once('\n')).map_or("", |(_, message)| message);
            let message = message.trim_end_matches('\n').to_owned();
            Some(Change { sha, message })
        }
        None => None,
    };
    let tag = match &head {
        // Without a tag at HEAD git complains with code 128; that is no fault here.
        Some(_) => one(&["describe", "--tags", "--exact-match", "HEAD"]).unwrap_or_default(),
        None => None,
    };
    let origin = one(&["config", "--no-includes", "--get", "remote.origin.url"]).map_err(Absent::Unanswered)?;
    let default_branch = one(&["symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD"]).unwrap_or_default();
    let branch = one(&["symbolic-ref", "--short", "--quiet", "HEAD"]).map_err(Absent::Unanswered)?;
    Ok(Facts {
        uncommitted: uncommitted(git, head.is_some()).map_err(Absent::Unanswered)?,
        root,
        head,
        branch,
        tag,
        origin: origin.as_deref().and_then(Remote::parse),
        default_branch: default_branch.map(|b| b.strip_prefix("origin/").unwrap_or(&b).to_owned()),
    })
}

impl Facts {
    /// The paths that changed since a commit, or in `HEAD` alone when there is none or git does not have it, in either case
    /// with what is not committed yet: a run takes the working copy as it is. `None` when nobody can know, as in the
    /// outermost commit of a shallow clone.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn changed_files(&self, git: &impl Git, since: Option<&str>) -> Result<Option<Vec<String>>, ProgramError> {
        let Some(head) = &self.head else { return Ok(Some(self.uncommitted.clone())) };
        let since = match since {
            Some(sha) if is_commit(git, sha) => Some(sha.to_owned()),
            _ => parent(git, &head.sha)?,
        };
        let committed = match since {
            Some(since) => git.ask(&["diff-tree", "-r", "--name-only", "--no-renames", "-z", &since, &head.sha])?,
            None if is_shallow(git)? => return Ok(None),
            None => git.ask(&["ls-tree", "-r", "--name-only", "--full-tree", "-z", &head.sha])?,
        };
        let mut files: Vec<String> = paths(&committed.unwrap_or_default()).collect();
        files.extend(self.uncommitted.iter().cloned());
        files.sort();
        files.dedup();
        Ok(Some(files))
    }
}

fn uncommitted(git: &impl Git, has_head: bool) -> Result<Vec<String>, ProgramError> {
    // `:/` makes both speak of the whole working copy, from any directory of it.
    let new = git.ask(&["ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/"])?.unwrap_or_default();
    let known = if has_head {
        git.ask(&[&["diff"], &COMPARING[..], &["-z", "HEAD"]].concat())?
    } else {
        git.ask(&["ls-files", "--cached", "--full-name", "-z", ":/"])?
    };
    let mut files: Vec<String> = paths(&new).chain(paths(&known.unwrap_or_default())).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

fn is_commit(git: &impl Git, sha: &str) -> bool {
    // Only a full identity: a word such as `--output=x` or `main` in a ledger is not one.
    let hex = matches!(sha.len(), 40 | 64) && sha.bytes().all(|b| b.is_ascii_hexdigit());
    hex && matches!(git.ask(&["cat-file", "-e", &format!("{sha}^{{commit}}")]), Ok(Some(_)))
}

fn parent(git: &impl Git, sha: &str) -> Result<Option<String>, ProgramError> {
    line(git, &["rev-parse", "--verify", "--quiet", &format!("{sha}^1")])
}

fn is_shallow(git: &impl Git) -> Result<bool, ProgramError> {
    Ok(line(git, &["rev-parse", "--is-shallow-repository"])?.as_deref() == Some("true"))
}

fn line(git: &impl Git, arguments: &[&str]) -> Result<Option<String>, ProgramError> {
    let answer = git.ask(arguments)?;
    Ok(answer.and_then(|text| text.lines().next().map(str::to_owned)).filter(|text| !text.is_empty()))
}

fn paths(listing: &str) -> impl Iterator<Item = String> {
    listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
