//! Agents that a test writes itself: they answer what no real one would, or in an order that a real one only sometimes takes.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use windlass_agent_client::protocol::{
    Call, CommandId, Extent, Greeting, Outcome, Record, Reply, Request, Response, VERSION, frame,
};
use windlass_agent_client::{ConnectError, Connection, Connector};

/// Answers a request.
type Answer = dyn FnMut(Call) -> Vec<Reply> + Send;

/// An agent that greets as every agent does, and then answers as it is told to. It is gone once a host has left.
pub struct Scripted {
    answer: Arc<Mutex<Answer>>,
    gone: Arc<AtomicBool>,
}

impl Scripted {
    pub fn new(answer: impl FnMut(Call) -> Vec<Reply> + Send + 'static) -> Self {
        Self { answer: Arc::new(Mutex::new(answer)), gone: Arc::default() }
    }
}

impl Connector for Scripted {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        if self.gone.load(Ordering::SeqCst) {
            return Err(ConnectError::gone("it has ended"));
        }
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(converse(theirs, Arc::clone(&self.answer), Arc::clone(&self.gone)));
        let (reader, writer) = tokio::io::split(ours);
        Ok(Connection::new(reader, writer))
    }
}

async fn converse(
    mut stream: DuplexStream,
    answer: Arc<Mutex<Answer>>,
    gone: Arc<AtomicBool>,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    loop {
        let mut header = [0; frame::HEADER];
        stream.read_exact(&mut header).await?;
        let mut content = vec![0; frame::length(header)?];
        stream.read_exact(&mut content).await?;
        let Call { number, request } = frame::decode(&content)?;
        let replies = match request {
            Request::Hello { .. } => vec![Reply { number, response: Response::Hello(greeting()) }],
            Request::Ping => vec![Reply { number, response: Response::Done }],
            Request::Leave => {
                gone.store(true, Ordering::SeqCst);
                return Ok(());
            }
            request => answer.lock().map_err(|error| error.to_string())?(Call { number, request }),
        };
        for reply in replies {
            stream.write_all(&frame::encode(&reply)?).await?;
        }
    }
}

fn greeting() -> Greeting {
    Greeting { version: VERSION, instance: 1, uptime: Duration::ZERO, secrets: Vec::new(), unmasked: Vec::new() }
}

/// A record of an output of so many bytes.
pub fn record(id: &CommandId, outcome: Outcome, output: Extent) -> Box<Record> {
    Box::new(Record { id: id.clone(), outcome, output, errors: None, elapsed: Duration::ZERO, max_rss: 0 })
}
