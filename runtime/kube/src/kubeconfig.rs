//! The kubeconfig: where it lies, and what is said when it cannot be used.

use std::path::PathBuf;

use kube::config::{Kubeconfig, KubeconfigError};

use crate::error::chain;

/// Reads a kubeconfig: the file named, else those of `KUBECONFIG`, else `~/.kube/config`.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn read_kubeconfig(file: Option<&str>) -> Result<Kubeconfig, KubeconfigError> {
    match file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    }
}

/// The usual kubeconfig, or `None` on a machine that has none.
///
/// # Errors
/// When there is one, but it cannot be read.
pub fn usual_kubeconfig() -> Result<Option<Kubeconfig>, KubeconfigError> {
    match read_kubeconfig(None) {
        Ok(kubeconfig) => Ok(Some(kubeconfig)),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(KubeconfigError::FindPath) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The kubeconfig in words: the file named, else what stands in `KUBECONFIG`, else the usual place.
pub fn describe(file: Option<&str>) -> String {
    let set = || std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty());
    match (file, set()) {
        (Some(file), _) => format!("kubeconfig {file}"),
        (None, Some(value)) => {
            let missing: Vec<PathBuf> = std::env::split_paths(&value).filter(|path| !path.exists()).collect();
            let there = if missing.is_empty() { "" } else { ", which is not there" };
            format!("kubeconfig {} (KUBECONFIG{there})", value.to_string_lossy())
        }
        (None, None) => "kubeconfig ~/.kube/config".to_owned(),
    }
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
