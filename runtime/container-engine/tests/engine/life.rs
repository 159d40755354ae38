//! A pod from its creation to its deletion.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use windlass_agent_client::protocol::{Command, CommandId, Record};
use windlass_engine::ports::driver::Driver;
use windlass_model::pod::{Mount, Volume, paths};

use crate::support::{BUSYBOX, EMPTY, client, pod, scene};

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_command_has_its_exit_code_and_keeps_its_error_output_apart() {
    scene(async |scene| {
        let pod = pod("codes", BUSYBOX);
        scene
            .run(&pod, async || {
                let (output, code) = scene.output(&pod, "main", &["sh", "-c", "echo out; echo err >&2; exit 7"], b"").await?;
                assert_eq!((output.as_slice(), code), (b"out\n".as_slice(), 7));
                let (_, code) = scene.output(&pod, "main", &["sh", "-c", "no-such-program"], b"").await?;
                assert_eq!(code, 127, "a shell's own word is its exit code");
                let Err(missing) = scene.output(&pod, "main", &["/no/such/program"], b"").await else { panic!("it ran") };
                assert!(missing.to_string().contains("/no/such/program"), "{missing}");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_command_answers_while_its_input_stays_open() {
    scene(async |scene| {
        let pod = pod("talk", BUSYBOX);
        scene
            .run(&pod, async || {
                let mut exec = scene.driver.exec(&pod, "main", &["cat".to_owned()]).await?;
                for line in [b"one", b"two"] {
                    exec.stdin.write_all(line).await?;
                    exec.stdin.flush().await?;
                    let mut answer = [0; 3];
                    exec.stdout.read_exact(&mut answer).await?;
                    assert_eq!(&answer, line);
                }
                drop(exec.stdin);
                assert_eq!(exec.done.await?, 0);
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn an_image_made_from_scratch_is_supervised_too() {
    scene(async |scene| {
        let pod = pod("scratch", EMPTY);
        scene
            .run(&pod, async || {
                let agent = client(Arc::clone(&scene.driver), &pod).await?;
                let id = CommandId::new("version")?;
                let mut command = Command::new(id.clone(), paths::AGENT);
                command.args = vec!["version".into()];
                agent.start(command).await?;
                let mut output = agent.follow(&id);
                let mut said = Vec::new();
                while let Some(bytes) = output.next().await? {
                    said.extend_from_slice(&bytes);
                }
                assert!(said.starts_with(b"windlass agent "), "{said:?}");
                assert!(output.record().is_some_and(Record::succeeded));
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn volumes_belong_to_the_pod_and_are_open_to_all() {
    scene(async |scene| {
        let mut pod = pod("volumes", BUSYBOX);
        pod.volumes = vec![Volume { name: "work".into(), in_memory: false }, Volume { name: "fast".into(), in_memory: true }];
        let mounts = [("work", "/volume", false), ("work", "/again", true), ("fast", "/fast", false)];
        if let Some(main) = pod.containers.first_mut() {
            main.mounts =
                mounts.map(|(volume, path, read_only)| Mount { volume: volume.into(), path: path.into(), read_only }).into();
        }
        scene
            .run(&pod, async || {
                assert_eq!(scene.sh(&pod, "main", "stat -c %a /volume /fast").await?, "777\n777\n");
                assert_eq!(scene.sh(&pod, "main", "echo x > /volume/f; cat /again/f").await?, "x\n");
                assert_eq!(scene.sh(&pod, "main", "touch /again/g 2>/dev/null || echo refused").await?, "refused\n");
                assert_eq!(scene.sh(&pod, "main", "touch /windlass/bin/x 2>/dev/null || echo refused").await?, "refused\n");
                let kinds =
                    scene.sh(&pod, "main", "grep -E ' (/fast|/windlass/run) ' /proc/mounts | cut -d' ' -f2,3 | sort").await?;
                assert_eq!(kinds, "/fast tmpfs\n/windlass/run tmpfs\n");
                Ok(())
            })
            .await
    });
}
