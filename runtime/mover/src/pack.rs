//! Packs: chunks one after the other, compressed, under one digest.

use std::io::{self, Read, Write as _};

use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
use windlass_mover_protocol::{Blob, Sha256};

/// How many bytes go into a pack, before they are compressed.
pub(crate) const FULL: usize = 8 << 20;

/// The most bytes that a pack may stand for. Others may write larger ones than this program does.
pub(crate) const LARGEST_RAW: u64 = 32 << 20;

/// The most bytes of a pack: what cannot be compressed takes a little more than before.
pub(crate) const LARGEST: u64 = LARGEST_RAW + (1 << 20);

/// A pack that is being filled.
pub(crate) struct Packer {
    encoder: FrameEncoder<Vec<u8>>,
    raw: usize,
}

/// A pack that is full.
pub(crate) struct Packed {
    pub(crate) blob: Blob,
    pub(crate) raw: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Packer {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let info = FrameInfo::new().block_size(BlockSize::Max256KB).block_mode(BlockMode::Independent);
        Self { encoder: FrameEncoder::with_frame_info(info, Vec::new()), raw: 0 }
    }

    /// How many bytes it holds: where the next chunk begins.
    pub(crate) fn raw(&self) -> usize {
        self.raw
    }

    /// Whether a chunk still has its place in it. An empty one takes any.
    pub(crate) fn has_room_for(&self, length: usize) -> bool {
        self.raw == 0 || self.raw + length <= FULL
    }

    /// Adds a chunk.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.encoder.write_all(chunk)?;
        self.raw += chunk.len();
        Ok(())
    }

    /// Closes it.
    pub(crate) fn finish(self) -> io::Result<Packed> {
        let bytes = self.encoder.finish().map_err(io::Error::other)?;
        let blob = Blob { digest: Sha256::of(&bytes), size: bytes.len() as u64 };
        Ok(Packed { blob, raw: self.raw as u64, bytes })
    }
}

/// Reads a pack from its beginning to its end, in pieces, so that it is never in memory as a whole.
pub(crate) struct Unpacker<'p> {
    decoder: FrameDecoder<&'p [u8]>,
    at: u64,
}

impl<'p> Unpacker<'p> {
    pub(crate) fn new(bytes: &'p [u8]) -> Self {
        Self { decoder: FrameDecoder::new(bytes), at: 0 }
    }

    /// The bytes from `offset`, which is not before the end of what was read last.
    ///
    /// # Errors
    /// When the pack holds no such bytes.
    pub(crate) fn read(&mut self, offset: u64, chunk: &mut [u8]) -> io::Result<()> {
        let between = offset.checked_sub(self.at).ok_or(io::ErrorKind::InvalidInput)?;
        if io::copy(&mut self.decoder.by_ref().take(between), &mut io::sink())? != between {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.decoder.read_exact(chunk)?;
        self.at = offset + chunk.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(chunks: &[Vec<u8>]) -> Packed {
        let mut packer = Packer::new();
        for chunk in chunks {
            packer.push(chunk).unwrap();
        }
        packer.finish().unwrap()
    }

    proptest! {
        #[test]
        fn chunks_come_out_as_they_went_in(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..5000), 1..20), skip in any::<u32>()) {
            let packed = packed(&chunks);
            prop_assert_eq!(packed.raw, chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>());
            prop_assert_eq!(packed.blob.digest, Sha256::of(&packed.bytes));
            let mut unpacker = Unpacker::new(&packed.bytes);
            let mut offset = 0;
            for (number, chunk) in chunks.iter().enumerate() {
                if skip >> number & 1 == 0 {
                    let mut read = vec![0; chunk.len()];
                    unpacker.read(offset, &mut read).unwrap();
                    prop_assert_eq!(&read, chunk);
                }
                offset += chunk.len() as u64;
            }
            prop_assert!(unpacker.read(offset, &mut [0]).is_err(), "nothing is behind the last");
        }

        #[test]
        fn nonsense_is_no_pack(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert!(Unpacker::new(&bytes).read(0, &mut [0; 16]).is_err());
        }
    }

    #[test]
    fn a_pack_is_full_before_a_chunk_would_not_fit() {
        let mut packer = Packer::new();
        assert!(packer.has_room_for(usize::try_from(LARGEST_RAW).unwrap()), "an empty one takes any");
        packer.push(&[0; 10]).unwrap();
        assert!(packer.has_room_for(FULL - 10) && !packer.has_room_for(FULL - 9));
    }
}
