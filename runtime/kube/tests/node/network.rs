//! A network between host and cluster that breaks: streams end, and the watch goes on.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use windlass_engine::ports::driver::{Driver as _, DriverError, PodEvent};
use windlass_model::pod::MAIN;

use crate::support::*;

/// A TCP relay to the API server that can cut every connection there is.
struct Relay {
    address: std::net::SocketAddr,
    generation: Arc<watch::Sender<u32>>,
}

impl Relay {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let generation = Arc::new(watch::Sender::new(0));
        let changes = Arc::clone(&generation);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, mut cut) = (server.clone(), changes.subscribe());
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { address, generation }
    }

    fn cut(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_broken_network_cuts_an_exec_and_not_the_watch() {
    on_node(|node| async move {
        let relay = Relay::to(node.server()).await;
        let (_kubeconfig, far) = node.by_way_of(&format!("https://{}", relay.address));
        let driver = far.driver().await;

        let pod = pod("cut");
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let mut events = driver.watch(&pod);
            wait_until_running(&mut events, MAIN).await;
            let mut exec = driver.exec(&pod, MAIN, &["cat".to_owned()]).await.unwrap();
            exec.stdin.write_all(b"before").await.unwrap();
            let mut echo = [0; 6];
            exec.stdout.read_exact(&mut echo).await.unwrap();

            relay.cut();
            let mut rest = Vec::new();
            exec.stdout.read_to_end(&mut rest).await.unwrap();
            let error = exec.done.await.expect_err("no status came");
            assert!(matches!(error, DriverError::Cut { .. }) && error.is_transient(), "{error}");

            let (code, output) = run(&driver, &pod, MAIN, &["echo", "after"]).await.unwrap();
            assert_eq!((code, output.as_str()), (0, "after\n"));
            // It takes the whole container along, so whether the command itself still answers is chance.
            let _ = run(&driver, &pod, MAIN, &["kill", "-TERM", "1"]).await;
            wait_for(&mut events, "the end of the container, after the cut", |event| matches!(event, PodEvent::Ended { .. }))
                .await;
        })
        .await;
    });
}
