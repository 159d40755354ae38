//! What is asked for at once: parts of several files if they are small, since each question costs a way there and back.

use std::iter::{Peekable, once};

use windlass_agent_client::protocol::found::{ANSWER, PARTS};
use windlass_agent_client::protocol::{FoundFile, Part};
use windlass_model::artifact::FilePath;

/// The longest part of a file.
const LONGEST: u64 = ANSWER as u64;

/// A part of a file that is to come.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The name that the file is to have, of its first part.
    pub(super) begins: Option<FilePath>,
    /// What is asked for.
    pub(super) part: Part,
}

/// All parts of the files in their order, as many at a time as one answer carries.
pub(super) fn batches(files: Vec<(FilePath, FoundFile)>) -> impl Iterator<Item = Vec<Wanted>> {
    Batches { parts: files.into_iter().flat_map(|(path, file)| parts(path, file)).peekable() }
}

/// A file without bytes has one part, too: it is to be looked at.
fn parts(path: FilePath, file: FoundFile) -> impl Iterator<Item = Wanted> {
    let count = file.size.div_ceil(LONGEST).max(1);
    let begins = once(Some(path)).chain(std::iter::repeat(None));
    (0..count).zip(begins).map(move |(number, begins)| {
        let offset = number * LONGEST;
        let length = u32::try_from(LONGEST.min(file.size - offset)).unwrap_or(u32::MAX);
        Wanted { begins, part: Part { file: file.clone(), offset, length } }
    })
}

struct Batches<I: Iterator<Item = Wanted>> {
    parts: Peekable<I>,
}

impl<I: Iterator<Item = Wanted>> Iterator for Batches<I> {
    type Item = Vec<Wanted>;

    fn next(&mut self) -> Option<Vec<Wanted>> {
        let (mut batch, mut room) = (Vec::new(), LONGEST);
        while let Some(wanted) = self.parts.next_if(|next| u64::from(next.part.length) <= room && batch.len() < PARTS) {
            room -= u64::from(wanted.part.length);
            batch.push(wanted);
        }
        (!batch.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use windlass_agent_client::protocol::Stamp;

    use super::*;

    fn file(number: usize, size: u64) -> (FilePath, FoundFile) {
        let name = number.to_string();
        let stamp = Stamp { device: 1, inode: number as u64, modified: (0, 0) };
        let path = FilePath::parse(name.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        (path, FoundFile { path: name.into_bytes(), size, stamp })
    }

    /// For each batch, the parts as (file, offset, length).
    fn asked(sizes: &[u64]) -> Vec<Vec<(u64, u64, u32)>> {
        let files = sizes.iter().enumerate().map(|(number, size)| file(number, *size)).collect();
        let part = |wanted: &Wanted| {
            assert_eq!(wanted.begins.is_some(), wanted.part.offset == 0, "{wanted:?}");
            (wanted.part.file.stamp.inode, wanted.part.offset, wanted.part.length)
        };
        batches(files).map(|batch| batch.iter().map(part).collect()).collect()
    }

    #[test]
    fn small_files_come_together_and_large_ones_in_parts() {
        let whole = ANSWER as u32;
        assert_eq!(asked(&[]), [[]; 0]);
        assert_eq!(asked(&[0, 5, 0]), [vec![(0, 0, 0), (1, 0, 5), (2, 0, 0)]]);
        assert_eq!(
            asked(&[3, LONGEST, 2 * LONGEST + 7, 9]),
            [
                vec![(0, 0, 3)],
                vec![(1, 0, whole)],
                vec![(2, 0, whole)],
                vec![(2, LONGEST, whole)],
                vec![(2, 2 * LONGEST, 7), (3, 0, 9)]
            ]
        );
        let many = asked(&vec![1; 2 * PARTS + 1]);
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [PARTS, PARTS, 1]);
        assert_eq!(asked(&[LONGEST / 2, LONGEST / 2, 1]).iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
}
