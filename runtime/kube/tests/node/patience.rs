//! A cluster that does not serve every call at once: calls are made again, and room is waited for.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota, ServiceAccount};
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use windlass_engine::ports::driver::{Driver, DriverError};
use windlass_kube::Patience;
use windlass_model::pod::PodPlan;

use crate::support::*;

/// The API server in plain HTTP, so that what is asked of it can be read on the way.
async fn in_the_clear(node: &Node) -> (Child, String) {
    let mut command = Command::new(variable("KUBECTL").unwrap());
    command.args(["proxy", "--port=0", "--context", &node.context]).env("KUBECONFIG", &node.kubeconfig);
    let mut proxy = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let line = BufReader::new(proxy.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    (proxy, line.rsplit(' ').next().unwrap().to_owned())
}

/// A way to a server that turns the first requests away which begin with one of these, the same number of each.
struct Turnpike {
    address: std::net::SocketAddr,
    turned_away: Arc<AtomicUsize>,
}

impl Turnpike {
    async fn before(server: String, requests: &'static [&'static str], each: usize, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let turned_away = Arc::new(AtomicUsize::new(0));
        let left: Arc<Vec<AtomicUsize>> = Arc::new(requests.iter().map(|_| AtomicUsize::new(each)).collect());
        let counter = Arc::clone(&turned_away);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (server, left, counter) = (server.clone(), Arc::clone(&left), Arc::clone(&counter));
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
                    loop {
                        tokio::select! {
                            count = near.read(&mut up) => {
                                let Ok(count @ 1..) = count else { return };
                                let head = String::from_utf8_lossy(&up[..count.min(200)]).into_owned();
                                let mut meant = requests.iter().zip(left.iter()).filter(|(request, _)| head.starts_with(**request));
                                let one_less = |left: &AtomicUsize| {
                                    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
                                };
                                if meant.any(|(_, left)| one_less(left)) {
                                    counter.fetch_add(1, Ordering::SeqCst);
                                    let _ = near.write_all(answer.as_bytes()).await;
                                    return;
                                }
                                if far.write_all(&up[..count]).await.is_err() {
                                    return;
                                }
                            }
                            count = far.read(&mut down) => {
                                let Ok(count @ 1..) = count else { return };
                                if near.write_all(&down[..count]).await.is_err() {
                                    return;
                                }
                            }
                        }
                    }
                });
            }
        });
        Self { address, turned_away }
    }
}

