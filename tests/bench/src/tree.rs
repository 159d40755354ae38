//! A tree of files to upload: the same bytes each time.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// How many files a tree has.
pub const FILES: usize = 5_000;

/// How many bytes each has.
pub const SIZE: usize = 40_000;

/// What files hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Source code: windlass' own, over and over.
    Source,
    /// Bytes that no compression makes smaller.
    Random,
}

/// Writes the tree.
///
/// # Errors
/// When the disk refuses.
pub fn write(root: &Path, contents: Contents) -> Result<()> {
    write_of(root, contents, FILES, SIZE)
}

/// Writes a tree of so many files of so many bytes, fifty files a directory.
///
/// # Errors
/// When the disk refuses.
pub fn write_of(root: &Path, contents: Contents, files: usize, size: usize) -> Result<()> {
    let mut bytes: Box<dyn Iterator<Item = u8>> = match contents {
        Contents::Source => Box::new(source()?.into_iter().cycle()),
        Contents::Random => Box::new(Numbers(0x9E37_79B9_7F4A_7C15).flat_map(u64::to_le_bytes)),
    };
    for file in 0..files {
        let directory = root.join(format!("tree/part-{:03}", file / 50));
        std::fs::create_dir_all(&directory)?;
        let bytes: Vec<u8> = bytes.by_ref().take(size).collect();
        std::fs::write(directory.join(format!("file-{file:04}")), bytes)?;
    }
    Ok(())
}

/// All of windlass' Rust, one file after the other: some megabytes, so that no compressor of streams remembers their beginning when they
/// come again.
fn source() -> Result<Vec<u8>> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let mut files = Vec::new();
    for part in ["runtime", "plugins", "tests"] {
        rust_files(&Path::new(root).join(part), &mut files)?;
    }
    files.sort();
    let mut bytes = Vec::new();
    for file in files {
        bytes.extend(std::fs::read(file)?);
    }
    ensure!(bytes.len() > 1_000_000, "{root} holds no more than {} bytes of Rust", bytes.len());
    Ok(bytes)
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// Marsaglia's xorshift64.
struct Numbers(u64);

impl Iterator for Numbers {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(self.0)
    }
}
