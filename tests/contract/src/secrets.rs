//! Values that a task's commands may use and nobody may see.

use secrecy::SecretSlice;
use windlass_agent_client::protocol::{self, Channel, Command, CommandId, Stdin, Value};
use windlass_engine::ports::driver::{DriverError, SecretValues};
use windlass_model::pod::MAIN;
use windlass_model::secret::SecretName;

use crate::pod::running;
use crate::{Subject, Tested, client};

/// The agent knows each secret from its start, byte for byte, and masks it in what comes out.
pub async fn secrets_reach_the_agent_and_are_masked(subject: &Subject) -> Tested {
    let mut pod = subject.pod("secrets");
    let key = SecretName::new("KEY")?;
    pod.secrets = vec![key.clone()];
    // Two lines, the last with its end, as key files have them.
    let value = b"swordfish\ncorrect horse battery staple\n";
    let values = SecretValues::from([(key, SecretSlice::from(value.to_vec()))]);
    subject
        .with(&pod, &values, async |events| {
            running(events, MAIN).await?;
            let agent = client(&subject.driver, &pod).await?;
            let known: Vec<&str> = agent.greeting().secrets.iter().map(protocol::SecretName::as_str).collect();
            assert_eq!(known, ["KEY"]);
            let id = CommandId::new("show")?;
            let mut command = Command::new(id.clone(), "sh").arg("-c").arg("tee /dev/stderr | wc -c");
            command.stdin = Stdin::Value(Value::Secret(protocol::SecretName::new("KEY")?));
            agent.start(command).await?;
            let mut output = agent.follow(&id, Channel::Output);
            let mut said = Vec::new();
            while let Some(bytes) = output.next().await? {
                said.extend_from_slice(&bytes);
            }
            let said = String::from_utf8(said)?;
            assert!(said.contains(&value.len().to_string()), "every byte arrived: {said}");
            assert!(said.contains(protocol::MASK) && !said.contains("swordfish") && !said.contains("battery"), "{said}");
            Ok(())
        })
        .await
}

/// A pod whose secret nobody gave a value is not begun.
pub async fn a_secret_without_a_value_is_refused_before_anything_is_made(subject: &Subject) -> Tested {
    let mut pod = subject.pod("no-value");
    pod.secrets = vec![SecretName::new("KEY")?];
    let refused = subject.driver.create(&pod, &SecretValues::new()).await;
    assert!(matches!(&refused, Err(DriverError::Refused { message, .. }) if message.contains("KEY")), "{refused:?}");
    assert!(!subject.stands(&pod).await?, "nothing stands");
    Ok(())
}
