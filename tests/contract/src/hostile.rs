//! Commands that want more than they were given: of a container's agent they learn nothing, and obtain nothing from it.

use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::message::{Content, Secret};
use windlass_agent_client::protocol::{
    Command, CommandId, Hello, Key, Nonce, Refusal, SecretName, Stdin, VERSION, Value, Welcome, frame,
};
use windlass_engine::ports::driver::SecretValues;
use windlass_model::pod::{MAIN, Process, paths};

use crate::pod::running;
use crate::{Subject, Tested, agent};

/// The container that a plugin brought.
const BROUGHT: &str = "brought";

/// What an agent is told and nobody may find.
const SECRET: &str = "swordfish-and-chips";

/// Prints what it could read of the agent, and of windlass' directories: nothing, in a container of no special rights.
const LOOK: &str = "cd /proc/1; head -c1 environ >/dev/null 2>&1 && echo environ; head -c1 maps >/dev/null 2>&1 && echo maps; \
    readlink exe >/dev/null 2>&1 && echo exe; readlink fd/0 >/dev/null 2>&1 && echo fd; \
    dd if=mem bs=1 count=1 >/dev/null 2>&1 && echo mem; \
    find /windlass -type f ! -path /windlass/bin/agent ! -path '/windlass/bin/..*'; grep -rl swordfish-and /windlass /tmp 2>/dev/null; \
    echo end";

/// A command in the task's container, and one in a container that a plugin brought, can neither be the host of an agent nor look into one,
/// and find no secret but their own. Before, the first who asked the agent was obeyed, and all secrets of the task were files.
pub async fn commands_are_not_their_agents_hosts(subject: &Subject) -> Tested {
    let mut pod = subject.pod("hostile");
    let mut brought = subject.container(BROUGHT, Process::Supervised);
    brought.brought_by = Some("build".into());
    pod.containers.push(brought);
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            // They start in any order.
            let mut waiting = vec![MAIN, BROUGHT];
            while let Some(container) = waiting.pop() {
                if agent::client_of(&subject.driver, &pod, container).await.is_err() {
                    running(events, container).await?;
                    waiting.push(container);
                }
            }
            let main = agent::client_of(&subject.driver, &pod, MAIN).await?;
            main.put_secrets(vec![(SecretName::new("TOKEN")?, Secret(SECRET.into()))]).await?;
            for container in [MAIN, BROUGHT] {
                let client = agent::client_of(&subject.driver, &pod, container).await?;
                let seen = output(&client, Command::new(CommandId::new("look")?, "sh").arg("-c").arg(LOOK)).await?;
                assert_eq!(String::from_utf8_lossy(&seen), "end\n", "in {container}");

                // The words of a host that would be its first, through the program that hosts come through.
                let hello = Hello { version: VERSION, nonce: Nonce::random()?, adopt: Some(Key::random()?) };
                let said = SecretName::new("HELLO")?;
                client.put_secrets(vec![(said.clone(), Secret(frame::encode(&hello)?))]).await?;
                // It hangs up when its input ends, so that goes on.
                let script = format!("mkfifo /tmp/said; exec 3<>/tmp/said; cat >&3; {} connect <&3", paths::AGENT);
                let mut knock = Command::new(CommandId::new("knock")?, "sh").arg("-c").arg(script);
                knock.stdin = Stdin::Value(Value::Secret(said));
                let answer = output(&client, knock).await?;
                let welcome: Welcome = frame::decode(answer.get(frame::HEADER..).unwrap_or_default())?;
                assert_eq!(welcome, Welcome::Refused(Refusal::Taken), "in {container}");
            }
            Ok(())
        })
        .await
}

/// A program that a step brings runs from the step's private directory, which no other user enters, and is gone with it.
pub async fn programs_run_from_the_private_directory(subject: &Subject) -> Tested {
    let pod = subject.pod("program");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            let client = agent::client(&subject.driver, &pod).await?;
            let directory = format!("{}/step-1", subject.driver.run_directory());
            let program = format!("{directory}/program");
            client.put_file(&program, 0o700, Content::Bytes(crate::program().to_vec())).await?;
            let said = output(&client, Command::new(CommandId::new("run")?, program.as_str()).arg("version")).await?;
            assert!(said.starts_with(b"windlass agent "), "{}", String::from_utf8_lossy(&said));
            let script = format!("stat -c %a {directory} {}", subject.driver.run_directory());
            let modes = output(&client, Command::new(CommandId::new("modes")?, "sh").arg("-c").arg(script)).await?;
            assert_eq!(String::from_utf8_lossy(&modes), "700\n700\n");
            client.remove_directory(&directory).await?;
            assert_eq!(client.read_file(&program, 1 << 20).await?, None);
            Ok(())
        })
        .await
}

/// Runs a command to its end; what it printed.
async fn output(client: &AgentClient, command: Command) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let id = command.id.clone();
    client.start(command).await?;
    let mut output = client.follow(&id);
    let mut all = Vec::new();
    while let Some(bytes) = output.next().await? {
        all.extend_from_slice(&bytes);
    }
    Ok(all)
}
