//! What a store has to do: keep records, which are small and can change, and blobs, which are named by their digest and cannot.

pub(crate) mod bucket;
pub(crate) mod directory;
pub(crate) mod registry;

use async_trait::async_trait;
use windlass_mover_client::protocol::{Blob, Request, Sha256};

use crate::StoreError;
use crate::names::{Area, Class, RecordName};
use crate::spool::Spool;

/// A record that was found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    /// When it was written or last read, in milliseconds since 1970, by the clock of the store.
    pub(crate) used: u64,
    /// What the store calls this state of it, where it does.
    pub(crate) version: Option<String>,
}

/// What becomes of a record that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It stays.
    First,
    /// The new one takes its place.
    Replace,
}

/// A record in a list.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) name: RecordName,
    /// As [`Found::used`].
    pub(crate) used: u64,
}

/// A blob in a list.
#[derive(Debug, Clone)]
pub(crate) struct ListedBlob {
    pub(crate) area: Area,
    pub(crate) blob: Blob,
    /// When it was written or last needed, in milliseconds since 1970.
    pub(crate) used: u64,
}

/// Where a blob can be had.
#[derive(Debug)]
pub(crate) enum Source {
    /// From [`Backend::read`].
    Here,
    /// By this request.
    Go(Request),
}

/// Where a blob goes.
#[derive(Debug)]
pub(crate) enum Target {
    /// Nowhere: the store has it, vouches for its bytes, and will have it for as long as a run can last.
    Present,
    /// To [`Backend::keep`].
    Here,
    /// By this request.
    Go(Request),
}

/// What of a store is listed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Within<'a> {
    /// All that caches have.
    Store,
    /// All that an area has.
    Area(&'a Area),
    /// What one line of an area has, by the line's digest.
    Line(&'a Area, &'a str),
}

impl Within<'_> {
    /// Whether a record is listed.
    pub(crate) fn has(&self, name: &RecordName) -> bool {
        match self {
            Self::Store => name.class != Class::Artifact,
            Self::Area(area) => name.area == **area,
            Self::Line(area, line) => name.area == **area && name.line == *line,
        }
    }
}

/// A store.
#[async_trait]
pub(crate) trait Backend: Send + Sync + 'static {
    /// A record.
    async fn get(&self, name: &RecordName) -> Result<Option<Found>, StoreError>;
    /// Writes a record at once, which names these blobs; whether it is now this one that is there.
    async fn put(&self, name: &RecordName, record: &[u8], blobs: &[Blob], mode: Mode) -> Result<bool, StoreError>;
    /// Notes that a record was needed.
    async fn touch(&self, name: &RecordName, found: &Found) -> Result<(), StoreError>;
    /// Removes a record; one that is not there is removed.
    async fn delete(&self, name: &RecordName) -> Result<(), StoreError>;
    /// The records that are there.
    async fn list(&self, within: Within<'_>) -> Result<Vec<Listed>, StoreError>;

    /// Where a blob can be had. Whether it is there is told by whoever fetches it.
    async fn source(&self, area: &Area, blob: &Blob) -> Result<Source, StoreError>;
    /// A part of a blob; `None` when it is not there.
    async fn read(&self, area: &Area, blob: &Blob, offset: u64, most: usize) -> Result<Option<Vec<u8>>, StoreError>;
    /// Whether a blob is there with its size.
    async fn has(&self, area: &Area, blob: &Blob) -> Result<bool, StoreError>;
    /// Where a blob goes.
    async fn target(&self, area: &Area, blob: &Blob) -> Result<Target, StoreError>;
    /// A file to collect a blob in that comes here.
    fn spool(&self, blob: Blob) -> Result<Spool, StoreError>;
    /// Takes a blob that was collected, checked.
    async fn keep(&self, area: &Area, spool: Spool) -> Result<(), StoreError>;
    /// The blobs that are there; `None` of a store that tidies up by itself.
    async fn blobs(&self) -> Result<Option<Vec<ListedBlob>>, StoreError>;
    /// Removes a blob, unless it was needed since `used`.
    async fn delete_blob(&self, area: &Area, digest: &Sha256, used: u64) -> Result<(), StoreError>;
    /// Removes what processes have left half that were killed.
    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
    }
    /// Since when runs have been using the store that go on, in milliseconds since 1970: what was used since is not removed.
    async fn busy_since(&self) -> Result<u64, StoreError>;
}
