//! The task that owns the connection: it sends requests, hands answers out, and connects again.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tracing::{debug, warn};
use windlass_agent_protocol::{Greeting, Key, Request, Response};

use crate::conversation::{Conversation, Progress};
use crate::link::{Link, Unmet};
use crate::{ClientError, ConnectError, Connector, Options};

/// The number of calls that nobody waits for.
const NOBODY: u32 = 0;

/// What the handles ask of the session.
#[derive(Debug)]
pub(crate) enum Order {
    /// Begin a conversation.
    Open { number: u32, conversation: Conversation },
    /// Part of an upload; dropped while the upload is not confirmed on the present connection.
    Continue { number: u32, epoch: u64, request: Request },
    /// A request without an answer, useless after a lost connection.
    Tell(Request),
    /// Forget a conversation.
    Cancel { number: u32 },
}

/// Why [`Session::serve`] returned.
enum End {
    Cut(io::Error),
    NoHandles,
}

pub(crate) struct Session<C> {
    connector: C,
    options: Options,
    orders: mpsc::UnboundedReceiver<Order>,
    conversations: BTreeMap<u32, Conversation>,
    key: Key,
    /// Whether the agent may not have the key yet. It has once it has proven so.
    first: bool,
    /// Attempts to connect since an answer was last heard.
    fruitless: u32,
    /// When the first of them was made.
    fruitless_since: Instant,
    /// What ended the last stream.
    cut: Option<io::Error>,
}

/// Whether so many attempts since then were enough.
fn is_over(fruitless: u32, since: Instant, options: &Options) -> bool {
    fruitless >= options.attempts && since.elapsed() >= options.patience
}

