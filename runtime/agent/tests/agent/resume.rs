//! Streams that are cut, and agents that are lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::process::Signal;
use windlass_agent_client::protocol::{Call, Extent, Key, Outcome, Reply, Request, Response};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};

use crate::scripted::{Scripted, record};
use crate::support::{Agent, Brittle, TestResult, alive, collect, id, quick, run, shell, signal, until};

#[tokio::test]
async fn output_is_whole_however_often_the_stream_is_cut() -> TestResult {
    let agent = Agent::start(&[])?;
    let expected: Vec<u8> = (1..=200_000u32).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    let mut cuts = 0;
    for seed in 0..8u64 {
        let brittle = Brittle::new(agent.connector(), seed, 200_000 + 50_000 * seed);
        let connections = Arc::clone(&brittle.connections);
        let client = agent.client_over(brittle, quick()).await?;
        let name = format!("seq{seed}");
        client.start(shell(&name, "seq 1 200000")).await?;
        let (bytes, record) = collect(&client, &id(&name)).await?;
        assert!(bytes == expected, "seed {seed}: the bytes differ");
        assert!(record.succeeded());
        cuts += connections.load(Ordering::Relaxed) - 1;
    }
    println!("{cuts} cuts");
    assert!(cuts > 20, "the stream was cut {cuts} times only");
    Ok(())
}

#[tokio::test]
async fn cut_streams_start_commands_once() -> TestResult {
    let agent = Agent::start(&[])?;
    let brittle = Brittle::new(agent.connector(), 7, 600);
    let connections = Arc::clone(&brittle.connections);
    let client = agent.client_over(brittle, quick()).await?;
    let file = agent.path("count");
    for n in 0..30 {
        let name = format!("n{n}");
        let script = format!("echo {n} >> {}; echo {n}", file.display());
        let (output, record) = run(&client, shell(&name, &script)).await?;
        assert_eq!(output, format!("{n}\n"));
        assert!(record.succeeded());
    }
    let lines: Vec<String> = (0..30).map(|n| format!("{n}\n")).collect();
    assert_eq!(std::fs::read_to_string(file)?, lines.concat());
    assert!(connections.load(Ordering::Relaxed) > 10);
    Ok(())
}

#[tokio::test]
async fn an_agent_that_is_gone_is_lost() -> TestResult {
    let mut agent = Agent::start(&[])?;
    let options = Options { attempts: 2, connect_timeout: Duration::from_millis(200), ..quick() };
    let client = agent.client_over(agent.connector(), options).await?;
    client.start(shell("echo", "echo $$; exec sleep 1000")).await?;
    let mut output = client.follow(&id("echo"));
    let pid = output.next().await?.ok_or("no output")?;
    let pid = String::from_utf8(pid.to_vec())?.trim().parse()?;
    agent.kill()?;
    let lost = output.next().await;
    assert!(matches!(&lost, Err(ClientError::Lost { attempts: 2, .. })), "{lost:?}");
    // A later request tries again.
    let lost = client.stats().await;
    assert!(matches!(&lost, Err(ClientError::Lost { .. })), "{lost:?}");
    signal(pid, Signal::KILL)?;
    Ok(())
}

/// A container that is over.
struct Gone;

impl Connector for Gone {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        Err(ConnectError::gone("the pod was evicted"))
    }
}

#[tokio::test]
async fn a_container_that_is_gone_is_not_tried_twice() {
    let lost = AgentClient::adopt(Gone, Key::random().unwrap_or_else(|e| panic!("{e}")), quick()).await.err();
    assert!(matches!(&lost, Some(ClientError::Lost { attempts: 1, .. })), "{lost:?}");
}

#[tokio::test]
async fn an_agent_that_was_started_anew_is_not_taken_for_the_one_before() -> TestResult {
    let mut agent = Agent::start(&[])?;
    let client = agent.client().await?;
    client.start(shell("running", "echo $$; exec sleep 1000")).await?;
    let mut output = client.follow(&id("running"));
    let pid = output.next().await?.ok_or("no output")?;
    let pid: u32 = String::from_utf8(pid.to_vec())?.trim().parse()?;
    agent.replace()?;
    let restarted = output.next().await;
    assert!(matches!(&restarted, Err(ClientError::Restarted)), "{restarted:?}");
    signal(pid, Signal::KILL)?;
    until("it is gone", || Ok(!alive(pid))).await
}

/// An agent that says something else than it did: the record of one command with the bytes of another.
#[tokio::test]
async fn output_that_differs_from_its_record_is_no_success() -> TestResult {
    let liar = Scripted::new(|Call { number, request }| {
        let Request::Follow { id, .. } = request else { return Vec::new() };
        let bytes = if id.as_str() == "short" { 6 } else { 5 };
        let record = record(&id, Outcome::Exited(0), Extent { bytes, sha256: [0; 32] });
        let responses = [Response::Data { offset: 0, bytes: b"12345".to_vec() }, Response::Finished(record)];
        responses.map(|response| Reply { number, response }).into()
    });
    let client = liar.client().await?;
    for name in ["short", "other"] {
        let mut output = client.follow(&id(name));
        assert!(output.next().await?.is_some());
        let end = output.next().await;
        assert!(matches!(&end, Err(ClientError::Damaged { .. })), "{end:?}");
        assert_eq!(output.record(), None);
        // It stays so.
        assert!(output.next().await.is_err());
    }
    Ok(())
}
