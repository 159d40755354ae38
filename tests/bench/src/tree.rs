//! A tree of files to upload: the same bytes each time.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

/// How many files a tree has.
pub const FILES: usize = 5_000;

/// How many bytes each has.
pub const SIZE: usize = 40_000;

/// What files hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Words, as source code has them.
    Text,
    /// Bytes that no compression makes smaller.
    Random,
}

/// Writes the tree, fifty files a directory.
///
/// # Errors
/// When the disk refuses.
pub fn write(root: &Path, contents: Contents) -> Result<()> {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for file in 0..FILES {
        let directory = root.join(format!("tree/part-{:03}", file / 50));
        std::fs::create_dir_all(&directory)?;
        let bytes = match contents {
            Contents::Text => text(&mut numbers)?,
            Contents::Random => (0..SIZE / 8).flat_map(|_| numbers.next().to_le_bytes()).collect(),
        };
        std::fs::write(directory.join(format!("file-{file:04}")), bytes)?;
    }
    Ok(())
}

/// Words of a vocabulary of 4,096, eight a line.
fn text(numbers: &mut Numbers) -> Result<Vec<u8>> {
    let mut text = String::with_capacity(SIZE + 16);
    while text.len() < SIZE {
        for _ in 0..8 {
            let word = numbers.next() % 4096;
            write!(text, "{:x} ", word.wrapping_mul(0x9E37_79B1) % 0xFFF_FFFF)?;
        }
        text.push('\n');
    }
    text.truncate(SIZE);
    Ok(text.into_bytes())
}

/// Marsaglia's xorshift64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
