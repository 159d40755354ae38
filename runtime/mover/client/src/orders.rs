//! The orders that are under way.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};
use windlass_mover_protocol::{Failed, Outcome};

use crate::MoverError;

/// How an order ended, or that nobody will ever know.
pub(crate) type Ending = Result<Result<Outcome, Failed>, MoverError>;

/// All orders of one stream.
#[derive(Default)]
pub(crate) struct Orders {
    state: Mutex<State>,
    /// Whether it is over.
    over: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    next: u32,
    waiting: HashMap<u32, Waiting>,
    /// Why no order is answered any more.
    over: Option<MoverError>,
}

/// Who waits for an order.
struct Waiting {
    progress: watch::Sender<u64>,
    ended: oneshot::Sender<Ending>,
}

/// An order that was given a number.
pub(crate) struct Current {
    pub(crate) number: u32,
    pub(crate) news: Bulletin,
}

/// What is heard of one order. Of its progress only the latest is kept, however much a mover says.
pub(crate) struct Bulletin {
    progress: watch::Receiver<u64>,
    ended: oneshot::Receiver<Ending>,
}

/// What was heard.
pub(crate) enum News {
    Progress(u64),
    Ended(Ending),
}

impl Bulletin {
    /// The next news.
    pub(crate) async fn next(&mut self) -> News {
        tokio::select! {
            biased;
            Ok(()) = self.progress.changed() => News::Progress(*self.progress.borrow_and_update()),
            ended = &mut self.ended => News::Ended(ended.unwrap_or_else(|_| Err(gone()))),
        }
    }
}

/// The reading task is no more.
fn gone() -> MoverError {
    io::Error::from(io::ErrorKind::UnexpectedEof).into()
}

impl Orders {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the next order its number.
    pub(crate) fn begin(&self) -> Result<Current, MoverError> {
        let mut state = self.state();
        if let Some(error) = &state.over {
            return Err(error.clone());
        }
        let number = state.next;
        state.next = number.checked_add(1).ok_or(MoverError::Unexpected("more orders than numbers"))?;
        let (progress, of_progress) = watch::channel(0);
        let (ended, of_end) = oneshot::channel();
        state.waiting.insert(number, Waiting { progress, ended });
        Ok(Current { number, news: Bulletin { progress: of_progress, ended: of_end } })
    }

    /// Nobody waits for an order any more.
    pub(crate) fn end(&self, number: u32) {
        self.state().waiting.remove(&number);
    }

    /// Passes on how far an order is.
    pub(crate) fn progress(&self, number: u32, bytes: u64) -> Result<(), MoverError> {
        let state = self.state();
        if let Some(waiting) = state.waiting.get(&number) {
            waiting.progress.send_replace(bytes);
        }
        state.known(number)
    }

    /// Passes on how an order ended.
    pub(crate) fn ended(&self, number: u32, result: Result<Outcome, Failed>) -> Result<(), MoverError> {
        let mut state = self.state();
        if let Some(waiting) = state.waiting.remove(&number) {
            // Nobody may wait any more.
            drop(waiting.ended.send(Ok(result)));
        }
        state.known(number)
    }

    /// Ends all orders, now and later. The first reason stays.
    pub(crate) fn over(&self, reason: &MoverError) {
        let mut state = self.state();
        let reason = state.over.get_or_insert_with(|| reason.clone()).clone();
        for (_, waiting) in state.waiting.drain() {
            drop(waiting.ended.send(Err(reason.clone())));
        }
        drop(state);
        self.over.send_replace(true);
    }

    /// Waits until it is over.
    pub(crate) async fn wait_over(&self) {
        // The sender is this, so that it cannot be gone.
        drop(self.over.subscribe().wait_for(|over| *over).await);
    }
}

impl State {
    /// Whether an order of that number was ever given; it may have been cancelled since.
    fn known(&self, number: u32) -> Result<(), MoverError> {
        if number < self.next { Ok(()) } else { Err(MoverError::Unexpected("word of an order that was not given")) }
    }
}