/// A 503 at a deletion left a pod, and one at a creation ended the run.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_call_that_is_turned_away_is_made_again() {
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const LATER: &str = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const CUT: &str = "";
    on_node(|node| async move {
        let (_proxy, server) = in_the_clear(&node).await;
        for answer in [BUSY, LATER, CUT] {
            let turnpike = Turnpike::before(server.clone(), &["POST ", "DELETE ", "GET "], 2, answer).await;
            let (_kubeconfig, far) = node.by_way_of(&format!("http://{}", turnpike.address));
            let driver = far.driver().await;
            let pod = pod("turned");
            let (tell, mut told) = mpsc::unbounded_channel();
            driver.tell_waits(&pod, tell);
            let began = Instant::now();
            with_pod(&driver, &pod, async { driver.create(&pod, &values(&[])).await.unwrap() }).await;
            assert_eq!(node.objects().await.of(&pod).await, Vec::<&str>::new(), "after {answer:?}");
            assert!(turnpike.turned_away.load(Ordering::SeqCst) >= 4, "what is tested");
            if answer == LATER {
                assert!(began.elapsed() >= Duration::from_secs(2), "it asked for a second, twice: {:?}", began.elapsed());
            }
            let (_, line) = told.recv().await.expect("it is told");
            assert!(line.contains("trying again for up to 120 s"), "{line}");
        }
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn patience_has_an_end_and_what_was_tried_is_told() {
    on_node(|node| async move {
        let (_proxy, server) = in_the_clear(&node).await;
        const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let turnpike = Turnpike::before(server, &["POST "], usize::MAX, BUSY).await;
        let (_kubeconfig, far) = node.by_way_of(&format!("http://{}", turnpike.address));
        let patience = Patience { api: Duration::from_secs(4), ..Patience::default() };
        let driver = connect(&far.target(), agents(), patience).await.unwrap();
        let pod = pod("patience");
        with_pod(&driver, &pod, async {
            let error = driver.create(&pod, &values(&[])).await.unwrap_err();
            assert!(matches!(error, DriverError::Busy { .. }) && error.to_string().contains("asked again for"), "{error}");
        })
        .await;
        assert_eq!(node.objects().await.of(&pod).await, Vec::<&str>::new());
    });
}

/// A namespace with a quota of one pod, which goes when the test is over, whatever becomes of it.
async fn with_room_for_one<F: Future<Output = ()>>(node: &Node, name: &str, test: impl FnOnce(Node) -> F) {
    let client = node.client().await;
    let name = format!("windlass-room-{name}-{}", std::process::id());
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let object = serde_json::from_value(serde_json::json!({"metadata": {"name": name}})).unwrap();
    namespaces.create(&PostParams::default(), &object).await.unwrap();
    let work = async {
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), &name);
        let stands = |found: Option<&ServiceAccount>| found.is_some();
        kube::runtime::wait::await_condition(accounts, "default", stands).await.unwrap();
        let quotas: Api<ResourceQuota> = Api::namespaced(client.clone(), &name);
        let quota = serde_json::json!({"metadata": {"name": "one"}, "spec": {"hard": {"pods": "1"}}});
        quotas.create(&PostParams::default(), &serde_json::from_value(quota).unwrap()).await.unwrap();
        let counted = |found: Option<&ResourceQuota>| found.and_then(|quota| quota.status.as_ref()?.hard.as_ref()).is_some();
        kube::runtime::wait::await_condition(quotas, "one", counted).await.unwrap();
        test(Node { namespace: name.clone(), ..node.clone() }).await;
    };
    let ended = std::panic::AssertUnwindSafe(work).catch_unwind().await;
    namespaces.delete(&name, &DeleteParams::default()).await.unwrap();
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_waits_for_room_in_a_quota_as_long_as_it_may() {
    on_node(|node| async move {
        with_room_for_one(&node, "wait", |node| async move {
            let driver = node.driver().await;
            let (first, second) = (pod("first"), pod("second"));
            let (tell, mut told) = mpsc::unbounded_channel();
            driver.tell_waits(&second, tell);
            with_pod(&driver, &second, async {
                driver.create(&first, &values(&[])).await.unwrap();
                let none = values(&[]);
                let make_room = async {
                    let (_, line) = told.recv().await.expect("it is told");
                    assert_eq!(line, "quota one has no room: pods 1 of 1 used, 1 asked for; waiting for room");
                    driver.delete(&first, Duration::ZERO).await.unwrap();
                };
                let (created, ()) = tokio::join!(driver.create(&second, &none), make_room);
                created.unwrap();

                let patience = Patience { room: Duration::from_secs(4), ..Patience::default() };
                let hasty = connect(&node.target(), agents(), patience).await.unwrap();
                let third = pod("third");
                let error = hasty.create(&third, &none).await.unwrap_err();
                assert!(matches!(error, DriverError::Refused { .. }) && error.to_string().contains("used: pods=1"), "{error}");
                hasty.delete(&third, Duration::ZERO).await.unwrap();
                assert_eq!(node.objects().await.of(&third).await, Vec::<&str>::new());
            })
            .await;
        })
        .await;
    });
}

/// What waits for room, or for an answer, to make a pod stops waiting when nobody wants the pod any more; nothing of it is left. It went on
/// until the deletion came, which waited for it.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_creation_that_is_given_up_stops_waiting() {
    const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    async fn is_given_up(node: &Node, driver: &dyn Driver, pod: &PodPlan, waits: impl Future<Output = ()>) {
        let none = values(&[]);
        let interrupt = async {
            waits.await;
            driver.give_up(pod);
        };
        let both = async { tokio::join!(driver.create(pod, &none), interrupt) };
        // Far less than what it would wait for: a quarter of an hour, or two minutes.
        let (created, ()) = tokio::time::timeout(Duration::from_secs(10), both).await.expect("it ends");
        assert!(created.is_err(), "what is tested");
        driver.delete(pod, Duration::ZERO).await.unwrap();
        assert_eq!(node.objects().await.of(pod).await, Vec::<&str>::new());

        // One that is given up before it begins asks for nothing.
        driver.give_up(pod);
        let error = driver.create(pod, &none).await.unwrap_err();
        assert!(error.to_string().contains("no longer wanted"), "{error}");
        driver.delete(pod, Duration::ZERO).await.unwrap();
    }
    on_node(|node| async move {
        with_room_for_one(&node, "given-up", |node| async move {
            let driver = node.driver().await;
            let (first, second) = (pod("first"), pod("second"));
            let (tell, mut told) = mpsc::unbounded_channel();
            driver.tell_waits(&second, tell);
            with_pod(&driver, &first, async {
                driver.create(&first, &values(&[])).await.unwrap();
                let waits = async {
                    let (_, line) = told.recv().await.expect("it is told");
                    assert!(line.contains("waiting for room"), "{line}");
                };
                is_given_up(&node, &driver, &second, waits).await;
            })
            .await;
        })
        .await;
        let (_proxy, server) = in_the_clear(&node).await;
        // Without an answer to the second there is no watch, and no pod before there is one.
        for requests in [&["POST "][..], &["GET /api/v1/namespaces/"]] {
            let turnpike = Turnpike::before(server.clone(), requests, usize::MAX, BUSY).await;
            let (_kubeconfig, far) = node.by_way_of(&format!("http://{}", turnpike.address));
            let waits = async {
                while turnpike.turned_away.load(Ordering::SeqCst) == 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            is_given_up(&node, &far.driver().await, &pod("unanswered"), waits).await;
        }
    });
}
