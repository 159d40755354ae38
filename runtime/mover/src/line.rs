//! The way to the host: what is said to it, and the answers that come back.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use windlass_agent_protocol::frame;
use windlass_mover_protocol::{Answer, Ask, FromMover};

use crate::sync::lock;

/// The output, and the questions that wait for an answer.
pub(crate) struct Line {
    output: Mutex<Output>,
    asked: Mutex<Asked>,
}

struct Output {
    stream: Box<dyn Write + Send>,
    frame: Vec<u8>,
}

#[derive(Default)]
struct Asked {
    next: u32,
    waiting: HashMap<u32, Waiting>,
}

struct Waiting {
    order: u32,
    answer: SyncSender<Answer>,
}

impl Line {
    pub(crate) fn new(stream: impl Write + Send + 'static) -> Self {
        Self { output: Mutex::new(Output { stream: Box::new(stream), frame: Vec::new() }), asked: Mutex::default() }
    }

    /// Says something. It waits while the host does not listen.
    ///
    /// # Errors
    /// When the host is gone.
    pub(crate) fn say(&self, message: &FromMover) -> io::Result<()> {
        let mut output = lock(&self.output);
        let Output { stream, frame } = &mut *output;
        frame::encode_in(frame, message).map_err(frame::invalid)?;
        stream.write_all(frame)?;
        stream.flush()
    }

    /// Asks for the sake of an order. Its answer comes from what is given back, or nothing when the order is given up.
    ///
    /// # Errors
    /// When the host is gone.
    pub(crate) fn ask(&self, order: u32, ask: Ask) -> io::Result<Receiver<Answer>> {
        let (answer, answered) = sync_channel(1);
        let mut asked = lock(&self.asked);
        let number = asked.next;
        asked.next = number.wrapping_add(1);
        asked.waiting.insert(number, Waiting { order, answer });
        drop(asked);
        self.say(&FromMover::Ask { number, ask })?;
        Ok(answered)
    }

    /// Passes an answer on. Nobody may wait for it any more.
    pub(crate) fn answered(&self, number: u32, answer: Answer) {
        let waiting = lock(&self.asked).waiting.remove(&number);
        if let Some(waiting) = waiting {
            drop(waiting.answer.try_send(answer));
        }
    }

    /// Lets nobody wait any more for the sake of an order.
    pub(crate) fn give_up(&self, order: u32) {
        lock(&self.asked).waiting.retain(|_, waiting| waiting.order != order);
    }
}
