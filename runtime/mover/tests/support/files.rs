//! Files, and what is told of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// All that has to be the same of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    mode: u32,
    modified: (i64, i64),
    content: Vec<u8>,
    link: Option<PathBuf>,
    names: u64,
}

/// Everything below a directory, by path.
pub(crate) fn seen(base: &Path) -> BTreeMap<PathBuf, Seen> {
    let mut seen = BTreeMap::new();
    let mut open = vec![base.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let data = fs::symlink_metadata(&path).unwrap();
            if data.is_dir() {
                open.push(path.clone());
            }
            let content = if data.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            let link = data.is_symlink().then(|| fs::read_link(&path).unwrap());
            let names = if data.is_file() { data.nlink() } else { 1 };
            let mode = if data.is_symlink() { 0 } else { data.mode() };
            let modified = (data.mtime(), data.mtime_nsec());
            let name = path.strip_prefix(base).unwrap().to_owned();
            seen.insert(name, Seen { mode, modified, content, link, names });
        }
    }
    seen
}

/// Bytes that look like any others and cannot be compressed.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut noise = Vec::with_capacity(length + 8);
    while noise.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        noise.extend_from_slice(&state.to_le_bytes());
    }
    noise.truncate(length);
    noise
}

/// Writes a file, and its directories.
pub(crate) fn write(base: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = base.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// One of everything that a cache can hold.
pub(crate) fn zoo(base: &Path) {
    write(base, "empty", "");
    write(base, "deep/er/and/deeper/file", "some words\n");
    write(base, "deep/same", "some words\n");
    write(base, "big", noise(20 << 20, 1));
    write(base, "bigger than a chunk", noise(600 << 10, 2));
    fs::write(base.join(OsString::from_vec(b"not \xff UTF-8".to_vec())), "x").unwrap();
    fs::create_dir_all(base.join(OsString::from_vec(b"neither \xfe\xff".to_vec()))).unwrap();
    fs::create_dir_all(base.join("an/empty/directory")).unwrap();
    // In the order of bytes, this one is between a directory and what is in it.
    write(base, "deep-", "y");
    symlink("deep/er", base.join("link")).unwrap();
    symlink("/nowhere/at all", base.join("dangling")).unwrap();
    symlink("loop", base.join("loop")).unwrap();
    symlink(".", base.join("deep/self")).unwrap();
    symlink(OsString::from_vec(b"\xff".to_vec()).as_os_str(), base.join("to a strange name")).unwrap();
    write(base, "first/name", "shared");
    fs::hard_link(base.join("first/name"), base.join("another name")).unwrap();
    fs::hard_link(base.join("first/name"), base.join("zz")).unwrap();
    let sparse = File::create(base.join("sparse")).unwrap();
    sparse.set_len(300 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&sparse, b"an island", 100 << 20).unwrap();
    write(base, "zeros", vec![0; 1 << 20]);
    for (path, mode) in [("empty", 0o400), ("deep/same", 0o755), ("big", 0o444), ("an/empty", 0o700), ("deep/er", 0o555)] {
        fs::set_permissions(base.join(path), Permissions::from_mode(mode)).unwrap();
    }
    let old = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    for path in ["deep-", "zeros", "an/empty/directory"] {
        File::open(base.join(path)).unwrap().set_modified(old).unwrap();
    }
    let before_1970 = SystemTime::UNIX_EPOCH - Duration::new(1_000_000, 5);
    File::open(base.join("first/name")).unwrap().set_modified(before_1970).unwrap();
}

/// How many bytes a file takes on disk.
pub(crate) fn room(path: &Path) -> u64 {
    fs::metadata(path).unwrap().blocks() * 512
}

/// The names below a directory.
pub(crate) fn names(base: &Path) -> Vec<String> {
    seen(base).keys().map(|path| String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned()).collect()
}
