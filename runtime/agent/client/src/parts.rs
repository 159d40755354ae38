//! Parts of files: no more bytes than were asked for, and no fewer.

use lz4_flex::block;
use windlass_agent_protocol::{Part, Request, Response};

use crate::ClientError;
use crate::handle::Handle;

/// As [`AgentClient::read_found`](crate::AgentClient::read_found).
pub(crate) async fn read(handle: &Handle, directory: &str, parts: Vec<Part>) -> Result<Vec<u8>, ClientError> {
    let due = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(usize::try_from(part.length).unwrap_or(usize::MAX)));
    match handle.ask(Request::ReadFound { directory: directory.to_owned(), parts }).await? {
        Response::Parts { bytes, packed: false } if bytes.len() == due => Ok(bytes),
        Response::Parts { bytes, packed: false } => {
            Err(ClientError::unexpected(format!("{} bytes of files, {due} were due", bytes.len())))
        }
        Response::Parts { bytes, packed: true } => unpacked(&bytes, due),
        _ => Err(ClientError::unexpected("no answer to reading files")),
    }
}

/// What a block holds: it has room for what is due, and not for more.
fn unpacked(block: &[u8], due: usize) -> Result<Vec<u8>, ClientError> {
    let mut bytes = vec![0; due];
    match block::decompress_into(block, &mut bytes) {
        Ok(length) if length == due => Ok(bytes),
        Ok(length) => Err(ClientError::unexpected(format!("{length} bytes of files, {due} were due"))),
        Err(error) => Err(ClientError::unexpected(format!("no block of {due} bytes of files: {error}"))),
    }
}
