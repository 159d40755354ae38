//! A mover that was met.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, BufReader};
use tokio::task::JoinHandle;
use windlass_mover_protocol::{Failed, FromMover, Order, Outcome, ToMover, VERSION};

use crate::orders::{Current, News, Orders};
use crate::{Connection, Depot, MoverError, reading, writing};

/// What is read at once.
const BUFFER: usize = 64 << 10;

/// How long a mover may take to say its first word: the container may be busy.
const GREETING: Duration = Duration::from_secs(60);

/// A mover in a container. Dropping it closes the streams, and the mover ends.
pub struct Mover {
    orders: Arc<Orders>,
    outgoing: writing::Outgoing,
    tasks: [JoinHandle<()>; 2],
    home: Option<String>,
    _guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Mover {
    /// Waits for a mover's first word, and from then on answers what it asks.
    ///
    /// # Errors
    /// When it does not speak in time, or not this version.
    pub async fn meet(connection: Connection, depot: Arc<dyn Depot>) -> Result<Self, MoverError> {
        let Connection { reader, writer, guard } = connection;
        let mut reader = BufReader::with_capacity(BUFFER, reader);
        let home = match tokio::time::timeout(GREETING, greeting(&mut reader)).await {
            Ok(Ok((VERSION, home))) => home,
            Ok(Ok((version, _))) => return Err(MoverError::Version(version)),
            Ok(Err(error)) => return Err(error),
            Err(_) => return Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        };
        let orders = Arc::new(Orders::default());
        let (outgoing, frames) = writing::channel();
        let writing = tokio::spawn(writing::write(writer, frames, Arc::clone(&orders)));
        let reading = tokio::spawn(reading::read(reader, depot, outgoing.clone(), Arc::clone(&orders)));
        Ok(Self { orders, outgoing, tasks: [reading, writing], home, _guard: guard })
    }

    /// Waits until it is lost: then no order is answered any more.
    pub async fn lost(&self) {
        self.orders.wait_over().await;
    }

    /// What `HOME` is in the container, as far as the mover knows.
    pub fn home(&self) -> Option<&str> {
        self.home.as_deref()
    }

    /// Gives an order and waits for its end; `progress` hears how many bytes went to or came from the store so far. Several orders may be under way.
    /// When the future is dropped, the order is cancelled.
    ///
    /// # Errors
    /// When the mover is lost, or says what no mover says.
    pub async fn order(&self, order: Order, progress: impl Fn(u64)) -> Result<Result<Outcome, Failed>, MoverError> {
        let Current { number, mut news } = self.orders.begin()?;
        let mut cancel = CancelOnDrop { mover: self, number: Some(number) };
        if let Err(error) = self.outgoing.send(&ToMover::Order { number, order }) {
            cancel.number = None;
            self.orders.end(number);
            return Err(error);
        }
        loop {
            match news.next().await {
                News::Progress(bytes) => progress(bytes),
                News::Ended(result) => {
                    cancel.number = None;
                    return result;
                }
            }
        }
    }
}

/// The version in a mover's first word, and the container's home.
async fn greeting(reader: &mut (impl AsyncRead + Unpin)) -> Result<(u32, Option<String>), MoverError> {
    match reading::message(reader, reading::GREETING).await? {
        FromMover::Hello { version, home } => Ok((version, home)),
        _ => Err(MoverError::Unexpected("no greeting")),
    }
}

/// Tells the mover of an order that nobody waits for any more.
struct CancelOnDrop<'a> {
    mover: &'a Mover,
    number: Option<u32>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.mover.orders.end(number);
            // A mover that is lost has ended, and its orders with it.
            drop(self.mover.outgoing.send(&ToMover::Cancel { number }));
        }
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl fmt::Debug for Mover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mover").finish_non_exhaustive()
    }
}
