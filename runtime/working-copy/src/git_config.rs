//! Git's configuration on its way into the pod, without what is secret in it.
//!
//! A clone keeps tokens there: in the addresses of its remotes, in headers (`actions/checkout` writes one), in the words of a helper. Scripts
//! of the task ask Git for versions, names and addresses, for which none of it is needed. So what is known to be of use goes along, and the
//! rest stays: a list of what is secret would never be complete.

mod credentials;
mod format;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use windlass_model::url::without_credentials;

use format::Entry;

/// What becomes of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cleaned {
    /// What is sent in its place; `None` when it goes as it is.
    pub(super) text: Option<Vec<u8>>,
    /// Credentials that were in it.
    pub(super) credentials: Vec<String>,
}

/// The working tree that a configuration names.
pub(super) fn work_tree(text: &[u8]) -> Option<PathBuf> {
    let entries = format::parse(text)?;
    let named = |entry: &&Entry| entry.section == "core" && entry.subsection.is_none() && entry.key == "worktree";
    let value = entries.iter().rev().find(named)?.value.as_deref()?;
    Some(PathBuf::from(OsStr::from_bytes(value)))
}

/// Cleans a configuration file. One that Git could not read either is sent as an empty one. With `has_files` the repository is one of a
/// working copy, whatever else it is on this machine: a linked work tree may belong to a repository that says that it is bare.
pub(super) fn clean(text: &[u8], has_files: bool) -> Cleaned {
    let Some(entries) = format::parse(text) else {
        return Cleaned { text: Some(Vec::new()), credentials: Vec::new() };
    };
    let mut kept = Vec::new();
    let mut credentials = Vec::new();
    let mut changed = false;
    for entry in entries {
        let found = credentials::of(&entry);
        let is_bare = entry.section == "core" && entry.key == "bare" && entry.value.as_deref() != Some(b"false");
        if !is_of_use(&entry) || has_files && is_bare {
            credentials.extend(found);
            changed = true;
            continue;
        }
        let bare = entry.value.as_deref().map(|value| bare(value, &mut credentials));
        changed |= bare != entry.value;
        kept.push(Entry { value: bare, ..entry });
    }
    credentials.sort();
    credentials.dedup();
    // A comment may hold what was commented out.
    let text = (changed || format::has_comments(text)).then(|| format::write(&kept));
    Cleaned { text, credentials }
}

/// A value without credentials, if it is an address with some.
fn bare(value: &[u8], credentials: &mut Vec<String>) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(value) else { return value.to_vec() };
    let bare = without_credentials(text);
    credentials.extend(bare.credentials);
    bare.url.into_bytes()
}

/// What a repository is, where it comes from, and how its files look. No programs, headers, helpers, proxies, rewritten addresses, included
/// files, or anything that nobody here has heard of.
fn is_of_use(entry: &Entry) -> bool {
    const CORE: [&str; 16] = [
        "abbrev",
        "autocrlf",
        "bare",
        "bigfilethreshold",
        "eol",
        "filemode",
        "ignorecase",
        "logallrefupdates",
        "precomposeunicode",
        "quotepath",
        "repositoryformatversion",
        "safecrlf",
        "sharedrepository",
        "sparsecheckout",
        "sparsecheckoutcone",
        "symlinks",
    ];
    const REMOTE: [&str; 11] = [
        "fetch",
        "followremotehead",
        "mirror",
        "partialclonefilter",
        "promisor",
        "prune",
        "prunetags",
        "push",
        "pushurl",
        "tagopt",
        "url",
    ];
    let key = entry.key.as_str();
    match entry.section.as_str() {
        "core" => CORE.contains(&key),
        "remote" => REMOTE.contains(&key),
        "submodule" => matches!(key, "active" | "branch" | "fetchrecursesubmodules" | "ignore" | "recurse" | "url"),
        "user" | "author" | "committer" => matches!(key, "name" | "email"),
        "branch" => matches!(key, "merge" | "mergeoptions" | "pushremote" | "rebase" | "remote" | "description"),
        "extensions" | "feature" | "index" | "pack" | "pull" | "push" | "rebase" | "status" | "tag" | "versionsort" => {
            key != "gpgsign"
        }
        "init" => key == "defaultbranch",
        "i18n" => true,
        "lfs" => matches!(key, "url" | "repositoryformatversion"),
        // Git's own way to large files; drivers of other names are programs of this machine.
        "filter" => entry.subsection.as_deref() == Some(b"lfs") && matches!(key, "clean" | "smudge" | "process" | "required"),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
