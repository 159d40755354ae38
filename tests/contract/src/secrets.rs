//! Values that a task's commands may use and nobody may see.

use secrecy::SecretSlice;
use windlass_agent_client::protocol::message::Secret;
use windlass_agent_client::protocol::{self, Command, CommandId, Outcome, StartFailure, Stdin, Value};
use windlass_engine::ports::driver::{DriverError, SecretValues};
use windlass_model::pod::MAIN;
use windlass_model::secret::{EnvValue, EnvVar, SecretName};

use crate::pod::running;
use crate::{Subject, Tested, client};

/// The agent gets each secret byte for byte, and masks it in what comes out. No container has it before.
pub async fn secrets_reach_the_agent_and_are_masked(subject: &Subject) -> Tested {
    let mut pod = subject.pod("secrets");
    let key = SecretName::new("KEY")?;
    pod.secrets = vec![key.clone()];
    // Two lines, the last with its end, as key files have them.
    let value = b"swordfish\ncorrect horse battery staple\n";
    let values = SecretValues::from([(key, SecretSlice::from(value.to_vec()))]);
    let name = protocol::SecretName::new("KEY")?;
    subject
        .with(&pod, &values, async |events| {
            running(events, MAIN).await?;
            let agent = client(&subject.driver, &pod).await?;
            let mut early = Command::new(CommandId::new("early")?, "true");
            early.stdin = Stdin::Value(Value::Secret(name.clone()));
            agent.start(early).await?;
            let outcome = agent.wait(&CommandId::new("early")?).await?.outcome;
            assert_eq!(outcome, Outcome::NotStarted(StartFailure::UnknownSecret(name.clone())), "nobody has told it");
            agent.put_secrets(vec![(name.clone(), Secret(value.to_vec()))]).await?;
            let id = CommandId::new("show")?;
            let mut command = Command::new(id.clone(), "sh").arg("-c").arg("tee /dev/stderr | wc -c");
            command.stdin = Stdin::Value(Value::Secret(name));
            agent.start(command).await?;
            let mut output = agent.follow(&id);
            let mut said = Vec::new();
            while let Some(bytes) = output.next().await? {
                said.extend_from_slice(&bytes);
            }
            let said = String::from_utf8(said)?;
            assert!(said.contains(&value.len().to_string()), "every byte arrived: {said}");
            assert!(said.contains(windlass_redact::MASK) && !said.contains("swordfish") && !said.contains("battery"), "{said}");
            Ok(())
        })
        .await
}

/// A pod that has a secret in a container's environment, to which nobody gave a value, is not begun.
pub async fn a_secret_without_a_value_is_refused_before_anything_is_made(subject: &Subject) -> Tested {
    let mut pod = subject.pod("no-value");
    let mut sidecar = subject.sidecar("sidecar", "exec sleep 1000");
    sidecar.env = vec![EnvVar { name: "KEY".into(), value: EnvValue::Secret(SecretName::new("KEY")?) }];
    pod.containers.push(sidecar);
    let refused = subject.driver.create(&pod, &SecretValues::new()).await;
    assert!(matches!(&refused, Err(DriverError::Refused { message, .. }) if message.contains("KEY")), "{refused:?}");
    assert!(!subject.stands(&pod).await?, "nothing stands");
    Ok(())
}
