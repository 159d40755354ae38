//! Chunks into packs, and packs into the store.

use std::sync::atomic::Ordering;

use windlass_mover_protocol::{Failed, Sha256};

use super::Keep;
use super::known::Spot;
use crate::pack::Packer;
use crate::tree::Pack;

/// What one thread packs.
pub(super) struct Packing<'k> {
    keep: &'k Keep<'k>,
    /// The pack that is being filled, and its number.
    open: Option<(u32, Packer)>,
}

impl<'k> Packing<'k> {
    pub(super) fn new(keep: &'k Keep<'k>) -> Self {
        Self { keep, open: None }
    }

    /// Where a chunk is: it is packed unless it is somewhere already.
    ///
    /// # Errors
    /// When the store does not take a pack that is full.
    pub(super) fn add(&mut self, digest: Sha256, chunk: &[u8]) -> Result<Spot, Failed> {
        if let Some(spot) = self.keep.known.find(digest) {
            return Ok(spot);
        }
        if self.open.as_ref().is_some_and(|(_, packer)| !packer.has_room_for(chunk.len())) {
            self.send()?;
        }
        let (number, packer) = self.open.get_or_insert_with(|| (self.keep.known.begin(), Packer::new()));
        let short = |length: usize| u32::try_from(length).map_err(|_| Failed::Container("a pack is too large".into()));
        let spot = Spot { pack: *number, offset: short(packer.raw())?, length: short(chunk.len())? };
        match self.keep.known.claim(digest, spot) {
            Ok(()) => packer.push(chunk).map(|()| spot).map_err(|error| Failed::Container(error.to_string())),
            Err(other) => Ok(other),
        }
    }

    /// Sends the pack that is being filled.
    ///
    /// # Errors
    /// When the store does not take it.
    pub(super) fn send(&mut self) -> Result<(), Failed> {
        let Some((number, packer)) = self.open.take().filter(|(_, packer)| packer.raw() > 0) else { return Ok(()) };
        let packed = packer.finish().map_err(|error| Failed::Container(error.to_string()))?;
        let sent = self.keep.store.store(packed.blob, packed.bytes.as_slice())?;
        self.keep.sent.fetch_add(sent, Ordering::Relaxed);
        self.keep.known.complete(number, Pack { blob: packed.blob, raw: packed.raw });
        Ok(())
    }
}
