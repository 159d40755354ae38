//! Secrets reach the agent's memory and nothing else.

use std::collections::BTreeMap;

use secrecy::SecretSlice;
use windlass_agent_protocol::frame;
use windlass_agent_protocol::message::{Call, Request, Secret};
use windlass_engine::ports::driver::{Driver, DriverError, SecretValues};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};

use crate::support::{BUSYBOX, none, pod, scene, sidecar};

fn given(name: &str, value: &[u8]) -> Result<SecretValues, windlass_model::secret::InvalidSecretName> {
    Ok(BTreeMap::from([(SecretName::new(name)?, SecretSlice::from(value.to_vec()))]))
}

#[test]
fn the_first_process_reads_the_secrets_before_anything_else() {
    scene(async |scene| {
        let mut pod = pod("secret", BUSYBOX);
        let value: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        pod.secrets = vec![SecretName::new("KEY")?];
        scene
            .with_running(&pod, &given("KEY", &value)?, async || {
                let script = "until [ -e /windlass/spool/written ]; do usleep 10000; done; cat /windlass/run/received";
                let (received, _) = scene.output(&pod, "main", &["sh", "-c", script], b"").await?;
                let call = frame::read::<Call>(&mut received.as_slice())?;
                let expected =
                    Request::PutSecret { name: windlass_agent_protocol::SecretName::new("KEY")?, value: Secret(value) };
                assert!(call.is_some_and(|c| c.request == expected), "another request arrived");
                Ok(())
            })
            .await
    });
}

#[test]
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

#[test]
fn a_secret_without_a_value_is_refused_before_anything_is_made() {
    scene(async |scene| {
        let mut pod = pod("no-value", BUSYBOX);
        pod.secrets = vec![SecretName::new("KEY")?];
        let refused = scene.driver.create(&pod, &none()).await;
        let Err(DriverError::Refused { message, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(message, "secret KEY has no value");
        assert_eq!(scene.left_of(&pod).await?, Vec::<String>::new());
        Ok(())
    });
}
