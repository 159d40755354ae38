//! A network between host and cluster that breaks: streams end, and the watch goes on.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use windlass_engine::ports::driver::{Driver as _, DriverError, PodEvent};
use windlass_kube::{Agent, Agents, Patience};
use windlass_model::pod::MAIN;
use windlass_model::task::Architecture;

use crate::support::*;

/// A TCP relay to the API server that can cut every connection there is.
struct Relay {
    address: std::net::SocketAddr,
    generation: Arc<watch::Sender<u32>>,
}

/// Carries bytes on. Once more than `most` went to the server, nothing comes back any more, while the server goes on reading.
async fn carry(near: &mut TcpStream, far: &mut TcpStream, most: usize) -> std::io::Result<()> {
    let (mut near_in, mut near_out) = near.split();
    let (mut far_in, mut far_out) = far.split();
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    let mut sent = 0;
    loop {
        tokio::select! {
            count = near_in.read(&mut up) => match count? {
                0 => return Ok(()),
                count => {
                    sent += count;
                    far_out.write_all(&up[..count]).await?;
                }
            },
            count = far_in.read(&mut down), if sent <= most => match count? {
                0 => return Ok(()),
                count => near_out.write_all(&down[..count]).await?,
            },
        }
    }
}

impl Relay {
    async fn to(server: String) -> Self {
        Self::mute_after(server, usize::MAX).await
    }

    /// A relay whose connections bring no answer once so many bytes went to the server.
    async fn mute_after(server: String, most: usize) -> Self {
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
                        _ = carry(&mut near, &mut far, most) => {}
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

/// Whether a Secret was made when the answer got lost is not guessed: it is looked at, and is ours by the mark that it has.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_was_made_although_its_answer_got_lost_is_ours_and_goes_with_the_rest() {
    on_node(|node| async move {
        let objects = node.objects().await;
        // The Secret with the agent is the one request that is larger than that.
        let relay = Relay::mute_after(node.server(), 200_000).await;
        let (_kubeconfig, far) = node.by_way_of(&format!("https://{}", relay.address));
        let program = [b"#!/bin/sh\nsleep 3600\n".to_vec(), vec![b'#'; 300_000]].concat();
        let driver =
            connect(&far.target(), Agents::default().with(Architecture::Amd64, Agent::new(program)), Patience::default())
                .await
                .unwrap();
        let pod = pod("lost");
        let agent = format!("{}-agent", pod.name);
        with_pod(&driver, &pod, async {
            let cut = async {
                let stands = |found: Option<&k8s_openapi::api::core::v1::Secret>| found.is_some();
                let made = kube::runtime::wait::await_condition(objects.secrets.clone(), &agent, stands);
                tokio::time::timeout(std::time::Duration::from_secs(20), made).await.expect("it is made").unwrap();
                relay.cut();
            };
            let none = values(&[]);
            let (created, ()) = tokio::join!(driver.create(&pod, &none), cut);
            created.expect("the Secret that stands is the very one");
            assert_eq!(objects.of(&pod).await, ["pod", "agent"]);
        })
        .await;
        assert_eq!(objects.of(&pod).await, Vec::<&str>::new());
    });
}
