//! What every driver must keep, kept by this one.

use std::sync::Arc;

use windlass_contract::{Subject, Tested, driver_contract, what_another_run_made_is_refused_and_left};
use windlass_kube::{Agent, Agents, Patience};
use windlass_model::task::Architecture;

use crate::support::{connect, image, on_node};

fn agents() -> Agents {
    Agents::default().with(Architecture::Amd64, Agent::new(windlass_contract::program()))
}

fn on_the_node(body: impl AsyncFnOnce(Subject) -> Tested) {
    on_node(|node| async move {
        let driver = Arc::new(connect(&node.target(), agents(), Patience::default()).await.unwrap());
        let (image, missing) = (image("docker.io/library/busybox:latest"), image("windlass.test/no/such:image"));
        body(Subject { driver, image, missing }).await.unwrap();
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn commands_are_not_their_agents_hosts() {
    on_the_node(async |subject| windlass_contract::commands_are_not_their_agents_hosts(&subject).await);
}

driver_contract!(on_the_node, #[ignore = "needs the Kubernetes node that tests/run.sh starts"]);

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_another_run_made_is_left() {
    on_node(|node| async move {
        let driver = Arc::new(connect(&node.target(), agents(), Patience::default()).await.unwrap());
        let other = connect(&node.target(), agents(), Patience::default()).await.unwrap();
        let (image, missing) = (image("docker.io/library/busybox:latest"), image("windlass.test/no/such:image"));
        what_another_run_made_is_refused_and_left(&Subject { driver, image, missing }, &other).await.unwrap();
    });
}
