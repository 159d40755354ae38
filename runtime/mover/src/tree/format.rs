//! A tree as bytes: its version, and a compressed list.

use std::io::Read as _;

use lz4_flex::frame::{FrameDecoder, FrameEncoder};

use super::{Tree, TreeError};

/// The format that this program writes.
const VERSION: u8 = 1;

/// The most bytes of the list itself.
const LARGEST_RAW: u64 = 256 << 20;

impl Tree {
    /// As it is stored.
    ///
    /// # Errors
    /// When it cannot be written down: there is no such tree.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, TreeError> {
        let encoder = FrameEncoder::new(vec![VERSION]);
        let encoder = postcard::to_io(self, encoder).map_err(|_| TreeError::Damaged)?;
        encoder.finish().map_err(|_| TreeError::Damaged)
    }

    /// What was stored. It is not [checked](Tree::check) yet.
    ///
    /// # Errors
    /// When it is no tree, or one that a later version wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let (version, list) = bytes.split_first().ok_or(TreeError::Damaged)?;
        if *version != VERSION {
            return Err(TreeError::Version(*version));
        }
        let mut raw = Vec::new();
        FrameDecoder::new(list).take(LARGEST_RAW + 1).read_to_end(&mut raw).map_err(|_| TreeError::Damaged)?;
        if raw.len() as u64 > LARGEST_RAW {
            return Err(TreeError::TooLong);
        }
        match postcard::take_from_bytes(&raw) {
            Ok((tree, [])) => Ok(tree),
            _ => Err(TreeError::Damaged),
        }
    }
}
