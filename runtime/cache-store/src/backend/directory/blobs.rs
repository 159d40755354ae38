//! The blobs of a store in a directory.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use windlass_mover_client::protocol::{Blob, Sha256};

use super::lock::{Kind, lock};
use super::{Inner, modified};
use crate::StoreError;
use crate::backend::ListedBlob;
use crate::names::Area;
use crate::spool::Spool;

/// Where an area has them.
const BLOBS: &str = "blobs";

impl Inner {
    /// A part of one, shorter only at its end.
    pub(super) fn read(&self, path: &Path, offset: u64, most: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let mut bytes = vec![0; most];
        let mut filled = 0;
        while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.io("reading")(error)),
            }
        }
        bytes.truncate(filled);
        Ok(Some(bytes))
    }

    pub(super) fn has(&self, path: &Path, blob: &Blob) -> Result<bool, StoreError> {
        let _locked = lock(&self.root, &self.path, Kind::Shared)?;
        match self.stat(path)? {
            Some(metadata) if metadata.len() == blob.size => self.touch(path),
            _ => Ok(false),
        }
    }

    pub(super) fn keep(&self, area: &Area, spool: Spool) -> Result<(), StoreError> {
        spool.check()?;
        let hex = spool.blob().digest.to_string();
        let directory = self.below(&[area.as_str(), BLOBS, shard(&hex)])?;
        let _locked = lock(&self.root, &self.path, Kind::Shared)?;
        spool.name(&directory, &hex).map_err(self.io("writing in"))
    }

    pub(super) fn delete_blob(&self, path: &Path, used: u64) -> Result<(), StoreError> {
        let _locked = lock(&self.root, &self.path, Kind::Alone)?;
        match self.stat(path)? {
            Some(metadata) if modified(&metadata) <= used => self.remove(path),
            _ => Ok(()),
        }
    }

    pub(super) fn blobs(&self) -> Result<Vec<ListedBlob>, StoreError> {
        let mut listed = Vec::new();
        for area in self.areas()? {
            let blobs = Path::new(area.as_str()).join(BLOBS);
            for shard in self.names(&blobs)? {
                let place = blobs.join(shard);
                for file in self.names(&place)? {
                    let Some(digest) = Sha256::parse(&file) else { continue };
                    let Some(metadata) = self.stat(&place.join(&file))? else { continue };
                    let blob = Blob { digest, size: metadata.len() };
                    listed.push(ListedBlob { area: area.clone(), blob, used: modified(&metadata) });
                }
            }
        }
        Ok(listed)
    }
}

/// Where a blob lies.
pub(super) fn blob_path(area: &Area, digest: &Sha256) -> PathBuf {
    let hex = digest.to_string();
    [area.as_str(), BLOBS, shard(&hex), &hex].iter().collect()
}

fn shard(hex: &str) -> &str {
    hex.get(..2).unwrap_or_default()
}
