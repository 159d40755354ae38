//! A command's output on their way from the session to their reader: never more than the window, however they are cut.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use windlass_agent_protocol::{Record, frame};

use crate::ClientError;

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Followed {
    Data { offset: u64, bytes: Bytes },
    Finished(Box<Record>),
}

/// The session's end. Dropping it tells the reader that the session is gone, unless it was told another end.
#[derive(Debug)]
pub(crate) struct PipeWriter(Arc<Mutex<State>>);

/// The reader's end.
#[derive(Debug)]
pub(crate) struct PipeReader(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// In order, and small ones put together: each two neighbours have more than [`frame::CHUNK`] bytes.
    pieces: VecDeque<Vec<u8>>,
    /// The bytes in them.
    held: u64,
    window: u64,
    /// Where the first byte lies that was not taken.
    taken: u64,
    end: Option<Result<Box<Record>, ClientError>>,
    reader: Option<Waker>,
    abandoned: bool,
}

/// A pipe that holds so many bytes.
pub(crate) fn pipe(window: u64) -> (PipeWriter, PipeReader) {
    let (pieces, held, end, reader, abandoned) = (VecDeque::new(), 0, None, None, false);
    let state = Arc::new(Mutex::new(State { pieces, held, window, taken: 0, end, reader, abandoned }));
    (PipeWriter(Arc::clone(&state)), PipeReader(state))
}

impl State {
    /// Where the next byte goes.
    fn next(&self) -> u64 {
        self.taken.saturating_add(self.held)
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PipeWriter {
    /// The first byte that has not arrived, and the first that the reader has not taken.
    pub(crate) fn places(&self) -> (u64, u64) {
        let state = lock(&self.0);
        (state.next(), state.taken)
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they are none, are not those that follow, or more than there is room for: no agent that follows the protocol does that.
    pub(crate) fn push(&self, offset: u64, bytes: Vec<u8>) -> Result<(), ClientError> {
        let mut state = lock(&self.0);
        let length = bytes.len() as u64;
        if length == 0 {
            return Err(ClientError::unexpected("output of no bytes"));
        }
        let due = state.next();
        if due != offset {
            return Err(ClientError::unexpected(format!("output went on at byte {offset} instead of {due}")));
        }
        if state.held + length > state.window {
            return Err(ClientError::unexpected("more output than there is room for"));
        }
        state.held += length;
        match state.pieces.back_mut() {
            Some(last) if last.len() + bytes.len() <= frame::CHUNK => last.extend_from_slice(&bytes),
            _ => state.pieces.push_back(bytes),
        }
        state.wake();
        Ok(())
    }

    /// Says how it ended. Only the first end counts.
    pub(crate) fn end(&self, end: Result<Box<Record>, ClientError>) {
        let mut state = lock(&self.0);
        state.end.get_or_insert(end);
        state.wake();
    }

    /// Whether nobody reads any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        lock(&self.0).abandoned
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.end(Err(ClientError::Closed));
    }
}

impl PipeReader {
    /// What comes next. After an end there is nothing.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Result<Followed, ClientError>> {
        let mut state = lock(&self.0);
        if let Some(piece) = state.pieces.pop_front() {
            let (offset, length) = (state.taken, piece.len() as u64);
            state.held -= length;
            state.taken += length;
            return Poll::Ready(Ok(Followed::Data { offset, bytes: piece.into() }));
        }
        match state.end.take() {
            Some(end) => Poll::Ready(end.map(Followed::Finished)),
            None => {
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        let mut state = lock(&self.0);
        state.abandoned = true;
        state.pieces.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(reader: &PipeReader) -> Poll<Result<Followed, ClientError>> {
        reader.poll(&Context::from_waker(Waker::noop()))
    }

    #[test]
    fn single_bytes_take_no_more_room_than_their_number() -> Result<(), ClientError> {
        let window = 4 * frame::CHUNK as u64;
        let (writer, reader) = pipe(window);
        for offset in 0..window {
            writer.push(offset, vec![1])?;
        }
        assert_eq!(lock(&writer.0).pieces.len(), 4);
        assert!(writer.push(window, vec![1]).is_err(), "it is full");
        let Poll::Ready(Ok(Followed::Data { offset: 0, bytes })) = next(&reader) else { panic!("no bytes") };
        assert_eq!((bytes.len(), writer.places()), (frame::CHUNK, (window, frame::CHUNK as u64)));
        writer.push(window, vec![1])
    }

    #[test]
    fn what_no_agent_sends_is_refused() -> Result<(), ClientError> {
        let (writer, _reader) = pipe(100);
        for (offset, length) in [(0, 0), (0, 101), (7, 1), (u64::MAX, 1)] {
            assert!(writer.push(offset, vec![0; length]).is_err(), "{length} bytes at {offset}");
        }
        writer.push(0, vec![0; 3])?;
        assert!(writer.push(2, vec![0]).is_err() && writer.push(4, vec![0]).is_err());
        writer.push(3, vec![0])
    }

    #[test]
    fn a_session_that_goes_is_told_after_the_bytes() -> Result<(), ClientError> {
        let (writer, reader) = pipe(100);
        writer.push(0, vec![1])?;
        drop(writer);
        assert!(matches!(next(&reader), Poll::Ready(Ok(Followed::Data { .. }))));
        assert!(matches!(next(&reader), Poll::Ready(Err(ClientError::Closed))));
        Ok(())
    }
}
