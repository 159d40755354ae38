//! A layout in a `.tar`: where each file lies in it. Nothing is unpacked, and no link is followed.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _};
use std::os::unix::fs::FileExt as _;

use tar::EntryType;
use windlass_files::FileError;
use windlass_model::text::{self, shortened};

/// The most entries that are looked at.
const MAX_ENTRIES: usize = 20_000;
/// The most bytes of a whole archive: that of a site's plugins, with room.
const MAX_ARCHIVE: u64 = 16 << 30;

/// The files of an archive.
#[derive(Debug)]
pub(super) struct Archive {
    file: File,
    /// Where each begins, and its length.
    files: BTreeMap<String, (u64, u64)>,
}

/// Why an archive is not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system refused, or it is no archive.
    #[error("it is no tar archive that can be read: {0}")]
    Io(#[from] io::Error),
    /// It is compressed.
    #[error("it is compressed, and archives are read only as they are; unpack it first, as in `gunzip`")]
    Compressed,
    /// It ends in the middle of a file.
    #[error("it ends in the middle of `{}`; copy it again", shortened(.0, 100))]
    Cut(String),
    /// More entries than any layout has.
    #[error("it has more than {MAX_ENTRIES} entries, which no layout has")]
    TooMany,
    /// Larger than any.
    #[error("it has {}, and at most {} are read", text::size(*.0), text::size(MAX_ARCHIVE))]
    TooLarge(u64),
    /// An entry is no regular file.
    #[error("its entry `{}` is {what}, and a layout has files and directories alone", shortened(.name, 100))]
    NotAFile {
        /// The entry.
        name: String,
        /// What it is.
        what: &'static str,
    },
    /// A name that leads elsewhere.
    #[error("the name of its entry {:?} leads out of the archive, or cannot be shown", shortened(.0, 100))]
    Path(String),
    /// Two files of one name, of which each reader would take another.
    #[error("it has two files of the name `{}`, and which of them is meant nobody can tell", shortened(.0, 100))]
    Twice(String),
}

impl Archive {
    /// Notes where each file lies.
    pub(super) fn scan(mut file: File) -> Result<Self, ArchiveError> {
        let whole = file.metadata()?.len();
        if whole > MAX_ARCHIVE {
            return Err(ArchiveError::TooLarge(whole));
        }
        let mut magic = [0; 4];
        let known = file.read_at(&mut magic, 0)?;
        if magic[..known].starts_with(b"\x1f\x8b") || magic == *b"\x28\xb5\x2f\xfd" {
            return Err(ArchiveError::Compressed);
        }
        let mut files = BTreeMap::new();
        file.rewind()?;
        let mut archive = tar::Archive::new(&file);
        // As they stand there: what long names and sparse files would make of it is refused, not interpreted.
        for (at, entry) in archive.entries_with_seek()?.raw(true).enumerate() {
            let entry = entry?;
            if at >= MAX_ENTRIES {
                return Err(ArchiveError::TooMany);
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let (start, length) = (entry.raw_file_position(), entry.header().entry_size()?);
            if start.checked_add(length).is_none_or(|end| end > whole) {
                return Err(ArchiveError::Cut(name));
            }
            let what = match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous => None,
                // Times and owners, in more detail than matters.
                EntryType::Directory | EntryType::XHeader | EntryType::XGlobalHeader => continue,
                EntryType::Symlink | EntryType::Link => Some("a link"),
                EntryType::Fifo => Some("a pipe"),
                EntryType::Char | EntryType::Block => Some("a device"),
                EntryType::GNUSparse => Some("a sparse file"),
                EntryType::GNULongName | EntryType::GNULongLink => Some("a name longer than any of a layout"),
                _ => Some("of a kind that is not known"),
            };
            if let Some(what) = what {
                return Err(ArchiveError::NotAFile { name, what });
            }
            let path = plain(&name).ok_or_else(|| ArchiveError::Path(name.clone()))?;
            if files.insert(path, (start, length)).is_some() {
                return Err(ArchiveError::Twice(name));
            }
        }
        Ok(Self { file, files })
    }

    /// The whole of a file; `None` when it is not there.
    pub(super) fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, FileError> {
        let Some((start, length)) = self.files.get(name) else { return Ok(None) };
        if *length > most {
            return Err(FileError::TooLarge(most));
        }
        let mut bytes = vec![0; usize::try_from(*length).map_err(|_| FileError::TooLarge(most))?];
        self.file.read_exact_at(&mut bytes, *start)?;
        Ok(Some(bytes))
    }
}

/// The name in one form, if it stays in the archive: `./index.json` is `index.json`.
fn plain(name: &str) -> Option<String> {
    let name = name.strip_prefix("./").unwrap_or(name);
    let shown = !name.contains(|c: char| c.is_control() || matches!(c, '\\' | '\u{fffd}'));
    let inside = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    (shown && inside).then(|| name.to_owned())
}
