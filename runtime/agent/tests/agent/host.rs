//! Who the agent's host is, and how the host knows its agent. Every process of the container can reach the socket, put another in its
//! place, and sit between the two.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use windlass_agent_client::protocol::seal::{self, End};
use windlass_agent_client::protocol::{
    Call, Command, Extent, Hello, Key, Nonce, Outcome, Refusal, Reply, Request, Response, VERSION, Value, Welcome, frame,
};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector};

use crate::between::Relay;
use crate::scripted::{content, record};
use crate::support::{Agent, TestResult, id, quick, run, secret, shell};

type Broken = Box<dyn std::error::Error + Send + Sync>;

fn sealed(sealer: &mut seal::Sealer, request: Request) -> Result<Vec<u8>, frame::FrameError> {
    let mut frame = Vec::new();
    sealer.seal_in(&mut frame, &Call { number: 1, request })?;
    Ok(frame)
}

/// Speaks with an agent's socket as any process of the container can, with a key of its own choice.
async fn knock(agent: &Agent, key: &Key, adopt: bool) -> Result<(UnixStream, Welcome, seal::Sealer, seal::Opener), Broken> {
    let mut stream = UnixStream::connect(agent.path("run/agent.sock")).await?;
    let hello = Hello { version: VERSION, nonce: Nonce::random()?, adopt: adopt.then(|| key.clone()) };
    stream.write_all(&frame::encode(&hello)?).await?;
    let welcome: Welcome = frame::decode(&content(&mut stream).await?)?;
    let met = if let Welcome::Met(nonce) = &welcome { *nonce } else { Nonce::random()? };
    let (sealer, opener) = seal::channel(key, &hello.nonce, &met, End::Host);
    Ok((stream, welcome, sealer, opener))
}

/// Proves that a second client is not the host, before any command and after: it was, and could read secrets and take commands over.
#[tokio::test]
async fn nobody_but_the_first_host_is_obeyed() -> TestResult {
    let agent = Agent::with_secrets(&[("TOKEN", "hunter2hunter2")], &[])?;
    let client = agent.client().await?;
    for round in ["before", "after"] {
        let other = Key::random()?;
        let adopted = AgentClient::adopt(agent.connector(), other.clone(), quick()).await.err();
        assert!(matches!(&adopted, Some(ClientError::Turned(Refusal::Taken))), "{round}: {adopted:?}");
        let connected = AgentClient::connect(agent.connector(), other.clone(), quick()).await.err();
        assert!(matches!(&connected, Some(ClientError::Impostor)), "{round}: {connected:?}");

        // Neither what it seals itself nor what it says in the open is done, and nothing that it gets can be read.
        let (mut stream, _, mut sealer, mut opener) = knock(&agent, &other, false).await.map_err(|e| e.to_string())?;
        let mark = agent.path("mark");
        let touch = || Request::Start(Box::new(Command::new(id("mark"), "touch").arg(mark.to_string_lossy().into_owned())));
        let mut greeting = content(&mut stream).await.map_err(|e| e.to_string())?;
        assert!(opener.open::<Reply>(&mut greeting).is_err());
        stream.write_all(&sealed(&mut sealer, touch())?).await?;
        let mut rest = Vec::new();
        assert_eq!(stream.read_to_end(&mut rest).await.unwrap_or(0), 0, "{round}: it is answered");
        let (mut stream, ..) = knock(&agent, &other, false).await.map_err(|e| e.to_string())?;
        stream.write_all(&frame::encode(&Call { number: 1, request: touch() })?).await?;
        content(&mut stream).await.map_err(|e| e.to_string())?;
        assert_eq!(stream.read_to_end(&mut rest).await.unwrap_or(0), 0, "{round}: it is answered");

        let (output, _) = run(&client, shell(round, "echo still here")).await?;
        assert_eq!((output.as_str(), mark.exists()), ("still here\n", false));
    }
    // The host itself may come from elsewhere, when it has the key.
    let again = AgentClient::connect(agent.connector(), agent.key.clone(), quick()).await?;
    assert!(again.wait(&id("before")).await?.succeeded());
    Ok(())
}

