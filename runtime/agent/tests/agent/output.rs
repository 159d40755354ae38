//! Output on its way to the host: masked, in order, complete.

use std::time::Duration;

use futures::StreamExt;
use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::Failure;

use crate::support::{Agent, TestResult, collect, id, run, secret, shell, until};

#[tokio::test]
async fn a_secret_written_in_pieces_is_masked() -> TestResult {
    let agent = Agent::with_secrets(&[("PASSWORD", "hunter2\nsecond line\n")], &[])?;
    let client = agent.client().await?;
    let script = "for part in a hu nt er2 ' ' 'second' ' line' b; do printf '%s' \"$part\"; sleep 0.02; done; \
                  printf 'hunter2\\nsecond line\\n' | base64";
    let (output, record) = run(&client, shell("pieces", script)).await?;
    // The bits of the value's last byte that share a character with what follows it tell nothing.
    let mask = "HIDDEN-BY-WINDLASS";
    assert_eq!(output, format!("a{mask} {mask}b{mask}Qo=\n"));
    assert_eq!(record.output.bytes, output.len() as u64);
    Ok(())
}

#[tokio::test]
async fn output_is_live() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let go = agent.path("go");
    let script = format!("echo asked; until test -e {}; do sleep 0.01; done; echo went", go.display());
    client.start(shell("live", &script)).await?;
    let mut output = client.follow(&id("live"));
    assert_eq!(output.next().await?.as_deref(), Some(&b"asked\n"[..]));
    assert_eq!(output.record(), None);
    std::fs::write(go, "")?;
    assert_eq!(output.next().await?.as_deref(), Some(&b"went\n"[..]));
    assert_eq!(output.next().await?, None);
    assert!(output.record().is_some_and(|record| record.succeeded()));
    Ok(())
}

#[tokio::test]
async fn output_can_be_pulled_in_small_parts_and_as_a_stream() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    client.start(shell("small", "printf 1234567890")).await?;
    let mut output = client.follow(&id("small"));
    let mut parts = Vec::new();
    while let Some(part) = output.read(4).await? {
        assert!(part.len() <= 4);
        parts.extend_from_slice(&part);
    }
    assert_eq!(parts, b"1234567890");

    client.start(shell("stream", "printf 1234567890")).await?;
    let mut output = client.follow(&id("stream"));
    let mut all = Vec::new();
    while let Some(bytes) = StreamExt::next(&mut output).await {
        all.extend_from_slice(&bytes?);
    }
    assert_eq!(all, b"1234567890");
    assert!(output.record().is_some());
    Ok(())
}

#[tokio::test]
async fn a_reader_that_is_dropped_can_be_replaced() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let go = agent.path("go");
    let script = format!("echo first; until test -e {}; do sleep 0.01; done; echo second", go.display());
    client.start(shell("twice", &script)).await?;
    let mut output = client.follow(&id("twice"));
    assert_eq!(output.next().await?.as_deref(), Some(&b"first\n"[..]));
    drop(output);
    // Nothing was acknowledged yet, so another reader finds all of it.
    let mut output = client.follow(&id("twice"));
    assert_eq!(output.next().await?.as_deref(), Some(&b"first\n"[..]));
    std::fs::write(go, "")?;
    assert_eq!(output.next().await?.as_deref(), Some(&b"second\n"[..]));
    assert_eq!(output.next().await?, None);

    // All was acknowledged: nothing is left, and saying that it is all would be a lie.
    until("the output is dropped", || Ok(agent.spooled()? == 0)).await?;
    let again = client.follow(&id("twice")).next().await;
    assert!(matches!(&again, Err(ClientError::Refused(Failure::Trimmed { available_from: 13 }))), "{again:?}");
    Ok(())
}

#[tokio::test]
async fn waiting_can_be_given_up() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    client.start(shell("long", "exec sleep 1000")).await?;
    let waited = tokio::time::timeout(Duration::from_millis(50), client.wait(&id("long"))).await;
    assert!(waited.is_err());
    // The connection is as good as before.
    assert!(run(&client, shell("other", "echo ok")).await?.1.succeeded());
    client.stop(&id("long"), Duration::ZERO).await?;
    Ok(())
}

#[tokio::test]
async fn many_commands_share_one_connection() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let client = client.clone();
            tokio::spawn(async move {
                let name = format!("n{n}");
                let script = format!("seq 1 {}", 1000 * n);
                client.start(shell(&name, &script)).await?;
                let collected = collect(&client, &id(&name)).await;
                collected
                    .map(|(bytes, _)| bytes.iter().filter(|b| **b == b'\n').count())
                    .map_err(|error| ClientError::Unexpected { what: error.to_string() })
            })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await??, 1000 * n);
    }
    Ok(())
}

#[tokio::test]
async fn a_late_secret_is_masked_in_running_commands() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let go = agent.path("go");
    let script = format!("echo topsecret; until test -e {}; do sleep 0.01; done; echo topsecret", go.display());
    client.start(shell("late", &script)).await?;
    let mut output = client.follow(&id("late"));
    assert_eq!(output.next().await?.as_deref(), Some(&b"topsecret\n"[..]));
    client.put_secrets(vec![secret("LATE", "topsecret")]).await?;
    std::fs::write(go, "")?;
    let next = output.next().await?;
    assert_eq!(next.as_deref(), Some(&b"HIDDEN-BY-WINDLASS\n"[..]));
    Ok(())
}
