//! Sends a command's output as fast as it comes, is acknowledged, and can be written.

use std::sync::Arc;

use windlass_agent_protocol::{Failure, Reply, Response, frame};

use crate::cancel::Cancel;
use crate::job::Job;
use crate::sender::Sender;
use crate::spool::{Found, Spool};

/// A host that follows a command.
#[derive(Debug)]
pub struct Follow {
    job: Arc<Job>,
    spool: Arc<Spool>,
    offset: u64,
    window: u64,
}

impl Follow {
    /// Begins at an offset. The bytes before `acknowledged` are not asked for again.
    ///
    /// # Errors
    /// When there is no such byte.
    pub fn new(job: &Arc<Job>, offset: u64, acknowledged: u64, window: u64) -> Result<Self, Failure> {
        let spool = Arc::clone(job.output());
        spool.has(offset)?;
        spool.acknowledge(acknowledged);
        Ok(Self { job: Arc::clone(job), spool, offset, window: window.max(1) })
    }

    /// Sends everything, and at last the record.
    ///
    /// # Errors
    /// When bytes are gone that were not sent, or the disk fails.
    pub fn run(mut self, number: u32, cancel: &Cancel, sender: &Sender) -> Result<(), Failure> {
        // One buffer for all of it: memory that is new each time costs more than the copying.
        let mut bytes = Vec::with_capacity(frame::CHUNK);
        loop {
            match self.spool.read(self.offset, frame::CHUNK, self.window, &mut bytes, cancel.flag())? {
                Found::Bytes => {}
                Found::End => break,
                Found::Cancelled => return Ok(()),
            }
            let offset = self.offset;
            self.offset += bytes.len() as u64;
            let reply = Reply { number, response: Response::Data { offset, bytes } };
            if sender.reply(&reply).is_err() {
                // The host will follow again over another connection.
                return Ok(());
            }
            bytes = match reply.response {
                Response::Data { bytes, .. } => bytes,
                _ => Vec::new(),
            };
        }
        if let Some(record) = self.job.await_record(cancel.flag()) {
            sender.send(number, Response::Finished(Box::new(record)));
        }
        Ok(())
    }
}
