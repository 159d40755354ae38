//! What a store says of an artifact.

use std::fs::File;
use std::io::Read as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use windlass_cache_store::{Blob, Listed, Place, Sha256};
use windlass_model::artifact::{ArtifactFile, FilePath, MOST_FILES, directory_name};
use windlass_model::digest::Digest;
use windlass_model::text::{LONGEST_NAME, is_fit, shortened};

use super::RemoteError;
use crate::index::{self, Artifact, Index};

/// The form that is written and read.
const FORM: u32 = 1;

/// The most bytes that an archive has for each file beside its own: headers, and a name of the longest kind with what that takes.
const BESIDE: u64 = 8 << 10;

/// What is said first, whatever else a newer windlass writes.
#[derive(Debug, Deserialize)]
struct Form {
    form: u32,
}

/// What a store says of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    form: u32,
    pub(super) run: String,
    /// When it was collected.
    pub(super) time: String,
    task: String,
    name: String,
    directory: FilePath,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    /// The list of the files.
    list: Stored,
    /// The archive of them.
    pack: Stored,
}

/// Bytes in a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    digest: Digest,
    size: u64,
}

impl Stored {
    fn of(blob: Blob) -> Self {
        Self { digest: Digest::from_sha256(blob.digest.0), size: blob.size }
    }

    /// `None` when a store names nothing by such a digest.
    fn blob(&self) -> Option<Blob> {
        let digest = Sha256::parse(self.digest.as_str().strip_prefix("sha256:")?)?;
        Some(Blob { digest, size: self.size })
    }
}

impl Record {
    pub(super) fn new(run: &str, time: &str, artifact: &Artifact, list: Blob, pack: Blob) -> Self {
        let Artifact { task, name, directory, content_type, format, files: _ } = artifact.clone();
        Self {
            form: FORM,
            run: run.to_owned(),
            time: time.to_owned(),
            task,
            name,
            directory,
            content_type,
            format,
            list: Stored::of(list),
            pack: Stored::of(pack),
        }
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { run: &self.run, task: &self.task, name: &self.name }
    }

    /// The list of the files.
    pub(super) fn list(&self, store: &str) -> Result<Blob, RemoteError> {
        self.list.blob().ok_or_else(|| self.unknown(store))
    }

    /// The archive of the files.
    pub(super) fn pack(&self, store: &str) -> Result<Blob, RemoteError> {
        self.pack.blob().ok_or_else(|| self.unknown(store))
    }

    fn unknown(&self, store: &str) -> RemoteError {
        let why = format!("{} has digests of a kind that windlass does not write", self.directory);
        RemoteError::Forged { store: store.to_owned(), why }
    }

    /// Reads what lies in a place. Whoever can write to the store may have put it there.
    pub(super) fn parse(bytes: &[u8], listed: &Listed, store: &str, now: Timestamp) -> Result<Self, RemoteError> {
        let forged = |why: String| RemoteError::Forged { store: store.to_owned(), why };
        let told = |error: serde_json::Error| forged(shortened(&error.to_string(), LONGEST_NAME).into_owned());
        let Form { form } = serde_json::from_slice(bytes).map_err(told)?;
        if form > FORM {
            return Err(RemoteError::Newer { store: store.to_owned() });
        }
        let record: Self = serde_json::from_slice(bytes).map_err(told)?;
        if !listed.is_at(record.place()) {
            return Err(forged("it lies in another's place".into()));
        }
        if record.run.is_empty() || !record.run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(forged(format!("its run is {:?}", shortened(&record.run, LONGEST_NAME))));
        }
        if ![Some(&record.task), Some(&record.name), record.content_type.as_ref(), record.format.as_ref()]
            .into_iter()
            .flatten()
            .all(|text| is_fit(text))
        {
            return Err(forged("its names hold characters that cannot be shown".into()));
        }
        let due = format!("{}/{}", directory_name(&record.task), directory_name(&record.name));
        if record.directory.as_str() != due {
            return Err(forged(format!(
                "its directory is {}, and not {due}",
                shortened(record.directory.as_str(), LONGEST_NAME)
            )));
        }
        let index = Index { run: record.run.clone(), time: record.time.clone(), artifacts: Vec::new() };
        index.check(now).map_err(forged)?;
        if record.list.size > index::LONGEST {
            return Err(forged(format!("its list has {} bytes", record.list.size)));
        }
        Ok(record)
    }

    /// The artifact, with the files of its list.
    pub(super) fn with_files(&self, list: File, store: &str) -> Result<Artifact, RemoteError> {
        let forged = |why: String| RemoteError::Forged { store: store.to_owned(), why };
        let mut bytes = Vec::new();
        list.take(index::LONGEST).read_to_end(&mut bytes).map_err(RemoteError::other)?;
        // A name that leads elsewhere is none.
        let files: Vec<ArtifactFile> = serde_json::from_slice(&bytes)
            .map_err(|error| forged(format!("its list: {}", shortened(&error.to_string(), LONGEST_NAME))))?;
        if files.len() > MOST_FILES as usize {
            return Err(forged(format!("it has {} files, and no artifact has more than {MOST_FILES}", files.len())));
        }
        let Self { task, name, directory, content_type, format, .. } = self.clone();
        Ok(Artifact { task, name, directory, content_type, format, files })
    }

    /// Refuses an archive that is longer than that of the files can be, before any of it is fetched.
    pub(super) fn check_size(&self, artifact: &Artifact, store: &str) -> Result<(), RemoteError> {
        let most = artifact.size().saturating_add((artifact.files.len() as u64 + 1) * BESIDE);
        if self.pack.size > most {
            let why = format!("{} is said to have {} bytes, more than its files", self.directory, self.pack.size);
            return Err(RemoteError::Forged { store: store.to_owned(), why });
        }
        Ok(())
    }

    pub(super) fn gone(&self, store: &str) -> RemoteError {
        RemoteError::Gone { what: format!("{} of run {}", self.directory, self.run), store: store.to_owned() }
    }
}
