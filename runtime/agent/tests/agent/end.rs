//! How the agent ends, and what becomes of the commands.

use std::time::Duration;

use windlass_agent_client::protocol::{Interruption, Outcome};
use windlass_agent_client::{AgentClient, Options};

use crate::support::{Agent, TestResult, id, quick, shell};

/// Says "ready", and exits with 0 when it is told to end: the worst of liars.
const LIAR: &str = "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done";

/// Starts it and waits until it is ready.
async fn liar(client: &AgentClient) -> Result<windlass_agent_client::Output, Box<dyn std::error::Error>> {
    client.start(shell("liar", LIAR)).await?;
    let mut output = client.follow(&id("liar"));
    let first = output.next().await?;
    assert_eq!(first.as_deref(), Some(&b"ready\n"[..]));
    Ok(output)
}

/// Reads on to the record.
async fn outcome(mut output: windlass_agent_client::Output) -> Result<Outcome, Box<dyn std::error::Error>> {
    while output.next().await?.is_some() {}
    let record = output.record().ok_or("no record")?;
    Ok(record.outcome.clone())
}

#[tokio::test]
async fn sigterm_is_forwarded_and_never_a_success() -> TestResult {
    let mut agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let output = liar(&client).await?;
    // Other commands come and go meanwhile.
    for n in 0..3 {
        let name = format!("n{n}");
        client.start(shell(&name, "true")).await?;
        assert!(client.wait(&id(&name)).await?.succeeded());
    }
    agent.terminate()?;
    let expected = Outcome::Interrupted(Interruption::Terminated);
    assert_eq!(outcome(output).await?, expected);
    drop(client);
    assert_eq!(agent.ended().await?.code(), Some(143));
    Ok(())
}

#[tokio::test]
async fn commands_that_ignore_sigterm_are_killed_after_the_grace() -> TestResult {
    let mut agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let script = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    client.start(shell("stubborn", script)).await?;
    let mut output = client.follow(&id("stubborn"));
    output.next().await?;
    agent.terminate()?;
    let expected = Outcome::Interrupted(Interruption::Terminated);
    assert_eq!(outcome(output).await?, expected);
    drop(client);
    assert_eq!(agent.ended().await?.code(), Some(143));
    Ok(())
}

#[tokio::test]
async fn the_deadline_ends_everything() -> TestResult {
    let mut agent = Agent::start(&["--deadline", "1"])?;
    let client = agent.client().await?;
    let output = liar(&client).await?;
    let expected = Outcome::Interrupted(Interruption::Deadline);
    assert_eq!(outcome(output).await?, expected);
    drop(client);
    assert_eq!(agent.ended().await?.code(), Some(124));
    Ok(())
}

#[tokio::test]
async fn a_host_that_went_silent_ends_everything() -> TestResult {
    let mut agent = Agent::start(&["--heartbeat", "1"])?;
    let often = Options { keep_alive: Duration::from_millis(100), ..quick() };
    let client = agent.client_over(agent.connector(), often).await?;
    // A host that says nothing but that it lives is not silent.
    client.start(shell("long", "sleep 2.5")).await?;
    assert!(client.wait(&id("long")).await?.succeeded());
    client.start(shell("liar", LIAR)).await?;
    drop(client);
    assert_eq!(agent.ended().await?.code(), Some(125));
    Ok(())
}
