//! Waiting for neighbours.

use std::net::TcpListener;
use std::time::Duration;

use windlass_agent_client::protocol::{Probe, Readiness};

use crate::support::{Agent, TestResult};

fn probe(port: u16, timeout: Duration) -> Probe {
    Probe { port, interval: Duration::from_millis(10), timeout }
}

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_port_is_ready_once_somebody_listens() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    // A port that is free, and then is not.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let found = client.probe(probe(port, SHORT)).await?;
    match &found {
        Readiness::NotReady { attempts, last } => {
            assert!(*attempts > 1);
            assert!(last.contains("refused"), "{last}");
        }
        Readiness::Ready { .. } => return Err(format!("{found:?}").into()),
    }
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.probe(probe(port, LONG)).await }
    });
    let _listener = TcpListener::bind(("127.0.0.1", port))?;
    let found = waiting.await??;
    assert!(matches!(found, Readiness::Ready { .. }), "{found:?}");
    Ok(())
}
