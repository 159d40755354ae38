//! Secrets reach the agent's memory and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretSlice;
use windlass_agent_client::protocol::message::Secret;
use windlass_agent_client::protocol::{self, Command, CommandId, Stdin, Value};
use windlass_engine::ports::driver::SecretValues;
use windlass_model::secret::{EnvValue, EnvVar, SecretName};

use crate::support::{BUSYBOX, client, none, pod, scene, sidecar};

fn given(name: &str, value: &[u8]) -> Result<SecretValues, windlass_model::secret::InvalidSecretName> {
    Ok(BTreeMap::from([(SecretName::new(name)?, SecretSlice::from(value.to_vec()))]))
}

/// Proves that no object of the engine holds a step's secret, and that nothing in the container shows it once its agent was told.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn the_agent_has_the_secrets_that_it_was_told_and_nothing_else_has() {
    scene(async |scene| {
        let mut pod = pod("secret", BUSYBOX);
        // More than a pipe holds, so that it is read while it is written.
        let value: String = (0..200_000_u32).map(|i| char::from(b'a' + (i.wrapping_mul(7919) >> 3) as u8 % 26)).collect();
        pod.secrets = vec![SecretName::new("KEY")?];
        scene
            .with_running(&pod, &none(), async || {
                let agent = client(Arc::clone(&scene.driver), &pod).await?;
                let key = protocol::SecretName::new("KEY")?;
                agent.put_secrets(vec![(key.clone(), Secret(value.clone().into_bytes()))]).await?;
                let id = CommandId::new("count")?;
                let mut command = Command::new(id.clone(), "wc");
                command.args = vec!["-c".into()];
                command.stdin = Stdin::Value(Value::Secret(key));
                agent.start(command).await?;
                let mut output = agent.follow(&id);
                let count = output.next().await?.unwrap_or_default();
                assert_eq!(String::from_utf8_lossy(&count).trim(), "200000");

                let piece = value.get(..40).unwrap_or_default();
                let found = scene
                    .sh(
                        &pod,
                        "main",
                        &format!("grep -rl {piece} /windlass /etc /tmp /proc/1/environ 2>/dev/null || echo nowhere"),
                    )
                    .await?;
                assert_eq!(found, "nowhere\n");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_sidecars_secret_is_in_its_environment() {
    scene(async |scene| {
        let mut pod = pod("side-secret", BUSYBOX);
        let mut side = sidecar("side", "sleep 1000");
        side.env = vec![EnvVar { name: "TOKEN".into(), value: EnvValue::Secret(SecretName::new("T")?) }];
        pod.containers.push(side);
        scene
            .with_running(&pod, &given("T", b"s3cr3t")?, async || {
                assert_eq!(scene.sh(&pod, "side", "echo $TOKEN").await?, "s3cr3t\n");
                Ok(())
            })
            .await
    });
}
