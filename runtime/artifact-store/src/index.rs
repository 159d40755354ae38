//! What a run has collected.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use windlass_model::artifact::{ArtifactFile, FilePath};
use windlass_model::text::shortened;

/// What the list is called. No task has a directory of that name.
pub(crate) const NAME: &str = ".index.json";

/// How far the clocks of two machines may be apart.
const CLOCKS: SignedDuration = SignedDuration::from_hours(24);

/// The most bytes of one that are read.
pub(crate) const LONGEST: u64 = 256 << 20;

/// What a run has collected, as the list in its directory says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The run.
    pub run: String,
    /// When the first of them was collected: the wall-clock time, in UTC, as RFC 3339 has it.
    pub time: String,
    /// Its artifacts, in the order in which they were collected.
    pub artifacts: Vec<Artifact>,
}

/// Files that one step has collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The task.
    pub task: String,
    /// The artifact's name.
    pub name: String,
    /// Where the files lie, below the directory of the run: `TASK/NAME`.
    pub directory: FilePath,
    /// What the task file says that they hold.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What the task file says that they report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The files, by their paths in order.
    pub files: Vec<ArtifactFile>,
}

impl Index {
    /// Refuses what no run writes. A list may come with a repository, and is to lead nobody elsewhere, nor to pass for the last run for ever.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), String> {
        match self.time.parse::<Timestamp>() {
            Err(_) => return Err(format!("its time is {:?}", shortened(&self.time, 100))),
            Ok(time) if time > now.saturating_add(CLOCKS).unwrap_or(now) => {
                return Err(format!("its time, {time}, is still to come"));
            }
            Ok(_) => {}
        }
        let wrong = |artifact: &&Artifact| {
            let parts: Vec<&str> = artifact.directory.as_str().split('/').collect();
            parts.len() != 2 || parts.iter().any(|part| part.starts_with('.'))
        };
        let wrong = self.artifacts.iter().find(wrong);
        wrong.map_or(Ok(()), |artifact| Err(format!("the directory {} is not TASK/NAME", artifact.directory)))
    }
}

impl Artifact {
    /// The bytes of all files together.
    pub fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }
}
