//! The bytes of one command, in order and complete.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use sha2::{Digest, Sha256};
use windlass_agent_protocol::{CommandId, Extent, Record, Request};

use crate::ClientError;
use crate::conversation::Conversation;
use crate::handle::Handle;
use crate::pipe::{self, Followed, PipeReader};
use crate::session::Order;

/// The bytes that a command writes.
///
/// They arrive while the command runs, at most [`Options::window`](crate::Options::window) ahead of the reader: a
/// slow reader slows the command down. The end comes only after the terminal record, and only when the bytes
/// are as many as the record says and have its SHA-256.
#[derive(Debug)]
pub struct Output {
    handle: Arc<Handle>,
    number: u32,
    id: CommandId,
    pipe: PipeReader,
    window: u64,
    /// Where the next byte to hand out lies.
    position: u64,
    acknowledged: u64,
    digest: Sha256,
    /// Bytes that [`Output::read`] left over.
    rest: Bytes,
    state: State,
}

#[derive(Debug)]
enum State {
    Flowing,
    Ended(Box<Record>),
    Failed(ClientError),
}

impl Output {
    pub(crate) fn open(handle: Arc<Handle>, id: CommandId) -> Self {
        let window = handle.window();
        let (writer, pipe) = pipe::pipe(window);
        let conversation = Conversation::Follow { id: id.clone(), window, pipe: writer };
        // With the session gone the conversation is dropped, and the first read says so.
        let number = handle.open(conversation);
        Self {
            handle,
            number,
            id,
            pipe,
            window,
            position: 0,
            acknowledged: 0,
            digest: Sha256::new(),
            rest: Bytes::new(),
            state: State::Flowing,
        }
    }

    /// The next bytes, as they come; `None` after the verified end. Cancel-safe.
    ///
    /// # Errors
    /// [`ClientError::Lost`] when the agent is out of reach for good, [`ClientError::Damaged`] when the bytes are not
    /// those of the record, and the agent's refusals. The same error comes again when asked again.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// The next bytes, at most `max` of them; `None` after the verified end. Cancel-safe.
    ///
    /// # Errors
    /// As [`Output::next`].
    pub async fn read(&mut self, max: usize) -> Result<Option<Bytes>, ClientError> {
        Ok(self.next().await?.map(|mut bytes| {
            if bytes.len() > max {
                self.rest = bytes.split_off(max);
            }
            bytes
        }))
    }

    /// How the command ended; `None` before the verified end.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match &self.state {
            State::Ended(record) => Some(record),
            State::Flowing | State::Failed(_) => None,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, ClientError>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.rest))));
        }
        match &self.state {
            State::Flowing => {}
            State::Ended(_) => return Poll::Ready(Ok(None)),
            State::Failed(error) => return Poll::Ready(Err(error.clone())),
        }
        let result = match ready!(self.pipe.poll(cx)) {
            Ok(Followed::Data { offset, bytes }) => {
                self.take(offset, &bytes);
                return Poll::Ready(Ok(Some(bytes)));
            }
            Ok(Followed::Finished(record)) => self.verify(&record).map(|()| record),
            Err(error) => Err(error),
        };
        Poll::Ready(match result {
            Ok(record) => {
                self.acknowledge();
                self.state = State::Ended(record);
                Ok(None)
            }
            Err(error) => {
                self.state = State::Failed(error.clone());
                Err(error)
            }
        })
    }

    fn take(&mut self, offset: u64, bytes: &[u8]) {
        self.digest.update(bytes);
        self.position = offset + bytes.len() as u64;
        if self.position - self.acknowledged.min(self.position) >= self.window / 4 {
            self.acknowledge();
        }
    }

    fn acknowledge(&mut self) {
        self.acknowledged = self.position;
        self.handle.order(Order::Tell(Request::Acknowledge { id: self.id.clone(), offset: self.position }));
    }

    fn verify(&mut self, record: &Record) -> Result<(), ClientError> {
        let written = record.output;
        let sha256 = self.digest.finalize_reset().into();
        let arrived = Extent { bytes: self.position, sha256 };
        if arrived == written {
            return Ok(());
        }
        Err(ClientError::Damaged { id: self.id.clone(), arrived: Box::new(arrived), written: Box::new(written) })
    }
}

impl Stream for Output {
    type Item = Result<Bytes, ClientError>;

    /// As [`Output::next`], but an error is the last item.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if matches!(self.state, State::Failed(_)) {
            return Poll::Ready(None);
        }
        self.poll(cx).map(Result::transpose)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if matches!(self.state, State::Flowing) {
            let number = self.number;
            self.handle.order(Order::Cancel { number });
        }
    }
}
