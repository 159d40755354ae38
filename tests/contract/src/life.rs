//! A pod from its creation to its deletion.

use std::time::Duration;

use futures::StreamExt as _;
use windlass_agent_client::protocol::{Command, CommandId};
use windlass_engine::ports::driver::{DriverError, PodEvent, SecretValues};
use windlass_model::pod::MAIN;

use crate::pod::{next, running};
use crate::{Subject, Tested, client};

/// A creation that is repeated makes no second pod, and does no harm to the first.
pub async fn creating_twice_makes_one_pod(subject: &Subject) -> Tested {
    let pod = subject.pod("twice");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            let agent = client(&subject.driver, &pod).await?;
            subject.driver.create(&pod, &SecretValues::new()).await?;
            let standing = subject.driver.list().await?;
            assert_eq!(standing.iter().filter(|standing| standing.name == pod.name).count(), 1);
            assert!(agent.stats().await.is_ok(), "the first one's agent still answers");
            Ok(())
        })
        .await
}

/// A watch begins with the present state, however late.
pub async fn whoever_watches_later_learns_what_runs(subject: &Subject) -> Tested {
    let mut pod = subject.pod("watch");
    pod.containers.push(subject.sidecar("beside", "sleep 600"));
    subject
        .with(&pod, &SecretValues::new(), async |first| {
            let both = async |events: &mut _| {
                let mut names = Vec::new();
                while names.len() < 2 {
                    if let PodEvent::Running { container } = next(events, |e| matches!(e, PodEvent::Running { .. })).await? {
                        names.push(container);
                    }
                }
                names.sort();
                assert_eq!(names, ["beside", MAIN]);
                Tested::Ok(())
            };
            both(first).await?;
            both(&mut subject.driver.watch(&pod)).await
        })
        .await
}

/// The agent runs in the main container, and answers whoever runs its program there.
pub async fn the_agent_takes_commands_over_an_exec(subject: &Subject) -> Tested {
    let pod = subject.pod("agent");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            let agent = client(&subject.driver, &pod).await?;
            let id = CommandId::new("hello")?;
            agent.start(Command::new(id.clone(), "sh").arg("-c").arg("echo hello; exit 7")).await?;
            let mut output = agent.follow(&id);
            let mut said = Vec::new();
            while let Some(bytes) = output.next().await? {
                said.extend_from_slice(&bytes);
            }
            assert_eq!(said, b"hello\n");
            let record = output.record().ok_or("no record")?;
            assert_eq!(record.outcome, windlass_agent_client::protocol::Outcome::Exited(7));
            // Both drivers run pods on the machine of the test.
            let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
            assert_eq!(agent.architecture().await?, machine);
            Ok(())
        })
        .await
}

/// Both directions of an exec carry any bytes, more of them than anything on the way buffers.
pub async fn every_byte_comes_back_as_it_was_sent(subject: &Subject) -> Tested {
    let pod = subject.pod("echo");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            // Every byte value, in no order that a lost or doubled piece would keep.
            let sent: Vec<u8> = (0..10_u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
            let (received, code) = subject.run(&pod, &["cat"], &sent).await?;
            assert_eq!((received.len(), code), (sent.len(), 0));
            assert!(received == sent, "the bytes differ");
            Ok(())
        })
        .await
}

/// An exec ends with its command's exit code, and error output stays out of what the command says.
pub async fn a_command_has_an_exit_code_and_what_is_not_there_does_not_run(subject: &Subject) -> Tested {
    let pod = subject.pod("codes");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            let (output, code) = subject.run(&pod, &["sh", "-c", "echo out; echo err >&2; exit 7"], b"").await?;
            assert_eq!((output.as_slice(), code), (b"out\n".as_slice(), 7));
            let missing = subject.run(&pod, &["/no/such/program"], b"").await.map(|(_, code)| code);
            assert!(!matches!(missing, Ok(0)), "{missing:?}");
            Ok(())
        })
        .await
}

/// After a deletion nothing of the pod stands, every question about it has an answer, and deleting it again is no error.
pub async fn deletion_leaves_nothing_and_may_be_repeated(subject: &Subject) -> Tested {
    let mut pod = subject.pod("delete");
    pod.containers.push(subject.sidecar("beside", "sleep 600"));
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            assert!(subject.stands(&pod).await?);
            subject.driver.delete(&pod, Duration::from_secs(1)).await?;
            assert!(!subject.stands(&pod).await?);
            next(events, |e| *e == PodEvent::Gone).await?;
            assert_eq!(events.next().await, None, "nothing comes after Gone");
            assert_eq!(subject.driver.autopsy(&pod).await?, [PodEvent::Gone]);
            let exec = subject.driver.exec(&pod, MAIN, &["true".to_owned()]).await;
            assert!(matches!(exec, Err(DriverError::NotRunning { .. })), "a command ran in a pod that is gone");
            subject.driver.delete(&pod, Duration::ZERO).await?;
            Ok(())
        })
        .await
}
