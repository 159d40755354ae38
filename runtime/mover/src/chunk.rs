//! Chunks: files are cut where their content says so, so that a byte that is put in changes the chunk around it and no other.

use std::io::{self, Read};

use fastcdc::v2020::StreamCDC;
use windlass_mover_protocol::Failed;

/// What is not longer is one chunk.
const SMALLEST: usize = 256 << 10;
const AVERAGE: usize = 1 << 20;
const MOST: usize = 4 << 20;

/// The most bytes of a chunk.
pub(crate) const LARGEST: u64 = MOST as u64;

/// Why a stream was not cut to its end.
#[derive(Debug)]
pub(crate) enum ChunkError {
    /// It cannot be read.
    Read(io::Error),
    /// Whoever takes the chunks took one no more.
    Failed(Failed),
}

impl From<Failed> for ChunkError {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

/// Gives the chunks of a stream of `length` bytes, each with the place where it begins. A stream may turn out to be shorter.
///
/// # Errors
/// When reading fails, or `take` does.
pub(crate) fn chunks(
    stream: impl Read,
    length: u64,
    buffer: &mut Vec<u8>,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), Failed>,
) -> Result<(), ChunkError> {
    let mut stream = stream.take(length);
    if length <= SMALLEST as u64 {
        buffer.clear();
        stream.read_to_end(buffer).map_err(ChunkError::Read)?;
        return if buffer.is_empty() { Ok(()) } else { Ok(take(0, buffer)?) };
    }
    for chunk in StreamCDC::new(stream, SMALLEST, AVERAGE, MOST) {
        let chunk = chunk.map_err(|error| ChunkError::Read(error.into()))?;
        take(chunk.offset, &chunk.data)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use windlass_mover_protocol::Sha256;

    use super::*;

    fn cut(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut cut = Vec::new();
        let mut end = 0;
        let take = |at, chunk: &[u8]| {
            assert_eq!(at, end, "chunks follow each other");
            end += chunk.len() as u64;
            cut.push(chunk.to_vec());
            Ok(())
        };
        chunks(bytes, bytes.len() as u64, &mut Vec::new(), take).unwrap();
        cut
    }

    /// Bytes that look like any others.
    fn noise(length: usize, mut seed: u64) -> Vec<u8> {
        let mut noise = Vec::with_capacity(length + 8);
        while noise.len() < length {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            noise.extend_from_slice(&(seed >> 16).to_le_bytes()[..4]);
        }
        noise.truncate(length);
        noise
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn chunks_are_the_stream_and_within_their_bounds(length in 0_usize..10 << 20, seed in any::<u64>()) {
            let bytes = noise(length, seed);
            let cut = cut(&bytes);
            prop_assert!(cut.concat() == bytes);
            prop_assert!(cut.iter().all(|chunk| chunk.len() <= MOST));
            prop_assert!(cut.iter().rev().skip(1).all(|chunk| chunk.len() >= SMALLEST));
        }
    }

    #[test]
    fn a_byte_that_is_put_in_changes_few_chunks() {
        let bytes = noise(30 << 20, 7);
        let mut changed = bytes.clone();
        changed.insert(15 << 20, 0xff);
        let known: std::collections::HashSet<_> = cut(&bytes).iter().map(|chunk| Sha256::of(chunk)).collect();
        let new = cut(&changed).iter().filter(|chunk| !known.contains(&Sha256::of(chunk))).count();
        assert!((1..=2).contains(&new), "{new} of {}", known.len());
    }

    #[test]
    fn a_stream_that_ends_early_gives_what_it_has() {
        let mut got = 0;
        let take = |_, chunk: &[u8]| {
            got += chunk.len();
            Ok(())
        };
        chunks(&[1; 1000][..], 5 << 20, &mut Vec::new(), take).unwrap();
        assert_eq!(got, 1000);
    }
}
