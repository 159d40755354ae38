//! Why a layout is not read or written, in words for whoever named it.

use std::io;
use std::path::PathBuf;

use windlass_files::FileError;
use windlass_model::digest::Digest;
use windlass_model::text::shortened;

use super::ArchiveError;
use crate::blob::BlobError;
use crate::document::DocumentError;

/// Why a layout cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The system refused.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of it is not one, or too large.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it is.
        source: FileError,
    },
    /// It is none.
    #[error("{path} is no OCI image layout: it has no `{missing}`", path = .path.display())]
    NotALayout {
        /// The directory or archive.
        path: PathBuf,
        /// What a layout has.
        missing: &'static str,
    },
    /// It is of a later form.
    #[error("{path} is an OCI image layout of version {}, and windlass reads version 1; use a newer windlass", shortened(.version, 40), path = .path.display())]
    Version {
        /// The directory or archive.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// Its index or a document in it cannot be read.
    #[error("{path}: {source}", path = .path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: DocumentError,
    },
    /// An index in it holds another one.
    #[error("{path}: {digest} is an index in an index, which no artifact of windlass has", path = .path.display())]
    Nested {
        /// The directory or archive.
        path: PathBuf,
        /// The inner index.
        digest: Digest,
    },
    /// Content that its index or a manifest names is not in it.
    #[error("{path} has no {digest}, which a manifest in it names; copy it again, with everything that it refers to", path = .path.display())]
    Missing {
        /// The directory or archive.
        path: PathBuf,
        /// What is missing.
        digest: Digest,
    },
    /// Content of it was changed, or is too large.
    #[error("{path}: {source}", path = .path.display())]
    Blob {
        /// The directory or archive.
        path: PathBuf,
        /// What is wrong.
        source: BlobError,
    },
    /// The archive is not one that can be read.
    #[error("{path}: {source}", path = .path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: ArchiveError,
    },
    /// Which of several is meant is not said.
    #[error("{path} holds several artifacts; say which: {}", .names.join(", "), path = .path.display())]
    Several {
        /// The directory or archive.
        path: PathBuf,
        /// The names of those that it holds.
        names: Vec<String>,
    },
    /// Several of one name.
    #[error("{path} holds several artifacts of the name `{}`, and which of them is meant nobody can tell", shortened(.name, 200), path = .path.display())]
    Twice {
        /// The directory or archive.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// None of that name.
    #[error("{path} holds nothing of the name `{}`; it holds {}", shortened(.name, 200), if .names.is_empty() { "nothing with a name".to_owned() } else { .names.join(", ") }, path = .path.display())]
    NoSuchName {
        /// The directory or archive.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// It holds nothing.
    #[error("{path} is empty: its index names no artifact", path = .path.display())]
    Empty {
        /// The directory or archive.
        path: PathBuf,
    },
    /// Something else is where it is to be written.
    #[error("{path} is there and is no OCI image layout; name another place, or delete it", path = .path.display())]
    Occupied {
        /// The place.
        path: PathBuf,
    },
}
