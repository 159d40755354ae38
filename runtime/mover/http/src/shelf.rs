//! Blobs of which parts were asked for, whole and checked: the next part comes from here.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex};

use windlass_mover_protocol::Blob;

use crate::Shared;
use crate::give::Checked;
use crate::refusal::Refusal;
use crate::spool::Spooled;
use crate::sync::lock;

/// How many blobs are kept.
const KEPT: usize = 4;

/// Which part of the space one of them may have: what is kept takes it for as long as the server runs.
const SHARE: u64 = 256;

/// The blobs, those that were asked for last at the end.
#[derive(Debug, Default)]
pub struct Shelf {
    kept: Mutex<VecDeque<(Blob, Arc<Spooled>)>>,
}

impl Shelf {
    /// A blob.
    pub fn file(&self, shared: &Shared, blob: Blob) -> Result<Arc<Spooled>, Refusal> {
        if let Some(file) = self.kept(blob) {
            return Ok(file);
        }
        let brought = self.bring(shared, blob).or_else(|error| {
            // Room may be made once.
            match error.kind() {
                io::ErrorKind::StorageFull if self.clear() => self.bring(shared, blob),
                _ => Err(error),
            }
        });
        let file = Arc::new(brought.map_err(|e| Refusal::of_store(&e))?);
        if blob.size > shared.limits.spool / SHARE {
            return Ok(file);
        }
        let mut kept = lock(&self.kept);
        kept.push_back((blob, Arc::clone(&file)));
        while kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(file)
    }

    /// Lets go of all; says whether there was any.
    pub fn clear(&self) -> bool {
        !std::mem::take(&mut *lock(&self.kept)).is_empty()
    }

    fn kept(&self, blob: Blob) -> Option<Arc<Spooled>> {
        let mut kept = lock(&self.kept);
        let at = kept.iter().position(|(of, _)| *of == blob)?;
        let found = kept.remove(at)?;
        let file = Arc::clone(&found.1);
        kept.push_back(found);
        Some(file)
    }

    fn bring(&self, shared: &Shared, blob: Blob) -> io::Result<Spooled> {
        let file = shared.spool.file()?;
        file.take(blob.size)?;
        let mut to = Appending { file: &file, at: 0 };
        let mut checked = Checked::new(&mut to, blob);
        shared.blobs.fetch(blob, &mut checked)?;
        checked.end()?;
        Ok(file)
    }
}

struct Appending<'a> {
    file: &'a Spooled,
    at: u64,
}

impl Write for Appending<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.file().write_all_at(bytes, self.at)?;
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
