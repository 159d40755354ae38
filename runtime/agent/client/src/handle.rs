//! The way from a client to its session.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use windlass_agent_protocol::{Request, Response};

use crate::ClientError;
use crate::conversation::Conversation;
use crate::session::Order;

/// The way to the session.
#[derive(Debug)]
pub(crate) struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    next: AtomicU32,
    window: u64,
    answer_time: Duration,
}

impl Handle {
    pub(crate) fn new(orders: mpsc::UnboundedSender<Order>, window: u64, answer_time: Duration) -> Self {
        Self { orders, next: AtomicU32::new(1), window, answer_time }
    }

    pub(crate) fn answer_time(&self) -> Duration {
        self.answer_time
    }

    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Queues an order. A session that is gone has told every conversation so.
    pub(crate) fn order(&self, order: Order) {
        drop(self.orders.send(order));
    }

    /// Begins a conversation and gives its number.
    pub(crate) fn open(&self, conversation: Conversation) -> u32 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.order(Order::Open { number, conversation });
        number
    }

    /// Asks one question that an agent answers at once. Dropping the future takes it back.
    pub(crate) async fn ask(&self, request: Request) -> Result<Response, ClientError> {
        self.ask_within(Some(self.answer_time), request).await
    }

    /// Asks one question whose answer may take any time.
    pub(crate) async fn ask_patiently(&self, request: Request) -> Result<Response, ClientError> {
        self.ask_within(None, request).await
    }

    /// Asks one question whose answer may take so long.
    pub(crate) async fn ask_within(&self, time: Option<Duration>, request: Request) -> Result<Response, ClientError> {
        let (reply, answer) = oneshot::channel();
        let number = self.open(Conversation::Once { request, reply });
        let mut cancel = CancelOnDrop { handle: self, number: Some(number) };
        let answer = match time {
            Some(time) => tokio::time::timeout(time, answer).await.map_err(|_| ClientError::Silent(time))?,
            None => answer.await,
        };
        let answer = answer.map_err(|_| ClientError::Closed)?;
        cancel.number = None;
        answer
    }
}

struct CancelOnDrop<'a> {
    handle: &'a Handle,
    number: Option<u32>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.handle.order(Order::Cancel { number });
        }
    }
}
