//! The cache protocol of GitHub Actions, version 2, as BuildKit's `type=gha` speaks it: three calls of Twirp in JSON, and an upload and a download in
//! the manner of Azure's blobs at URLs that these calls give out.

mod azure;
mod blocks;
mod token;
mod twirp;
mod uploads;

use std::io;

use sha2::{Digest, Sha256};
use windlass_mover_protocol as protocol;
use windlass_mover_protocol::Blob;

pub use azure::failure;
pub use token::actions_token;
pub use uploads::Uploads;

use crate::Shared;
use crate::body::Body;
use crate::head::Head;
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::reply::Answer;
use crate::spool::random;

/// What the paths of the calls begin with.
pub const CALLS: &str = "/twirp/";

/// What the paths of uploads and downloads begin with.
pub const BLOBS: &str = "/_windlass/";

/// The state of the protocol.
#[derive(Debug)]
pub struct Actions {
    /// Makes the URLs of downloads, so that nobody makes one up and reads a blob by its digest alone.
    seal: [u8; 32],
    pub uploads: Uploads,
}

impl Actions {
    pub fn new(limits: &Limits) -> io::Result<Self> {
        Ok(Self { seal: random()?, uploads: Uploads::new(limits) })
    }

    /// Where a blob is downloaded from, below the server's own address.
    fn download(&self, blob: Blob) -> String {
        format!("{BLOBS}download/{}/{}?sig={}", blob.digest, blob.size, self.signature(blob))
    }

    /// The digest of what has a fixed length, and begins with what nobody knows.
    fn signature(&self, blob: Blob) -> protocol::Sha256 {
        let hash = Sha256::new().chain_update(self.seal).chain_update(blob.digest.0).chain_update(blob.size.to_be_bytes());
        protocol::Sha256(hash.finalize().into())
    }
}

/// Answers a call.
pub fn call(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    twirp::answer(shared, head, body)
}

/// Answers a request for an upload or a download.
pub fn blob(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    azure::answer(shared, head, body)
}
