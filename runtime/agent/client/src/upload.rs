//! Sends an archive: keeps what the agent has not confirmed, and sends it again after a cut.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use windlass_agent_protocol::message::UPLOAD_WINDOW;
use windlass_agent_protocol::{Request, Response, UploadId, frame};

use crate::ClientError;
use crate::conversation::{Conversation, Uploaded};
use crate::handle::Handle;
use crate::session::Order;

/// Sends all of `archive` and waits until it is unpacked. Gives the number of entries.
pub(crate) async fn unpack(
    handle: &Arc<Handle>,
    directory: &str,
    mut archive: impl AsyncRead + Send + Unpin,
) -> Result<u64, ClientError> {
    let mut upload = Upload::open(handle, directory)?;
    let mut buffer = vec![0; frame::CHUNK];
    loop {
        tokio::select! {
            news = upload.news.changed() => upload.learn(news.is_ok())?,
            count = archive.read(&mut buffer), if upload.has_room() => {
                match count.map_err(|e| ClientError::Archive(Arc::new(e)))? {
                    0 => break,
                    count => upload.push(Bytes::copy_from_slice(&buffer[..count])),
                }
            }
        }
    }
    let finish = Request::FinishUpload {
        id: upload.id.clone(),
        bytes: upload.end,
        sha256: std::mem::take(&mut upload.digest).finalize().into(),
    };
    let finish = handle.ask_patiently(finish);
    tokio::pin!(finish);
    loop {
        tokio::select! {
            answer = &mut finish => return match answer? {
                Response::Unpacked { entries } => Ok(entries),
                _ => Err(ClientError::unexpected("no answer to the end of an upload")),
            },
            news = upload.news.changed() => upload.learn(news.is_ok())?,
        }
    }
}

struct Upload<'a> {
    handle: &'a Handle,
    id: UploadId,
    number: u32,
    news: watch::Receiver<Option<Result<Uploaded, ClientError>>>,
    /// Sent and not confirmed, in order.
    retained: VecDeque<Bytes>,
    /// The first byte that the agent has not confirmed.
    confirmed: u64,
    /// Where the next byte of the archive goes.
    end: u64,
    digest: Sha256,
    /// The connection that the agent last confirmed bytes over.
    epoch: u64,
}

impl<'a> Upload<'a> {
    fn open(handle: &'a Handle, directory: &str) -> Result<Self, ClientError> {
        // Any number that no other upload to this agent has.
        let id = format!("{:016x}", RandomState::new().hash_one(directory));
        let id = UploadId::new(id).map_err(|e| ClientError::unexpected(e.to_string()))?;
        let (sender, news) = watch::channel(None);
        let number = handle.open(Conversation::Upload {
            id: id.clone(),
            directory: directory.to_owned(),
            confirmed: false,
            epoch: 0,
            news: sender,
        });
        Ok(Self { handle, id, number, news, retained: VecDeque::new(), confirmed: 0, end: 0, digest: Sha256::new(), epoch: 0 })
    }

    fn has_room(&self) -> bool {
        self.end - self.confirmed + frame::CHUNK as u64 <= UPLOAD_WINDOW
    }

    fn push(&mut self, bytes: Bytes) {
        self.digest.update(&bytes);
        self.send(self.end, &bytes);
        self.end += bytes.len() as u64;
        self.retained.push_back(bytes);
    }

    fn send(&self, offset: u64, bytes: &Bytes) {
        self.handle.order(Order::Continue {
            number: self.number,
            epoch: self.epoch,
            request: Request::Upload { id: self.id.clone(), offset, bytes: bytes.to_vec() },
        });
    }

    /// Takes the last news, if the session is there to give any.
    fn learn(&mut self, session: bool) -> Result<(), ClientError> {
        let news = if session { self.news.borrow_and_update().clone() } else { None };
        let Uploaded::Received { offset, epoch } = news.ok_or(ClientError::Closed)??;
        if !(self.confirmed..=self.end).contains(&offset) {
            return Err(ClientError::unexpected(format!(
                "it confirmed byte {offset} of an upload, between {} and {} were possible",
                self.confirmed, self.end
            )));
        }
        self.release(offset);
        if epoch != self.epoch {
            self.epoch = epoch;
            let mut place = self.confirmed;
            for bytes in &self.retained {
                self.send(place, bytes);
                place += bytes.len() as u64;
            }
        }
        Ok(())
    }

    /// Drops what the agent has confirmed.
    fn release(&mut self, offset: u64) {
        while self.confirmed < offset
            && let Some(first) = self.retained.front_mut()
        {
            let count = (offset - self.confirmed).min(first.len() as u64);
            // No chunk is longer than `usize`.
            first.advance(usize::try_from(count).unwrap_or(first.len()));
            self.confirmed += count;
            if first.is_empty() {
                self.retained.pop_front();
            }
        }
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        let number = self.number;
        self.handle.order(Order::Cancel { number });
    }
}
