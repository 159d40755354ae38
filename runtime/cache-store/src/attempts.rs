//! What the last run of a project found for each cache: what `cache explain` speaks of.

use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use windlass_files::own;

use crate::miss::Miss;
use crate::{Fingerprint, StoreError};

/// The most bytes of one record.
const LONGEST: u64 = 1 << 20;

/// What a run found for one cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The run.
    pub run: String,
    /// The task.
    pub task: String,
    /// The cache's name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// The scopes that were looked into, as [`windlass_model::cache::CacheScope`] shows them: the run's own first.
    pub scopes: Vec<String>,
    /// What came of it.
    pub result: Looked,
    /// What the key was made of.
    pub fingerprint: Option<Fingerprint>,
    /// When, in milliseconds since 1970.
    pub time: u64,
}

/// What was noted of one cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// By the last run.
    pub last: Attempt,
    /// Whether that run has stored an entry under the key afterwards.
    pub stored: bool,
    /// The last run before it that found an entry under its key, or stored one.
    pub before: Option<Attempt>,
}

/// What came of looking for an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Looked {
    /// One was restored.
    Hit {
        /// The scope that it was in.
        scope: String,
    },
    /// The newest of the name was restored instead.
    Optimistic {
        /// Its key.
        key: String,
        /// The scope that it was in.
        scope: String,
        /// Why there was none under the key.
        reason: Miss,
    },
    /// None was.
    Miss {
        /// Why.
        reason: Miss,
    },
}

/// Those of one project.
#[derive(Debug, Clone)]
pub struct Attempts {
    path: PathBuf,
}

impl Attempts {
    /// Those of a project, below the directory where windlass keeps what it remembers.
    pub fn of(state: &Path, project: &Path) -> Self {
        let project = project.canonicalize().unwrap_or_else(|_| project.to_owned());
        let name = hex::encode(Sha256::digest(project.as_os_str().as_encoded_bytes()));
        Self { path: state.join("caches").join("attempts").join(name.get(..32).unwrap_or(&name)) }
    }

    /// Notes what was found last for a cache of a task.
    ///
    /// # Errors
    /// When it cannot be written; then nothing depends on it.
    pub fn note(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let place = self.place()?;
        let (stored, before) = match Self::read(&place, &name(&attempt.task, &attempt.name)) {
            // A run may look twice.
            Some(noted) if noted.last.run == attempt.run => (noted.stored, noted.before),
            Some(noted) if noted.stored || matches!(noted.last.result, Looked::Hit { .. }) => (false, Some(noted.last)),
            Some(noted) => (false, noted.before),
            None => (false, None),
        };
        self.write(&place, &Noted { last: attempt.clone(), stored, before })
    }

    /// Notes that the run which noted an attempt last has stored an entry under its key.
    ///
    /// # Errors
    /// As [`Attempts::note`].
    pub fn stored(&self, run: &str, task: &str, cache: &str) -> Result<(), StoreError> {
        let place = self.place()?;
        match Self::read(&place, &name(task, cache)) {
            Some(noted) if noted.last.run == run => self.write(&place, &Noted { stored: true, ..noted }),
            _ => Ok(()),
        }
    }

    fn write(&self, place: &Dir, noted: &Noted) -> Result<(), StoreError> {
        let shown = self.path.display().to_string();
        let file = name(&noted.last.task, &noted.last.name);
        let text = serde_json::to_vec(noted).map_err(|error| StoreError::io("writing in", &shown)(error.into()))?;
        windlass_files::write_whole(place, file.as_ref(), 0o600, &text).map_err(StoreError::io("writing in", shown))
    }

    /// What was noted last of each cache, the latest first. What cannot be read is left out.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn last(&self) -> Result<Vec<Noted>, StoreError> {
        if !self.path.is_dir() {
            return Ok(Vec::new());
        }
        let place = self.place()?;
        let failed = || StoreError::io("reading", self.path.display().to_string());
        let names = place.entries().map_err(failed())?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut noted: Vec<Noted> =
            names.filter(|name| name.ends_with(".json")).filter_map(|name| Self::read(&place, &name)).collect();
        let order = |noted: &Noted| (std::cmp::Reverse(noted.last.time), noted.last.task.clone(), noted.last.name.clone());
        noted.sort_by_cached_key(order);
        Ok(noted)
    }

    fn read(place: &Dir, name: &str) -> Option<Noted> {
        let text = windlass_files::Tree::of(place).ok()?.read(Path::new(name), LONGEST).ok()?;
        serde_json::from_slice(&text).ok()
    }

    fn place(&self) -> Result<Dir, StoreError> {
        // Each directory on the way is made closed to others.
        for above in self.path.ancestors().take(3).collect::<Vec<_>>().into_iter().rev() {
            own::directory(above)?;
        }
        Ok(own::directory(&self.path)?)
    }
}

fn name(task: &str, cache: &str) -> String {
    let hash = Sha256::new().chain_update(task).chain_update([0]).chain_update(cache).finalize();
    let mut name = hex::encode(hash);
    name.truncate(32);
    name + ".json"
}

#[cfg(test)]
mod tests;
