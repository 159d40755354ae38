//! Output that nobody takes in time.

use windlass_agent_client::protocol::Outcome;

use crate::support::{Agent, TestResult, id, shell, until};

const MIB: u64 = 1 << 20;

#[tokio::test]
async fn a_slow_reader_slows_the_command_down_and_loses_nothing() -> TestResult {
    let limit = 8 * MIB;
    let agent = Agent::start(&["--spool-limit", &limit.to_string()])?;
    let client = agent.client().await?;
    let total = 200_000_000;
    let script = format!("head -c {total} /dev/zero");
    client.start(shell("much", &script)).await?;

    // With nobody reading, the spool fills, and the command waits.
    until("the spool is full", || Ok(agent.spooled()? >= limit)).await?;
    assert!(client.stats().await?.spooled <= limit);

    let mut output = client.follow(&id("much"));
    let (mut count, mut most, mut turns) = (0u64, 0, 0);
    while let Some(bytes) = output.next().await? {
        count += bytes.len() as u64;
        turns += 1;
        if turns % 50 == 0 {
            most = most.max(agent.spooled()?);
        }
    }
    assert_eq!(count, total);
    assert_eq!(output.record().map(|record| &record.outcome), Some(&Outcome::Exited(0)));
    // What is acknowledged is dropped in segments of 1 MiB.
    assert!(most <= limit + 2 * MIB, "the spool held {most} bytes");
    until("the spool is empty", || Ok(agent.spooled()? < MIB)).await
}

#[tokio::test]
async fn an_output_that_nobody_takes_does_not_keep_the_container_alive() -> TestResult {
    let mut agent = Agent::start(&["--spool-limit", "100000"])?;
    let client = agent.client().await?;
    client.start(shell("stuck", "head -c 10000000 /dev/zero")).await?;
    until("the spool is full", || Ok(agent.spooled()? >= 100_000)).await?;
    agent.terminate()?;
    assert_eq!(agent.ended().await?.code(), Some(143));
    Ok(())
}
