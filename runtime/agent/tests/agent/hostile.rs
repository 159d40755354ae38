//! Agents that speak the protocol and mean harm: the host's memory and time have bounds.

use std::time::Duration;

use windlass_agent_client::protocol::message::Secret;
use windlass_agent_client::protocol::{Call, Extent, Outcome, Reply, Request, Response, SecretName, StartFailure, frame};
use windlass_agent_client::{ClientError, Options, Output};

use crate::scripted::{Scripted, record};
use crate::support::{TestResult, id, quick};

/// An agent that answers every request of one kind with these, and no other.
fn answering(
    wanted: impl Fn(&Request) -> bool + Send + 'static,
    mut responses: impl FnMut(&Request) -> Vec<Response> + Send + 'static,
) -> Scripted {
    Scripted::new(move |Call { number, request }| match wanted(&request) {
        true => responses(&request).into_iter().map(|response| Reply { number, response }).collect(),
        false => Vec::new(),
    })
}

fn following(request: &Request) -> bool {
    matches!(request, Request::Follow { .. })
}

fn data(offset: u64, length: usize) -> Response {
    Response::Data { offset, bytes: vec![b'x'; length] }
}

/// Reads to the end or to the error, one piece at a time.
async fn drain(mut output: Output) -> Result<u64, ClientError> {
    let mut count = 0;
    while let Some(bytes) = output.next().await? {
        count += bytes.len() as u64;
    }
    Ok(count)
}

/// Proves that queues of output are bounded: before, an agent could send without end to a host that does not read.
#[tokio::test]
async fn more_output_than_the_window_is_refused() -> TestResult {
    let window = 4 * frame::CHUNK as u64;
    let either = |request: &Request| following(request) || *request == Request::Stats;
    let flood = answering(either, move |request| match request {
        Request::Stats => vec![Response::Done],
        _ => (0..6u64).map(|n| data(n * frame::CHUNK as u64, frame::CHUNK)).collect(),
    });
    let client = flood.client_with(Options { window, ..quick() }).await?;
    let output = client.follow(&id("flood"));
    // The answer to it comes after all of the flood, which nobody has read.
    drop(client.stats().await);
    let end = drain(output).await;
    assert!(matches!(&end, Err(ClientError::Unexpected { what }) if what.contains("room")), "{end:?}");
    Ok(())
}

/// Proves that a stream of pieces without a byte ends: before, each of them was an item of an endless output.
#[tokio::test]
async fn output_of_no_bytes_is_refused() -> TestResult {
    let empty = answering(following, |_| vec![data(0, 1), data(1, 0)]);
    let end = drain(empty.client().await?.follow(&id("empty"))).await;
    assert!(matches!(&end, Err(ClientError::Unexpected { what }) if what.contains("no bytes")), "{end:?}");
    Ok(())
}

/// Proves that an offset at the end of all numbers is an error and no overflow.
#[tokio::test]
async fn offsets_beyond_all_numbers_are_refused() -> TestResult {
    let far = answering(following, |_| vec![data(u64::MAX, 1)]);
    let end = drain(far.client().await?.follow(&id("far"))).await;
    assert!(matches!(&end, Err(ClientError::Unexpected { .. })), "{end:?}");
    Ok(())
}

/// Proves that reading a file ends: before, a piece without a byte was asked for again, for ever.
#[tokio::test]
async fn a_file_in_empty_pieces_is_refused_and_so_is_more_than_was_asked_for() -> TestResult {
    for (length, limit) in [(0, 100), (102, 100), (2, 0)] {
        let file = answering(
            |request| matches!(request, Request::ReadFile { .. }),
            move |_| vec![Response::File { bytes: vec![0; length], end: false }],
        );
        let read = file.client().await?.read_file("/file", limit).await;
        assert!(matches!(&read, Err(ClientError::Unexpected { .. })), "{length}: {read:?}");
    }
    Ok(())
}

/// Proves that a record, or any other answer that is no bytes of a command or file, has a length that a person would read.
#[tokio::test]
async fn answers_as_long_as_files_are_refused() -> TestResult {
    let reason = "x".repeat(300 << 10);
    let long = answering(
        |request| matches!(request, Request::Wait { .. }),
        move |_| {
            let (action, reason) = (String::new(), reason.clone());
            let outcome = Outcome::NotStarted(StartFailure::System { action, reason });
            vec![Response::Finished(record(&id("long"), outcome, Extent { bytes: 0, sha256: [0; 32] }))]
        },
    );
    let client = long.client_with(Options { attempts: 2, ..quick() }).await?;
    // Neither is it asked for ever.
    let waited = client.wait(&id("long")).await;
    assert!(matches!(&waited, Err(ClientError::Lost { .. })), "{waited:?}");
    Ok(())
}

/// Proves that an agent which lives and does not answer does not hold the host up for ever.
#[tokio::test]
async fn an_agent_that_only_says_that_it_lives_is_given_up() -> TestResult {
    let mute = answering(|_| false, |_| Vec::new());
    let client = mute.client_with(Options { answer_time: Duration::from_millis(50), ..quick() }).await?;
    let silent = client.stats().await;
    assert!(matches!(&silent, Err(ClientError::Silent(_))), "{silent:?}");
    let secrets = vec![(SecretName::new("A")?, Secret(vec![1]))];
    let silent = client.put_secrets(secrets).await;
    assert!(matches!(&silent, Err(ClientError::Silent(_))), "{silent:?}");
    Ok(())
}
