//! An archive as a tar file without compression around it: Makisu, for one, compresses the whole, in spite of the file's name.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::layer::GZIP;
use crate::error::Error;

/// The tar file. One that had to be made lies beside the archive, and goes with this value.
pub(super) struct Plain {
    path: PathBuf,
    made: bool,
}

impl Plain {
    pub(super) fn of(archive: &Path) -> Result<Self, Error> {
        let unreadable = |source: io::Error| Error::unreadable(archive, &source);
        let mut magic = Vec::new();
        File::open(archive).and_then(|file| file.take(2).read_to_end(&mut magic)).map_err(unreadable)?;
        if magic != GZIP {
            return Ok(Self { path: archive.to_owned(), made: false });
        }
        let mut path = archive.as_os_str().to_owned();
        path.push(".unpacked");
        let plain = Self { path: path.into(), made: true };
        let unpack = || -> io::Result<u64> {
            let mut source = MultiGzDecoder::new(io::BufReader::with_capacity(128 << 10, File::open(archive)?));
            io::copy(&mut source, &mut File::create(&plain.path)?)
        };
        unpack().map_err(|source| Error::File { what: format!("cannot unpack {}", archive.display()), source })?;
        Ok(plain)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        if self.made {
            // Nobody is left to tell, and the volume goes with the pod.
            let _ = fs::remove_file(&self.path);
        }
    }
}
