//! Packs, checked and then written into files.

use windlass_mover_protocol::Failed;

use super::made::Made;
use super::plan::{PackPlan, Plan, Write};
use super::target::Target;
use crate::beneath::Beneath;
use crate::blobs::Store;
use crate::pack::{LARGEST, Unpacker};
use crate::share::Work;
use crate::tree::{Kind, Tree};

/// The packs that are needed.
pub(super) struct Packs<'p> {
    pub(super) store: &'p Store,
    pub(super) tree: &'p Tree,
    pub(super) plan: &'p Plan,
    pub(super) beneath: &'p Beneath,
    pub(super) made: &'p Made,
}

/// A thread that writes.
pub(super) struct Hand<'p> {
    target: Target<'p>,
    pack: Vec<u8>,
    chunk: Vec<u8>,
}

impl<'p> Work for Packs<'p> {
    type Worker = Hand<'p>;
    type Left = ();

    fn begin(&self) -> Result<Hand<'p>, Failed> {
        Ok(Hand { target: Target::new(self.beneath.again(), self.made), pack: Vec::new(), chunk: Vec::new() })
    }

    fn job(&self, hand: &mut Hand<'p>, number: usize) -> Result<(), Failed> {
        let Some(pack) = self.plan.packs.get(number) else { return Ok(()) };
        // All of it is checked before a byte of it is written.
        let mut bytes = std::mem::take(&mut hand.pack);
        self.store.fetch_in(&mut bytes, pack.blob, LARGEST)?;
        self.write(hand, pack, &bytes)?;
        hand.pack = bytes;
        Ok(())
    }

    fn end(&self, _: Hand<'p>) -> Result<(), Failed> {
        Ok(())
    }
}

impl Packs<'_> {
    fn write(&self, hand: &mut Hand<'_>, pack: &PackPlan, bytes: &[u8]) -> Result<(), Failed> {
        let mut unpacker = Unpacker::new(bytes);
        let mut read: Option<(u32, u32)> = None;
        for write in &pack.writes {
            self.store.errand.check()?;
            // Files that share a chunk follow each other.
            if read != Some((write.offset, write.length)) {
                hand.chunk.resize(usize::try_from(write.length).unwrap_or_default(), 0);
                let unpacked = unpacker.read(u64::from(write.offset), &mut hand.chunk);
                unpacked.map_err(|error| {
                    Failed::Corrupt(format!("the pack {} holds not what it should: {error}", pack.blob.digest))
                })?;
                read = Some((write.offset, write.length));
            }
            self.write_one(hand, write)?;
        }
        Ok(())
    }

    fn write_one(&self, hand: &mut Hand<'_>, write: &Write) -> Result<(), Failed> {
        match self.tree.entries.get(write.file) {
            Some(entry) => match &entry.kind {
                Kind::File(content) if content.is_one_chunk() => hand.target.write_file(write.file, entry, &hand.chunk),
                _ => hand.target.write_chunk(entry, write.at, &hand.chunk),
            },
            None => Ok(()),
        }
    }
}