/// Proves that an agent without a host does nothing for whoever does not hand it a key.
#[tokio::test]
async fn an_agent_without_a_host_serves_nobody() -> TestResult {
    let agent = Agent::start(&[])?;
    let early = AgentClient::connect(agent.connector(), agent.key.clone(), quick()).await.err();
    assert!(matches!(&early, Some(ClientError::Restarted)), "{early:?}");
    agent.client().await?.stats().await?;
    Ok(())
}

/// A connector whose first stream ends when the agent has heard and the host has not.
struct Deaf<C>(C, AtomicU32);

impl<C: Connector> Connector for Deaf<C> {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let whole = self.0.connect().await?;
        if self.1.fetch_add(1, Ordering::SeqCst) > 0 {
            return Ok(whole);
        }
        let mut reader = whole.reader;
        let lost = async move {
            // What the agent said, so that it has heard; then nothing.
            let mut said = [0; 1];
            drop(reader.read_exact(&mut said).await);
        };
        let (ours, theirs) = tokio::io::duplex(64);
        tokio::spawn(async move {
            lost.await;
            drop(theirs);
        });
        Ok(Connection { reader: Box::new(ours), writer: whole.writer, guard: whole.guard })
    }
}

/// Proves that a host whose first word was answered in vain is not locked out.
#[tokio::test]
async fn a_first_word_whose_answer_was_lost_is_said_again() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client_over(Deaf(agent.connector(), AtomicU32::new(0)), quick()).await?;
    assert_eq!(run(&client, shell("a", "echo ok")).await?.0, "ok\n");
    Ok(())
}

/// Proves that a socket in the agent's place learns nothing and is not believed: before, it got commands and secrets, and could make
/// records up.
#[tokio::test]
async fn an_impostor_at_the_socket_is_told_nothing_and_found_out() -> TestResult {
    let agent = Agent::with_secrets(&[("TOKEN", "hunter2hunter2")], &[])?;
    let client = agent.client().await?;
    let command = shell("long", "echo $$; exec sleep 1000");
    client.start(command).await?;
    fs::remove_file(agent.path("run/agent.sock"))?;
    let listener = UnixListener::bind(agent.path("run/agent.sock"))?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await?;
            let said = content(&mut stream).await?;
            let hello: Hello = frame::decode(&said)?;
            noted.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&said);
            // It has no key, so it makes one up, and greets as an agent does; then it lies about a command.
            let nonce = Nonce::random()?;
            stream.write_all(&frame::encode(&Welcome::Met(nonce))?).await?;
            let (mut sealer, _) = seal::channel(&Key::random()?, &hello.nonce, &nonce, End::Agent);
            let lie = record(&id("long"), Outcome::Exited(0), Extent { bytes: 0, sha256: [0; 32] });
            let mut frame = Vec::new();
            sealer.seal_in(&mut frame, &Reply { number: 0, response: Response::Finished(lie) })?;
            stream.write_all(&frame).await?;
            let mut more = Vec::new();
            stream.read_to_end(&mut more).await?;
            noted.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&more);
        }
        #[expect(unreachable_code, reason = "it names the type of the errors")]
        Ok::<(), Broken>(())
    });
    // The present stream is the agent's; the next one is not.
    let next = AgentClient::connect(agent.connector(), agent.key.clone(), quick()).await.err();
    assert!(matches!(&next, Some(ClientError::Impostor)), "{next:?}");
    assert!(next.is_some_and(|error| error.to_string().contains("in the agent's place")));
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let hello: Hello = frame::decode(&heard)?;
    assert_eq!(hello.adopt, None, "it heard a greeting without the key, and nothing else");
    client.stop(&id("long"), std::time::Duration::ZERO).await?;
    Ok(())
}

