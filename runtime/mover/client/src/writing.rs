//! What goes to the mover.

use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use windlass_agent_protocol::frame;
use windlass_mover_protocol::{Answer, ToMover};

use crate::MoverError;
use crate::orders::Orders;

/// A frame on its way.
pub(crate) struct Frame {
    bytes: Vec<u8>,
    /// Of an answer: the next question is taken when it has left.
    _permit: Option<OwnedSemaphorePermit>,
}

/// The way to the mover. Its length is bounded by the permits of answers, and by how many orders the host itself gives.
#[derive(Clone)]
pub(crate) struct Outgoing(mpsc::UnboundedSender<Frame>);

/// A way, and its end.
pub(crate) fn channel() -> (Outgoing, mpsc::UnboundedReceiver<Frame>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (Outgoing(sender), receiver)
}

impl Outgoing {
    /// Queues a message. That the mover is gone is found out by whoever reads.
    ///
    /// # Errors
    /// When the message is larger than a frame may be.
    pub(crate) fn send(&self, message: &ToMover) -> Result<(), MoverError> {
        let bytes = frame::encode(message).map_err(frame::invalid)?;
        drop(self.0.send(Frame { bytes, _permit: None }));
        Ok(())
    }

    /// Queues an answer.
    pub(crate) fn answer(&self, number: u32, answer: Answer, permit: OwnedSemaphorePermit) {
        let refused = || ToMover::Answer { number, answer: Answer::No("the answer is too long".into()) };
        let frame = frame::encode(&ToMover::Answer { number, answer }).or_else(|_| frame::encode(&refused()));
        if let Ok(bytes) = frame {
            drop(self.0.send(Frame { bytes, _permit: Some(permit) }));
        }
    }
}

/// Writes frames until the mover is gone.
pub(crate) async fn write(
    mut stream: Box<dyn AsyncWrite + Send + Unpin>,
    mut frames: mpsc::UnboundedReceiver<Frame>,
    orders: Arc<Orders>,
) {
    while let Some(frame) = frames.recv().await {
        let mut result = stream.write_all(&frame.bytes).await;
        if result.is_ok() && frames.is_empty() {
            result = stream.flush().await;
        }
        if let Err(error) = result {
            return orders.over(&error.into());
        }
    }
}
