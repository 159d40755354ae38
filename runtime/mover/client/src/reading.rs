//! What comes from the mover.

use std::io;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, BufReader};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use windlass_agent_protocol::frame::{self, HEADER, LARGEST};
use windlass_mover_protocol::{Ask, FromMover, PIECE};

use crate::orders::Orders;
use crate::writing::Outgoing;
use crate::{Depot, MoverError};

/// The longest greeting.
pub(crate) const GREETING: usize = 64;

/// Questions that are answered at once. The next is read when one of them is answered, and the answer has left.
const ASKS: usize = 16;

/// What a question may have besides the bytes that it carries.
const AROUND: usize = 16 << 10;

/// Reads until the stream ends, and tells all orders that it has.
pub(crate) async fn read(
    mut stream: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    depot: Arc<dyn Depot>,
    outgoing: Outgoing,
    orders: Arc<Orders>,
) {
    // What is being answered ends with the reading.
    let mut answering = Answering { depot, outgoing, permits: Arc::new(Semaphore::new(ASKS)), tasks: JoinSet::new() };
    loop {
        let heard = match next(&mut stream).await {
            Ok(FromMover::Hello { .. }) => Err(MoverError::Unexpected("a second greeting")),
            Ok(FromMover::Ask { number, ask }) => answering.begin(number, ask).await,
            Ok(FromMover::Progress { number, bytes }) => orders.progress(number, bytes),
            Ok(FromMover::Ended { number, result }) => orders.ended(number, result),
            Err(error) => Err(error),
        };
        if let Err(error) = heard {
            return orders.over(&error);
        }
    }
}

/// What the depot is asked at the moment.
struct Answering {
    depot: Arc<dyn Depot>,
    outgoing: Outgoing,
    permits: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Answering {
    /// Has a question answered, when there is room for one more.
    async fn begin(&mut self, number: u32, ask: Ask) -> Result<(), MoverError> {
        while self.tasks.try_join_next().is_some() {}
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| MoverError::from(io::Error::from(io::ErrorKind::BrokenPipe)))?;
        let (depot, outgoing) = (Arc::clone(&self.depot), self.outgoing.clone());
        self.tasks.spawn(async move {
            let answer = depot.answer(ask).await;
            outgoing.answer(number, answer, permit);
        });
        Ok(())
    }
}

/// The next message of a mover that was met.
async fn next(stream: &mut (impl AsyncRead + Unpin)) -> Result<FromMover, MoverError> {
    let content = content(stream, LARGEST).await?;
    let message = frame::decode(&content).map_err(frame::invalid)?;
    match message {
        FromMover::Ask { .. } if content.len() > PIECE + AROUND => Err(MoverError::Unexpected("a question that is too long")),
        message => Ok(message),
    }
}

/// One message of at most so many bytes.
pub(crate) async fn message<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin), most: usize) -> Result<T, MoverError> {
    Ok(frame::decode(&content(stream, most).await?).map_err(frame::invalid)?)
}

async fn content(stream: &mut (impl AsyncRead + Unpin), most: usize) -> io::Result<Vec<u8>> {
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).await?;
    let mut content = vec![0; frame::length(header, most).map_err(frame::invalid)?];
    stream.read_exact(&mut content).await?;
    Ok(content)
}