/// Proves that a relay hears nothing that is worth hearing after the first contact.
#[tokio::test]
async fn a_relay_hears_nothing() -> TestResult {
    let agent = Agent::start(&[])?;
    drop(agent.client().await?);
    let relay = Relay::new(agent.path("run/agent.sock"), |_, frame| vec![frame]);
    let heard = Arc::clone(&relay.heard);
    let client = AgentClient::connect(relay, agent.key.clone(), quick()).await?;
    let (name, value) = secret("TOKEN", "hunter2hunter2");
    client.put_secrets(vec![(name.clone(), value)]).await?;
    let command = shell("say", "echo a-line-of-output; test -n \"$T\"").env("T", Value::Secret(name));
    let (output, record) = run(&client, command).await?;
    assert_eq!((output.as_str(), record.succeeded()), ("a-line-of-output\n", true));
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let key = frame::encode(&agent.key)?;
    for word in [&b"hunter2"[..], b"a-line-of", b"/bin/sh", b"TOKEN", &key[frame::HEADER..]] {
        assert!(!heard.windows(word.len()).any(|part| part == word), "{:?} can be heard", String::from_utf8_lossy(word));
    }
    Ok(())
}

/// What a relay puts in the place of the frame of a number.
type Attack = fn(u32, Vec<u8>) -> Vec<Vec<u8>>;

/// Proves that a relay that changes, repeats, drops or makes up frames ends the stream, and is believed in nothing: each command runs
/// once, and its output and record are the agent's.
#[tokio::test]
async fn a_relay_that_changes_anything_ends_the_stream() -> TestResult {
    let attacks: [(&str, Attack); 4] = [
        ("changes", |_, mut frame| {
            let last = frame.len() - 1;
            frame[last] ^= 1;
            vec![frame]
        }),
        ("repeats", |_, frame| vec![frame.clone(), frame]),
        ("drops", |_, _| Vec::new()),
        ("makes up", |number, frame| {
            let lie = record(&id("once"), Outcome::Exited(0), Extent { bytes: 0, sha256: [0; 32] });
            let lie = Reply { number, response: Response::Finished(lie) };
            vec![frame::encode(&lie).unwrap_or_default(), frame]
        }),
    ];
    for (what, attack) in attacks {
        for of_agent in [false, true] {
            let agent = Agent::start(&[])?;
            drop(agent.client().await?);
            let mut passed = 0;
            // The greetings pass, and so does what is repeated after the attack.
            let relay = Relay::new(agent.path("run/agent.sock"), move |from_agent, frame| {
                passed += u32::from(from_agent == of_agent);
                if from_agent == of_agent && passed == 4 { attack(passed, frame) } else { vec![frame] }
            });
            let connected = AgentClient::connect(relay, agent.key.clone(), quick()).await?;
            let file = agent.path("count");
            let script = format!("echo x >> {}; echo out", file.display());
            let (output, record) =
                run(&connected, shell("once", &script)).await.map_err(|e| format!("{what} {of_agent}: {e}"))?;
            assert_eq!((output.as_str(), record.succeeded()), ("out\n", true), "{what} {of_agent}");
            assert_eq!(fs::read_to_string(file)?, "x\n", "{what} {of_agent}");
        }
    }
    Ok(())
}

/// Proves that what a host once said, said again to the agent over another stream, does nothing.
#[tokio::test]
async fn what_was_heard_cannot_be_said_again() -> TestResult {
    let agent = Agent::start(&[])?;
    let said = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&said);
    let relay = Relay::new(agent.path("run/agent.sock"), move |of_agent, frame| {
        if !of_agent {
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(frame.clone());
        }
        vec![frame]
    });
    let client = agent.client_over(relay, quick()).await?;
    let file = agent.path("count");
    client
        .put_file(&file.to_string_lossy(), 0o600, windlass_agent_client::protocol::message::Content::Bytes(b"1".to_vec()))
        .await?;
    drop(client);
    fs::remove_file(&file)?;
    let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut stream = UnixStream::connect(agent.path("run/agent.sock")).await?;
    for frame in said {
        // It may hang up before all is said.
        drop(stream.write_all(&frame).await);
    }
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    assert!(!file.exists());
    Ok(())
}

/// Proves that strangers, however many, neither count as the host nor keep the agent from it.
#[tokio::test]
async fn strangers_do_not_keep_a_container_alive() -> TestResult {
    let mut agent = Agent::start(&["--heartbeat", "1"])?;
    drop(agent.client().await?);
    let mut strangers = Vec::new();
    for _ in 0..100 {
        strangers.push(UnixStream::connect(agent.path("run/agent.sock")).await?);
    }
    assert_eq!(agent.ended().await?.code(), Some(125), "no host was heard");
    drop(strangers);
    Ok(())
}
