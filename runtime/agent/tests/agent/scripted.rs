//! Agents that a test writes itself: they answer what no real one would, or in an order that a real one only sometimes takes.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use windlass_agent_client::protocol::seal::{self, End, TAG};
use windlass_agent_client::protocol::{
    Call, CommandId, Extent, Greeting, Hello, Key, Nonce, Outcome, Record, Reply, Request, Response, Welcome, frame,
};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};

use crate::support::quick;

/// Answers a request.
type Answer = dyn FnMut(Call) -> Vec<Reply> + Send;

type Broken = Box<dyn Error + Send + Sync>;

/// An agent that greets as every agent does, and then answers as it is told to.
pub struct Scripted {
    answer: Arc<Mutex<Answer>>,
    key: Arc<Mutex<Option<Key>>>,
}

impl Scripted {
    pub fn new(answer: impl FnMut(Call) -> Vec<Reply> + Send + 'static) -> Self {
        Self { answer: Arc::new(Mutex::new(answer)), key: Arc::default() }
    }

    /// A host that has met it.
    pub async fn client(self) -> Result<AgentClient, ClientError> {
        self.client_with(quick()).await
    }

    pub async fn client_with(self, options: Options) -> Result<AgentClient, ClientError> {
        let key = Key::random().unwrap_or_else(|error| panic!("{error}"));
        AgentClient::adopt(self, key, options).await
    }
}

impl Connector for Scripted {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(converse(theirs, Arc::clone(&self.answer), Arc::clone(&self.key)));
        let (reader, writer) = tokio::io::split(ours);
        Ok(Connection::new(reader, writer))
    }
}

async fn converse(mut stream: DuplexStream, answer: Arc<Mutex<Answer>>, kept: Arc<Mutex<Option<Key>>>) -> Result<(), Broken> {
    let hello: Hello = frame::decode(&content(&mut stream).await?)?;
    let key = {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if hello.adopt.is_some() {
            kept.clone_from(&hello.adopt);
        }
        kept.clone().ok_or("no key")?
    };
    let nonce = Nonce::random()?;
    stream.write_all(&frame::encode(&Welcome::Met(nonce))?).await?;
    let (mut sealer, mut opener) = seal::channel(&key, &hello.nonce, &nonce, End::Agent);
    let mut replies = vec![Reply { number: 0, response: Response::Hello(Greeting { uptime: Duration::ZERO }) }];
    loop {
        for reply in replies {
            let mut frame = Vec::new();
            sealer.seal_in(&mut frame, &reply)?;
            stream.write_all(&frame).await?;
        }
        let Call { number, request } = opener.open(&mut content(&mut stream).await?)?;
        replies = match request {
            Request::Ping => vec![Reply { number, response: Response::Done }],
            request => answer.lock().map_err(|error| error.to_string())?(Call { number, request }),
        };
    }
}

/// The content of the next frame.
pub async fn content(stream: &mut (impl AsyncReadExt + Unpin)) -> Result<Vec<u8>, Broken> {
    let mut header = [0; frame::HEADER];
    stream.read_exact(&mut header).await?;
    let mut content = vec![0; frame::length(header, frame::LARGEST + TAG)?];
    stream.read_exact(&mut content).await?;
    Ok(content)
}

/// A record of an output of so many bytes.
pub fn record(id: &CommandId, outcome: Outcome, output: Extent) -> Box<Record> {
    Box::new(Record { id: id.clone(), outcome, output, elapsed: Duration::ZERO, max_rss: 0 })
}
