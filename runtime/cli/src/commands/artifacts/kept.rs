//! What there is, on this machine and in the store of the settings.

use windlass_artifact_store::{Artifact, Index, Place, Remote, StoreError};

use crate::args::{Global, KeptIn};
use crate::failure::Failure;
use crate::{artifacts, output};

/// Where artifacts are.
pub(super) struct Kept {
    pub(super) place: Place,
    pub(super) store: Option<Remote>,
}

/// What a run has left, and whether it lies in the store.
pub(super) struct Run {
    pub(super) index: Index,
    pub(super) in_store: bool,
}

impl Kept {
    /// A directory that was named is all that is looked into.
    pub(super) async fn of(global: &Global, named: &KeptIn) -> Result<Self, Failure> {
        let place = artifacts::of_project(global, named.directory.as_deref());
        let store = if named.directory.is_some() { None } else { artifacts::store_of_project(global).await? };
        Ok(Self { place, store })
    }

    /// As a sentence names them.
    pub(super) fn places(&self) -> String {
        let store = self.store.as_ref().map(|store| format!(" and {}", store.location())).unwrap_or_default();
        format!("{}{store}", self.place.path().display())
    }

    /// What lies on this machine.
    fn here(&self) -> Result<Vec<Run>, Failure> {
        let listing = self.place.list()?;
        warn(&listing.unreadable);
        Ok(listing.runs.into_iter().map(|index| Run { index, in_store: false }).collect())
    }

    /// What lies in the store, of one run or of all.
    async fn there(&self, run: Option<&str>) -> Result<Vec<Run>, Failure> {
        let Some(store) = &self.store else { return Ok(Vec::new()) };
        let listing = store.list(run).await?;
        warn(&listing.unreadable);
        Ok(listing.runs.into_iter().map(|index| Run { index, in_store: true }).collect())
    }

    /// What there is; a run that is on this machine is not listed twice. A store that does not answer does not hide what lies here.
    pub(super) async fn all(&self) -> Result<Vec<Run>, Failure> {
        let mut runs = self.here()?;
        match self.there(None).await {
            Ok(there) => {
                let is_new = |run: &Run| !runs.iter().any(|known| known.index.run == run.index.run);
                let new: Vec<Run> = there.into_iter().filter(is_new).collect();
                runs.extend(new);
            }
            Err(failure) if runs.is_empty() => return Err(failure),
            Err(failure) => output::line(&format!("warning: {}", failure.causes())),
        }
        runs.sort_by(|one, other| (&other.index.time, &other.index.run).cmp(&(&one.index.time, &one.index.run)));
        Ok(runs)
    }

    /// One run: on this machine, else in the store.
    pub(super) async fn named(&self, run: &str) -> Result<Run, Failure> {
        let mut found = self.here()?;
        if !found.iter().any(|known| known.index.run == run) {
            found = self.there(Some(run)).await?;
        }
        found.into_iter().find(|known| known.index.run == run).ok_or_else(|| {
            let message = format!("no run {run} has left artifacts in {}", self.places());
            Failure::usage(message, "windlass artifacts ls lists those that have")
        })
    }

    /// The last run of this machine, or, without any, of the store.
    pub(super) async fn last(&self) -> Result<Run, Failure> {
        let mut found = self.here()?;
        if found.is_empty() {
            found = self.there(None).await?;
        }
        found.into_iter().next().ok_or_else(|| {
            let message = format!("there are no artifacts in {}", self.places());
            Failure::usage(message, "name the directory that `run --artifacts DIR` kept them in, with --artifacts DIR")
        })
    }

    /// Where an artifact lies, as a table says it.
    pub(super) fn shown(&self, run: &Run, artifact: &Artifact) -> String {
        match &self.store {
            Some(store) if run.in_store => store.location().to_owned(),
            _ => self.place.path().join(&run.index.run).join(artifact.directory.as_str()).display().to_string(),
        }
    }
}

/// What cannot be read is told, and does not hide the rest.
fn warn(unreadable: &[StoreError]) {
    for error in unreadable {
        output::line(&format!("warning: {}", crate::failure::causes(error)));
    }
}
