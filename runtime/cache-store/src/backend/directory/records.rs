//! The records of a store in a directory.

use std::path::{Path, PathBuf};

use super::lock::{Kind, lock};
use super::{Inner, modified};
use crate::StoreError;
use crate::backend::{Found, Listed, Mode};
use crate::clock::{DAY, millis, now};
use crate::names::{Area, RecordName};
use crate::seal::LONGEST;

/// Where an area has them.
const RECORDS: &str = "entries";

impl Inner {
    pub(super) fn get(&self, path: &Path) -> Result<Option<Found>, StoreError> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let bytes = windlass_files::read_open(&file, LONGEST as u64).map_err(|error| self.io("reading")(error.into()))?;
        let used = file.metadata().and_then(|metadata| metadata.modified()).map_or(0, millis);
        Ok(Some(Found { bytes, used, version: None }))
    }

    pub(super) fn put(&self, name: &RecordName, record: &[u8], mode: Mode) -> Result<bool, StoreError> {
        let directory = self.below(&[name.area.as_str(), RECORDS, &name.line])?;
        let file = name.file();
        let _locked = lock(&self.root, &self.path, Kind::Alone)?;
        if mode == Mode::First && directory.symlink_metadata(&file).is_ok() {
            return Ok(false);
        }
        windlass_files::write_whole(&directory, file.as_ref(), 0o600, record).map_err(self.io("writing in"))?;
        Ok(true)
    }

    pub(super) fn list(&self, area: &Area, only: Option<&str>) -> Result<Vec<Listed>, StoreError> {
        let records = Path::new(area.as_str()).join(RECORDS);
        let lines = only.map_or_else(|| self.names(&records), |line| Ok(vec![line.to_owned()]))?;
        let mut listed = Vec::new();
        for line in lines {
            let place = records.join(&line);
            for file in self.names(&place)? {
                let Some(name) = RecordName::parse(area.as_str(), &line, &file) else { continue };
                let Some(metadata) = self.stat(&place.join(&file))? else { continue };
                listed.push(Listed { name, used: modified(&metadata) });
            }
        }
        Ok(listed)
    }

    /// Removes records that were being written by a process that was killed: nobody takes a day for one.
    pub(super) fn sweep_records(&self) -> Result<(), StoreError> {
        for area in self.areas()? {
            let records = Path::new(area.as_str()).join(RECORDS);
            for line in self.names(&records)? {
                let place = records.join(line);
                for file in self.names(&place)?.iter().filter(|file| file.starts_with('.') && file.ends_with(".tmp")) {
                    let path = place.join(file);
                    let old = self.stat(&path)?.is_some_and(|metadata| now().saturating_sub(modified(&metadata)) > DAY);
                    if old {
                        self.remove(&path)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Where a record lies.
pub(super) fn record_path(name: &RecordName) -> PathBuf {
    [name.area.as_str(), RECORDS, &name.line, &name.file()].iter().collect()
}
