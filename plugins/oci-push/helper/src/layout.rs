//! OCI image layouts: directories with `oci-layout`, `index.json` and `blobs/`. What else lies there, such as the `ingest` that
//! containerd leaves, is no part of the image.

mod write;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

pub(crate) use write::{NewBlob, NewLayout};

use crate::digest::Digest;
use crate::document::{Descriptor, Index, MAX_MANIFEST};
use crate::error::Error;

/// Where a blob lies.
pub(crate) fn blob_path(layout: &Path, digest: &Digest) -> PathBuf {
    layout.join("blobs/sha256").join(digest.hex())
}

/// The layout's image: its only manifest, or the one with this digest.
pub(crate) fn top(layout: &Path, select: Option<&Digest>) -> Result<Descriptor, Error> {
    let path = layout.join("index.json");
    let bytes = match read(layout, &path, MAX_MANIFEST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Broken(format!("{} is not an OCI layout: there is no index.json in it", layout.display())));
        }
        other => other.map_err(|source| Error::unreadable(&path, &source))?,
    };
    let index: Index = serde_json::from_slice(&bytes)
        // By place: the parser's words could repeat what stands there.
        .map_err(|problem| {
            let (line, column) = (problem.line(), problem.column());
            Error::Broken(format!("{} is not an image index (line {line}, column {column})", path.display()))
        })?;
    let mut found = index.manifests;
    found.dedup_by(|a, b| a.digest == b.digest);
    if let Some(select) = select {
        found.retain(|manifest| manifest.digest == *select);
    }
    match (found.pop(), found.is_empty(), select) {
        (Some(only), true, _) => Ok(only),
        (Some(last), false, _) => {
            let all: Vec<_> = found.iter().chain([&last]).map(|manifest| manifest.digest.to_string()).collect();
            Err(Error::Usage(format!(
                "{} lists {} images; name one with --select: {}",
                path.display(),
                all.len(),
                all.join(", ")
            )))
        }
        (None, _, Some(select)) => Err(Error::Usage(format!("{} does not list {select}", path.display()))),
        (None, _, None) => Err(Error::Broken(format!("{} lists no image", path.display()))),
    }
}

/// A document of the image, checked against what points at it.
pub(crate) fn document(layout: &Path, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
    let path = blob_path(layout, &descriptor.digest);
    let bytes = read(layout, &path, MAX_MANIFEST).map_err(|source| Error::unreadable(&path, &source))?;
    if bytes.len() as u64 != descriptor.size {
        return Err(wrong_size(&path, bytes.len() as u64, descriptor.size));
    }
    if Digest::of(&bytes) != descriptor.digest {
        return Err(Error::Broken(format!(
            "{} does not have the digest it is named after; build the image again",
            path.display()
        )));
    }
    Ok(bytes)
}

/// Checks that a blob is there and has its size, without reading it.
pub(crate) fn check_blob(layout: &Path, descriptor: &Descriptor) -> Result<PathBuf, Error> {
    let path = blob_path(layout, &descriptor.digest);
    let unreadable = |source| Error::unreadable(&path, &source);
    let file = file_of(layout, &path).map_err(unreadable)?;
    let length = fs::metadata(&file).map_err(unreadable)?.len();
    if length != descriptor.size {
        return Err(wrong_size(&path, length, descriptor.size));
    }
    Ok(file)
}

fn wrong_size(path: &Path, found: u64, wanted: u64) -> Error {
    Error::Broken(format!("{} has {found} bytes where the image says {wanted}; build the image again", path.display()))
}

/// A file of the layout, by where it really is. Every container of the pod can write there: a link could lead to what this container alone may
/// read, and whoever opens a pipe waits for whoever writes to it.
fn file_of(layout: &Path, path: &Path) -> io::Result<PathBuf> {
    let file = path.canonicalize()?;
    if !file.starts_with(layout.canonicalize()?) {
        return Err(io::Error::other("it leads out of the layout"));
    }
    if fs::metadata(&file)?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file")) }
}

/// A file of at most `max` bytes.
fn read(layout: &Path, path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file_of(layout, path)?)?.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {max} bytes")));
    }
    Ok(bytes)
}
