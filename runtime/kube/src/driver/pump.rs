//! Carries bytes between an exec's WebSocket and its two pipes. Both directions run by themselves: a command that does not
//! read must not keep its output from being read, or a command that copies one into the other would stand still for ever.

use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use kube::client::Connection;
use kube::core::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::{Error, Message};

// The channels of Kubernetes' remote command protocol: `k8s.io/apimachinery/pkg/util/remotecommand/constants.go`.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STATUS: u8 = 3;
/// Since v5 of the protocol: the channel that follows is at its end.
const CLOSE: u8 = 255;

/// Bytes that a pipe holds before its writer waits.
const PIPE: usize = 256 * 1024;

/// Bytes of one message to the server; its own are as large.
const MESSAGE: usize = 32 * 1024;

/// How often a stream without traffic shows that it is alive, lest something on the way forget it.
const PING: Duration = Duration::from_secs(30);

/// The ends of the pipes, and how the command ended.
pub(super) struct Streams {
    pub(super) stdin: DuplexStream,
    pub(super) stdout: DuplexStream,
    pub(super) end: oneshot::Receiver<End>,
}

/// How a command's stream ended.
pub(super) enum End {
    /// With the status object that says how the command ended.
    Status(Box<Status>),
    /// Without.
    Cut(String),
}

/// Starts to carry.
pub(super) fn start(connection: Connection) -> Streams {
    let half_close = connection.supports_stream_close();
    let (sink, source): (SplitSink<_, _>, SplitStream<_>) = connection.into_stream().split();
    let (stdin, to_send) = tokio::io::duplex(PIPE);
    let (received, stdout) = tokio::io::duplex(PIPE);
    let (ended, end) = oneshot::channel();
    let sending = tokio::spawn(send(sink, to_send, half_close));
    tokio::spawn(async move {
        let result = receive(source, received).await;
        // The command is over, so nothing reads what is still to be sent.
        sending.abort();
        let _ = ended.send(result);
    });
    Streams { stdin, stdout, end }
}

async fn send(mut sink: impl Sink<Message, Error = Error> + Unpin, mut stdin: DuplexStream, half_close: bool) {
    let mut buffer = vec![STDIN; 1 + MESSAGE];
    let mut open = true;
    loop {
        let message = tokio::select! {
            read = stdin.read(&mut buffer[1..]), if open => match read {
                Ok(0) | Err(_) if half_close => {
                    open = false;
                    Message::binary(vec![CLOSE, STDIN])
                }
                // Without half-close the only way to end stdin is to end everything.
                Ok(0) | Err(_) => Message::Close(None),
                Ok(count) => Message::binary(buffer[..=count].to_vec()),
            },
            () = tokio::time::sleep(PING) => Message::Ping(bytes::Bytes::new()),
        };
        // The receiving half hears of the same fault, and reports it.
        if sink.send(message).await.is_err() {
            return;
        }
    }
}

async fn receive(mut source: impl Stream<Item = Result<Message, Error>> + Unpin, mut stdout: DuplexStream) -> End {
    loop {
        let frame = match source.next().await {
            Some(Ok(Message::Binary(frame))) => frame,
            Some(Ok(_)) => continue,
            Some(Err(error)) => return End::Cut(error.to_string()),
            None => return End::Cut("the server closed it".to_owned()),
        };
        match frame.split_first() {
            Some((&STDOUT, bytes)) if stdout.write_all(bytes).await.is_err() => {
                return End::Cut("nobody reads its output any more".to_owned());
            }
            Some((&STATUS, bytes)) if !bytes.is_empty() => {
                return match serde_json::from_slice(bytes) {
                    Ok(status) => End::Status(Box::new(status)),
                    Err(error) => End::Cut(format!("its last word is not a status: {error}")),
                };
            }
            _ => {}
        }
    }
}
