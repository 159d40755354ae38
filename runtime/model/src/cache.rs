//! Caches: folders that outlive a task's pod, under a key.

use std::fmt;

use serde::Serialize;

use crate::digest::Digest;
use crate::plan::PluginCall;
use crate::quantity::MebiBytes;

/// The port of a pod's loopback where the HTTP cache answers.
pub const HTTP_PORT: u16 = 12321;

/// The same, as tasks have it in `CIRRUS_HTTP_CACHE_HOST`.
pub const HTTP_CACHE: &str = "127.0.0.1:12321";

/// The most bytes of an entry, and of a store that windlass tidies up, where no setting says.
pub const MAX_SIZE: MebiBytes = MebiBytes(10 << 10);

/// The days that an entry is kept which nobody reads, where no setting says.
pub const EXPIRE_DAYS: u32 = 30;

/// What a cache instruction does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CachePlan {
    /// Its name.
    pub name: String,
    /// Its folders or patterns, as the task's variables fill them in; a `~` stands for the container's `HOME`.
    pub folders: Vec<String>,
    /// What its content depends on.
    pub key: KeyPlan,
    /// What makes its content when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub populate: Option<Box<PluginCall>>,
    /// Whether it is stored again when its content has changed.
    pub reupload_on_changes: bool,
    /// Whether the newest entry of its name is taken when there is none under its key.
    pub optimistically_restore_on_miss: bool,
}

impl CachePlan {
    /// The plugins that it runs: of its fingerprint, and of what makes its content.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginCall> {
        let fingerprint = match &self.key {
            KeyPlan::Fingerprint(call) => Some(call),
            KeyPlan::Key(_) | KeyPlan::Task(_) => None,
        };
        fingerprint.into_iter().chain(&self.populate).map(|call| &**call)
    }

    /// The same, to be changed.
    pub fn plugins_mut(&mut self) -> impl Iterator<Item = &mut PluginCall> {
        let fingerprint = match &mut self.key {
            KeyPlan::Fingerprint(call) => Some(call),
            KeyPlan::Key(_) | KeyPlan::Task(_) => None,
        };
        fingerprint.into_iter().chain(&mut self.populate).map(|call| &mut **call)
    }
}

/// Where a cache's key comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlan {
    /// The name, and the digest of what this script writes.
    Fingerprint(Box<PluginCall>),
    /// This text; variables that steps set are filled in.
    Key(String),
    /// The name, and the digest of this text: the task's name and its place among tasks like it.
    Task(String),
}

/// Where the caches of a task are, and what it may do there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheAccess {
    /// The store.
    pub store: StoreLocation,
    /// The scopes that are looked into, in this order: the run's own, then those that it builds on.
    pub read: Vec<CacheScope>,
    /// The scope that is written: the run's own.
    pub write: CacheScope,
    /// The most bytes that one entry may have, and all of a store that windlass tidies up.
    pub max_size: MebiBytes,
    /// How many days an entry is kept that nobody has read.
    pub expire_days: u32,
}

impl CacheAccess {
    /// The repositories of image layers that builds of the task share, each for a scope: the one that is written first. `None` where the store is in
    /// no registry.
    pub fn layers(&self) -> Option<Vec<String>> {
        let StoreLocation::Registry(repository) = &self.store else { return None };
        let of = |scope: &CacheScope| {
            format!("{repository}/layers/{}", Digest::of(format!("{}\0{}", scope.namespace, scope.line)).short())
        };
        let others = self.read.iter().filter(|scope| **scope != self.write);
        Some([&self.write].into_iter().chain(others).map(of).collect())
    }
}

/// Who shares entries: a namespace (most often a repository) and one line of work in it. What one scope stores, no other restores unless it says
/// that it reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CacheScope {
    /// The namespace.
    pub namespace: String,
    /// A branch, or `pr/NUMBER`.
    pub line: String,
}

impl fmt::Display for CacheScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.namespace, self.line)
    }
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum StoreLocation {
    /// A directory of the machine that windlass runs on; an empty path means one in the user's cache directory.
    Directory(String),
    /// A repository of an image registry, `HOST/PATH`.
    Registry(String),
    /// A bucket, and a prefix of the names in it.
    Bucket {
        /// Whose.
        provider: Provider,
        /// Its name.
        bucket: String,
        /// Without slashes at its ends; may be empty.
        prefix: String,
    },
}

/// Who keeps a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// S3, or what speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

/// A text that names no store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no store: write dir:PATH, oci://HOST/REPOSITORY, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
)]
pub struct InvalidStore(String);

impl StoreLocation {
    /// Reads one.
    ///
    /// # Errors
    /// When the text names none.
    pub fn parse(text: &str) -> Result<Self, InvalidStore> {
        let invalid = || InvalidStore(text.to_owned());
        if !crate::text::is_fit(text) {
            return Err(invalid());
        }
        if let Some(path) = text.strip_prefix("dir:") {
            return Ok(Self::Directory(path.to_owned()));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(invalid)?;
        let rest = rest.trim_end_matches('/');
        let provider = match scheme {
            "oci" if rest.split_once('/').is_some_and(|(host, path)| is_host(host) && is_repository(path)) => {
                return Ok(Self::Registry(rest.to_owned()));
            }
            "s3" => Provider::S3,
            "gs" => Provider::Gcs,
            "az" => Provider::Azure,
            _ => return Err(invalid()),
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_host(bucket) || bucket.contains(':') || prefix.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(invalid());
        }
        Ok(Self::Bucket { provider, bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

/// A name with a port, perhaps, and nothing before it: credentials are shown where a store is.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

/// A repository without tag and digest, as registries name them.
fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_'))
    };
    text.split('/').all(is_part)
}

impl fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "dir:{path}"),
            Self::Registry(repository) => write!(f, "oci://{repository}"),
            Self::Bucket { provider, bucket, prefix } => {
                let scheme = match provider {
                    Provider::S3 => "s3",
                    Provider::Gcs => "gs",
                    Provider::Azure => "az",
                };
                let slash = if prefix.is_empty() { "" } else { "/" };
                write!(f, "{scheme}://{bucket}{slash}{prefix}")
            }
        }
    }
}

impl From<StoreLocation> for String {
    fn from(location: StoreLocation) -> Self {
        location.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_written_as_they_are_read() {
        for text in ["dir:", "dir:/var/cache/windlass", "oci://reg.corp/ci/cache", "s3://b", "s3://b/a/b", "gs://b/c", "az://c/p"]
        {
            assert_eq!(StoreLocation::parse(text).map(|store| store.to_string()).as_deref(), Ok(text));
        }
        for bad in [
            "",
            "s3",
            "s3://",
            "s3:///x",
            "oci://host",
            "oci:///x",
            "http://x/y",
            "/var/cache",
            "s3://b/../c",
            "s3://b\n",
            "oci://u:pw@host/repo",
            "s3://key@b",
            "oci://host/UPPER",
            "oci://host/repo:tag",
            "oci://h/a//b",
        ] {
            assert!(StoreLocation::parse(bad).is_err(), "{bad}");
        }
    }
}