impl<C: Connector> Session<C> {
    /// Connects for the first time.
    ///
    /// # Errors
    /// When every attempt failed, the agent refuses, or is not the agent.
    pub(crate) async fn open(
        connector: C,
        key: Key,
        first: bool,
        options: Options,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<(Self, Link, Greeting), ClientError> {
        let conversations = BTreeMap::new();
        let mut session = Self {
            connector,
            options,
            orders,
            conversations,
            key,
            first,
            fruitless: 0,
            fruitless_since: Instant::now(),
            cut: None,
        };
        let (link, greeting) = session.reach().await?;
        session.first = false;
        Ok((session, link, greeting))
    }

    /// Serves until the last handle is gone.
    pub(crate) async fn run(mut self, first: Link) {
        let mut link = Some(first);
        loop {
            match link.take() {
                Some(current) => match self.serve(current).await {
                    End::NoHandles => return,
                    End::Cut(error) => {
                        match error.kind() {
                            io::ErrorKind::InvalidData => {
                                warn!(%error, "the stream to the agent held what the agent did not say, and was closed");
                            }
                            _ => debug!(%error, "the stream to the agent was cut"),
                        }
                        self.cut = Some(error);
                    }
                },
                None => match self.orders.recv().await {
                    Some(Order::Open { number, conversation }) => drop(self.conversations.insert(number, conversation)),
                    Some(_) => {}
                    None => return,
                },
            }
            link = self.resume().await;
        }
    }

    /// Connects again and repeats what is under way; if that fails, so does all that is under way.
    async fn resume(&mut self) -> Option<Link> {
        let link = match self.reach().await {
            Ok((link, _)) => link,
            Err(error) => {
                self.fail_all(&error);
                return None;
            }
        };
        let numbers: Vec<u32> = self.conversations.keys().copied().collect();
        for number in numbers {
            self.say(&link, number);
        }
        Some(link)
    }

    /// Tries to connect until it works or the attempts are used up.
    async fn reach(&mut self) -> Result<(Link, Greeting), ClientError> {
        loop {
            // Streams that break before they carry an answer are of no more use than none.
            if let Some(cut) = self.cut.take_if(|_| is_over(self.fruitless, self.fruitless_since, &self.options)) {
                let attempts = std::mem::take(&mut self.fruitless);
                return Err(ClientError::Lost { attempts, source: Arc::new(ConnectError::failed(cut)) });
            }
            if self.fruitless > 0 {
                sleep(self.options.delay(self.fruitless)).await;
            } else {
                self.fruitless_since = Instant::now();
            }
            self.fruitless += 1;
            let error = match timeout(self.options.connect_timeout, self.attempt()).await {
                Ok(Ok(reached)) => return Ok(reached),
                Ok(Err(Unmet::Hopeless(error))) => return Err(error),
                Ok(Err(Unmet::Failed(error))) => error,
                Err(_) => ConnectError::failed("the agent did not answer in time"),
            };
            debug!(%error, attempt = self.fruitless, "cannot reach the agent");
            // An agent that has ended does not come back.
            let hopeless = matches!(error, ConnectError::Gone(_));
            if hopeless || is_over(self.fruitless, self.fruitless_since, &self.options) || self.orders.is_closed() {
                let attempts = std::mem::take(&mut self.fruitless);
                let source = Arc::new(error);
                return Err(ClientError::Lost { attempts, source });
            }
        }
    }

    async fn attempt(&self) -> Result<(Link, Greeting), Unmet> {
        let connection = self.connector.connect().await.map_err(Unmet::Failed)?;
        Link::open(connection, &self.key, self.first).await
    }

    /// Works on one connection until it is cut.
    async fn serve(&mut self, mut link: Link) -> End {
        let period = self.options.period();
        let mut tick = interval(period);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let begun = Instant::now();
        let mut heard = begun;
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(&link, order),
                    None => return End::NoHandles,
                },
                reply = link.receive() => match reply {
                    Ok(reply) => {
                        heard = Instant::now();
                        // The answer to a ping is an achievement only if the stream has lived for a while.
                        if reply.number != NOBODY || begun.elapsed() >= period {
                            self.fruitless = 0;
                        }
                        self.deliver(&link, reply.number, reply.response);
                    }
                    Err(error) => return End::Cut(error),
                },
                _ = tick.tick() => {
                    if heard.elapsed() > 3 * period {
                        return End::Cut(io::ErrorKind::TimedOut.into());
                    }
                    // A ping is never too large to send.
                    drop(link.send(NOBODY, Request::Ping));
                }
            }
        }
    }

    fn obey(&mut self, link: &Link, order: Order) {
        match order {
            Order::Open { number, conversation } => {
                self.conversations.insert(number, conversation);
                self.say(link, number);
            }
            Order::Continue { number, epoch, request } => {
                // What was said before the sender learned of this connection, it says again.
                let current = matches!(self.conversations.get(&number),
                    Some(Conversation::Upload { confirmed: true, epoch: now, .. }) if *now == epoch);
                if current {
                    self.send(link, number, request);
                }
            }
            Order::Tell(request) => drop(link.send(NOBODY, request)),
            Order::Cancel { number } => {
                if self.conversations.remove(&number).is_some() {
                    drop(link.send(NOBODY, Request::Cancel { number }));
                }
            }
        }
    }

    /// Sends the request of a conversation, for the first time or again.
    fn say(&mut self, link: &Link, number: u32) {
        let Some(conversation) = self.conversations.get_mut(&number) else {
            return;
        };
        if conversation.is_abandoned() {
            self.conversations.remove(&number);
            return;
        }
        let request = conversation.request();
        self.send(link, number, request);
    }

    fn send(&mut self, link: &Link, number: u32, request: Request) {
        if let Err(error) = link.send(number, request) {
            self.fail(number, error);
        }
    }

    fn deliver(&mut self, link: &Link, number: u32, response: Response) {
        let Some(conversation) = self.conversations.get_mut(&number) else {
            return;
        };
        match conversation.answer(response) {
            Ok(Progress::More) => {}
            Ok(Progress::Over) => drop(self.conversations.remove(&number)),
            Err(error) => {
                self.fail(number, error);
                drop(link.send(NOBODY, Request::Cancel { number }));
            }
        }
    }

    fn fail(&mut self, number: u32, error: ClientError) {
        if let Some(conversation) = self.conversations.remove(&number) {
            conversation.fail(error);
        }
    }

    fn fail_all(&mut self, error: &ClientError) {
        for (_, conversation) in std::mem::take(&mut self.conversations) {
            conversation.fail(error.clone());
        }
    }
}
