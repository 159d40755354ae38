//! The kubeconfig: where it lies, and what is said when it cannot be used.

use std::fmt;
use std::path::PathBuf;

use kube::config::{Kubeconfig, KubeconfigError};

use crate::error::chain;

/// The variable that names kubeconfigs, separated like the directories of `PATH`.
const VARIABLE: &str = "KUBECONFIG";

/// Reads a kubeconfig: the file named, else those of `KUBECONFIG` that are there, else `~/.kube/config`.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn read_kubeconfig(file: Option<&str>) -> Result<Kubeconfig, KubeconfigError> {
    match (file, named()) {
        (Some(file), _) => Kubeconfig::read_from(file),
        (None, files) if files.is_empty() => Kubeconfig::read(),
        (None, files) => read_all(&files),
    }
}

/// Several files as one, as kubectl does: those that are not there are passed over as long as one is.
fn read_all(files: &[PathBuf]) -> Result<Kubeconfig, KubeconfigError> {
    let (mut all, mut missing) = (None, None);
    for file in files {
        match Kubeconfig::read_from(file) {
            Ok(next) => {
                all = Some(match all {
                    None => next,
                    Some(before) => Kubeconfig::merge(before, next)?,
                });
            }
            Err(error) if is_not_there(&error) => missing = Some(error),
            Err(error) => return Err(error),
        }
    }
    all.ok_or_else(|| missing.unwrap_or(KubeconfigError::FindPath))
}

/// The usual kubeconfig, or `None` on a machine that has none.
///
/// # Errors
/// When there is one, but it cannot be read.
pub fn usual_kubeconfig() -> Result<Option<Kubeconfig>, KubeconfigError> {
    match read_kubeconfig(None) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(error) if is_not_there(&error) => Ok(None),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_not_there(error: &KubeconfigError) -> bool {
    matches!(error, KubeconfigError::ReadConfig(error, _) if error.kind() == std::io::ErrorKind::NotFound)
}

/// Files that `KUBECONFIG` names and that are not there: nobody knows which contexts were meant to be in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingKubeconfigs {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Whether the variable names no other.
    pub all: bool,
}

/// Looks for them; `None` when nothing is missing.
pub fn missing_kubeconfigs() -> Option<MissingKubeconfigs> {
    let named = named();
    let files: Vec<PathBuf> = named.iter().filter(|path| !path.exists()).cloned().collect();
    let all = files.len() == named.len();
    (!files.is_empty()).then_some(MissingKubeconfigs { files, all })
}

impl fmt::Display for MissingKubeconfigs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        let are = if files.len() == 1 { "is" } else { "are" };
        write!(f, "{VARIABLE} names {}, which {are} not there", files.join(" and "))
    }
}

/// The files that the variable names.
fn named() -> Vec<PathBuf> {
    let value = std::env::var_os(VARIABLE).unwrap_or_default();
    std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect()
}

/// The kubeconfig in words: the file named, else what stands in `KUBECONFIG`, else the usual place.
pub fn describe(file: Option<&str>) -> String {
    let named = named();
    if let Some(file) = file {
        return format!("kubeconfig {file}");
    }
    if named.is_empty() {
        return "kubeconfig ~/.kube/config".to_owned();
    }
    let value = std::env::var_os(VARIABLE).unwrap_or_default();
    let there = match missing_kubeconfigs() {
        None => String::new(),
        Some(MissingKubeconfigs { all: true, .. }) => ", which is not there".to_owned(),
        Some(MissingKubeconfigs { files, .. }) => {
            let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!(", without {}, which is not there", files.join(" and "))
        }
    };
    format!("kubeconfig {} ({VARIABLE}{there})", value.to_string_lossy())
}

/// What is wrong with a kubeconfig, without the names of the parts that read it.
pub(crate) fn in_words(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(cause, path) => format!("{} cannot be read: {cause}", path.display()),
        KubeconfigError::Parse(cause) => {
            format!("it is not a kubeconfig: {}", cause.to_string().lines().next().unwrap_or_default())
        }
        KubeconfigError::LoadClusterOfContext(cluster) => format!("it has no cluster {cluster}"),
        KubeconfigError::MissingClusterUrl => "its cluster has no `server`".to_owned(),
        KubeconfigError::ParseNoProxy(_) => {
            "NO_PROXY cannot be read: remove empty entries, such as a comma at its end".to_owned()
        }
        KubeconfigError::ParseProxyUrl(cause) => format!("HTTPS_PROXY or `proxy-url` is not an address: {cause}"),
        other => chain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As kubectl does: one of several that is not there hides no other, and one that is broken is not passed over.
    #[test]
    fn files_that_are_not_there_hide_no_others() {
        let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let at = |name: &str| base.path().join(name);
        let config =
            |name: &str| format!("contexts: [{{name: {name}, context: {{cluster: c, user: u}}}}]\ncurrent-context: {name}\n");
        for (name, text) in [("a", config("first")), ("b", config("second")), ("broken", "contexts: [".to_owned())] {
            std::fs::write(at(name), text).unwrap_or_else(|e| panic!("{e}"));
        }
        let read = |names: &[&str]| read_all(&names.iter().map(|name| at(name)).collect::<Vec<_>>());
        let contexts = |names: &[&str]| {
            let read = read(names).unwrap_or_else(|e| panic!("{names:?}: {e}"));
            let names: Vec<String> = read.contexts.into_iter().map(|named| named.name).collect();
            (names.join(" "), read.current_context.unwrap_or_default())
        };
        assert_eq!(contexts(&["a", "none", "b"]), ("first second".into(), "first".into()));
        assert_eq!(contexts(&["none", "b"]), ("second".into(), "second".into()));
        assert!(read(&["none", "nor this"]).is_err_and(|error| is_not_there(&error)));
        for broken in [&["a", "broken"][..], &["broken", "a"], &["none", "broken"]] {
            assert!(read(broken).is_err_and(|error| !is_not_there(&error)), "{broken:?}");
        }
    }
}
