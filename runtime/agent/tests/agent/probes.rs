//! Waiting for neighbours.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use windlass_agent_client::protocol::{Command, Probe, ProbeTarget, Readiness};

use crate::support::{Agent, TestResult, id, shell};

fn probe(target: ProbeTarget, timeout: Duration) -> Probe {
    Probe { target, interval: Duration::from_millis(10), timeout }
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

fn localhost() -> String {
    "localhost".into()
}

/// Reads a request up to its empty line, then answers.
fn answer(mut stream: impl Read + Write, answer: &str) -> std::io::Result<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        request.push(byte[0]);
    }
    stream.write_all(answer.as_bytes())?;
    Ok(String::from_utf8_lossy(&request).into_owned())
}

#[tokio::test]
async fn a_port_is_ready_once_somebody_listens() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    // A port that is free, and then is not.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let target = move || ProbeTarget::Tcp { host: localhost(), port };
    let found = client.probe(probe(target(), SHORT)).await?;
    match &found {
        Readiness::NotReady { attempts, last } => {
            assert!(*attempts > 1);
            assert!(last.contains("refused"), "{last}");
        }
        Readiness::Ready { .. } => return Err(format!("{found:?}").into()),
    }
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.probe(probe(target(), LONG)).await }
    });
    let _listener = TcpListener::bind(("127.0.0.1", port))?;
    let found = waiting.await??;
    assert!(matches!(found, Readiness::Ready { .. }), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_docker_daemon_is_ready_once_it_answers_a_ping() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let daemon = std::thread::spawn(move || -> std::io::Result<String> {
        // It closes the first connection, is not ready at the second, and ready at the third.
        drop(listener.accept()?);
        answer(listener.accept()?.0, "HTTP/1.1 503 Service Unavailable\r\n\r\n")?;
        answer(listener.accept()?.0, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
    });
    let target = ProbeTarget::DockerTcp { host: localhost(), port };
    let found = client.probe(probe(target, LONG)).await?;
    assert!(matches!(found, Readiness::Ready { attempts: 3, .. }), "{found:?}");
    let request = daemon.join().map_err(|_| "the daemon panicked")??;
    assert!(request.starts_with("GET /_ping HTTP/1.1\r\nHost: "), "{request}");

    let path = agent.path("docker.sock");
    let listener = UnixListener::bind(&path)?;
    let daemon =
        std::thread::spawn(move || -> std::io::Result<String> { answer(listener.accept()?.0, "HTTP/1.1 200 OK\r\n\r\nOK") });
    let target = ProbeTarget::DockerSocket { path: path.to_string_lossy().into_owned() };
    let found = client.probe(probe(target.clone(), LONG)).await?;
    assert!(matches!(found, Readiness::Ready { .. }), "{found:?}");
    daemon.join().map_err(|_| "the daemon panicked")??;

    // Nobody listens at the socket any more.
    let found = client.probe(probe(target, SHORT)).await?;
    assert!(matches!(found, Readiness::NotReady { .. }), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_command_is_ready_once_it_succeeds() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let file = agent.path("tries");
    // It succeeds at the third try.
    let script = format!("echo x >> {0}; test $(wc -l < {0}) -ge 3", file.display());
    let target = ProbeTarget::Command(Box::new(shell("probe", &script)));
    let found = client.probe(probe(target, LONG)).await?;
    assert!(matches!(found, Readiness::Ready { attempts: 3, .. }), "{found:?}");
    for (command, words) in [
        (shell("p", "exit 9"), "code 9"),
        (shell("p", "exec sleep 1000"), "did not end"),
        (Command::new(id("p"), "no-such-program"), "no-such-program"),
    ] {
        let target = ProbeTarget::Command(Box::new(command));
        let found = client.probe(probe(target, SHORT)).await?;
        assert!(matches!(&found, Readiness::NotReady { last, .. } if last.contains(words)), "{found:?}");
    }
    assert!(client.list().await?.is_empty(), "probes are no commands");
    Ok(())
}
